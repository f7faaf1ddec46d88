"""Open cases when a production calendar has been loaded: a calendar is a fact, so their terms follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from blocks import actors
from blocks.models import Center
from mcu.calendar import ProductionCalendar
from messages.models import Deadline, Message, MessageQuerySet
from messages.services.recount import Move, recount, stale
from messages.services.term_book import TermBook, book_of
from messages.terms import OnDayOff, Rule, Unit, When

# A term that was moved off the first days of the year ends in the old one; no run of days off is longer.
_BEFORE: Final = timedelta(days=40)


def expected(center: Center, *, calendar: ProductionCalendar, years: Sequence[int], now: datetime) -> list[Move]:
    """Which running terms the years of the calendar would move; nothing is written."""
    return [move for _, found in _stale(center, calendar, years, now) for move in found]


def follow(
    center: Center,
    *,
    calendar: ProductionCalendar,
    years: Sequence[int],
    now: datetime,
    watched: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> list[Move]:
    """Bring the open cases to the calendar in force; cases already brought stay as they are, so it may be repeated.

    ``watched`` gives the cases on one by one, so that a progress bar can count them.
    """
    ids = [message_id for message_id, _ in _stale(center, calendar, years, now)]
    why = {"calendar": sorted(years)}
    made = recount(center, watched(ids), now=now, actor=actors.system(center), why=why, book=_book(center, calendar))
    _look_again(center, calendar, years, now)
    return made


def _stale(center: Center, calendar: ProductionCalendar, years: Sequence[int], now: datetime) -> list[tuple[int, list[Move]]]:
    book = _book(center, calendar)
    rules = [int(rule.id) for rule in book.rules if _by_calendar(rule)]
    return list(stale(center, now=now, book=book, among=_cases(rules, years)))


def _book(center: Center, calendar: ProductionCalendar) -> TermBook:
    return replace(book_of(center), calendar=calendar)


def _by_calendar(rule: Rule) -> bool:
    """Whether the end of such a term depends on which days are worked."""
    return rule.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS) or rule.on_day_off is not OnDayOff.AS_IS


def _cases(rules: Sequence[int], years: Sequence[int]) -> MessageQuerySet:
    """Open cases with a running term by one of the rules that meets one of the years."""
    terms = Deadline.objects.filter(
        _meets(years), message=OuterRef("pk"), rule__in=rules, met_at__isnull=True, void_at__isnull=True
    )
    return Message.objects.get_queryset().open().filter(Exists(terms))


def _meets(years: Sequence[int]) -> Q:
    """Terms that run in one of the years, or were moved to the end of the year before; a day of slack for the zone."""
    found = Q()
    for year in years:
        begins = datetime.combine(date(year, 1, 1), datetime.min.time(), UTC)
        found |= Q(due_at__gte=begins - _BEFORE, started_at__lt=begins.replace(year=year + 1) + timedelta(days=1))
    return found


@transaction.atomic
def _look_again(center: Center, calendar: ProductionCalendar, years: Sequence[int], now: datetime) -> None:
    """Let the sweep plan anew the steps that are told in working time: the end may stand and they still move. Two queries."""
    told_in_hours = [
        int(rule.id)
        for rule in _book(center, calendar).rules
        if any(rung.working or rung.when is not When.ALWAYS for rung in rule.ladder)
    ]
    running = Deadline.objects.filter(center=center, met_at__isnull=True, void_at__isnull=True, rule__in=told_in_hours)
    # Locked in the order in which a step of a case locks them, so that neither waits for the other in a ring.
    planned = running.filter(_meets(years), next_step_at__gt=now).select_for_update(no_key=True).order_by("id")
    Deadline.objects.filter(pk__in=list(planned.values_list("pk", flat=True))).update(next_step_at=now)
