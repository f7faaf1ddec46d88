"""The daily digest: once a person and working day, what waits, what ends today, what is overdue, with links.

It looks at the state of the database: a run that was missed is caught up the same day, and two at once make one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse

from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from mcu import calendars, outbox
from mcu.calendar import ProductionCalendar
from mcu.clock import local_midnight
from mcu.models import Heartbeat, NoticeSettings
from mcu.outbox import Notice
from messages.models import Message
from messages.selectors.pressure import ending_terms
from messages.services.notices import holders

AT: Final = time(9)  # for whoever has not chosen
_WATCHERS: Final = (Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD)
_FACTS: Final = ("state", "source_id", "block_id", "recipient_id", "settlement_id", "responsible_id")


@dataclass(slots=True)
class Tally:
    """What the digest tells one person; ``watched`` is what is overdue with others whose work the person answers for."""

    waiting: int = 0
    today: int = 0
    overdue: int = 0
    watched: int = 0


@dataclass(slots=True)
class _Pile:
    """Open cases that stand alike, and so wait for the same people."""

    state: str
    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None
    responsible_id: int | None
    publisher_role: str


def make_digests(*, now: datetime) -> int:
    """Write the digests due at ``now`` in every Center; how many. Nine queries a Center with somebody to tell, one before."""
    calendar = calendars.current()
    return sum(_of_center(center, now, calendar) for center in Center.objects.filter(closed_at__isnull=True))


@transaction.atomic
def _of_center(center: Center, now: datetime, calendar: ProductionCalendar) -> int:
    local = now.astimezone(center.tz)
    if not calendar.is_working_day(local.date()):
        return 0
    beat, told = _told_today(center, local.date(), now)
    roster = roster_of(center, now)
    due = {user for user in _asked_by(roster, local.time()) if user not in told}
    if not due:
        return 0
    tallies = _tallies(center, roster, now)
    notices = [_notice(center, user, tallies[user], local.date()) for user in sorted(due) if user in tallies]
    outbox.put(notices, now=now)
    beat.at, beat.data = now, {"day": local.date().isoformat(), "told": sorted(told | due)}
    beat.save()
    return len(notices)


def _told_today(center: Center, day: date, now: datetime) -> tuple[Heartbeat, set[int]]:
    """Who has been looked at today, also those for whom nothing waited; locked, so that two runs go one after another."""
    name = f"digest-{center.pk}"
    Heartbeat.objects.get_or_create(name=name, defaults={"at": now})
    beat = Heartbeat.objects.select_for_update().get(name=name)
    return beat, set(beat.data["told"]) if beat.data.get("day") == day.isoformat() else set()


def _asked_by(roster: Roster, clock: time) -> Iterator[int]:
    """The Center's people whose hour has come. One query."""
    people = {post.user_id for post in roster.posts if post.grant.role != Role.OBSERVER}
    chosen = {row.user_id: row for row in NoticeSettings.objects.filter(user__in=people)}
    for user in people:
        wish = chosen.get(user)
        if (wish.digest_at if wish else AT) <= clock and (wish is None or wish.digest):
            yield user


def _tallies(center: Center, roster: Roster, now: datetime) -> dict[int, Tally]:
    """By person, those for whom anything is to be told. One query over the open cases."""
    midnight = local_midnight(now.astimezone(center.tz).date() + timedelta(days=1), center.tz)
    late = Q(next_due_at__lt=now)
    ending = ending_terms(center_id=center.pk, now=now, until=midnight)
    piles = (
        Message.objects.get_queryset()
        .open()
        .filter(center=center)
        .order_by()
        .values(*_FACTS, "source__publisher")
        .annotate(
            waiting=Count("pk"),
            overdue=Count("pk", filter=late),
            today=Count("pk", filter=Q(pk__in=ending.values("message"))),
        )
    )
    found: dict[int, Tally] = defaultdict(Tally)
    watchers = roster.in_roles(*_WATCHERS)
    for row in piles:
        _count(row, roster, watchers, found)
    return dict(found)


def _count(row: dict[str, Any], roster: Roster, watchers: tuple[int, ...], found: dict[int, Tally]) -> None:
    pile = _Pile(**{name: row[name] for name in _FACTS}, publisher_role=row["source__publisher"])
    mine = holders(pile, roster)
    for user in mine:
        tally = found[user]
        tally.waiting += row["waiting"]
        tally.today += row["today"]
        tally.overdue += row["overdue"]
    if row["overdue"]:
        curators = roster.block_curators(pile) if pile.block_id else ()
        for user in {*watchers, *curators}.difference(mine):
            found[user].watched += row["overdue"]


def _notice(center: Center, user: int, tally: Tally, day: date) -> Notice:
    desk, cases = reverse("desk", args=[center.slug]), reverse("messages:list", args=[center.slug])
    late = f"{cases}?{urlencode({'term': 'overdue'})}"
    lines = (
        (tally.waiting, "ждут вас", desk),
        (tally.today, "срок истекает сегодня", f"{cases}?{urlencode({'term': 'today'})}"),
        (tally.overdue, "просрочено у вас", late),
        (tally.watched, "просрочено у других, за чью работу вы отвечаете", late),
    )
    told = [(count, words, path) for count, words, path in lines if count]
    return Notice(
        key=f"digest:{center.slug}:{day.isoformat()}:{user}",
        kind="digest",
        user_id=user,
        subject=f"Сводка на {day:%d.%m.%Y}: " + ", ".join(f"{words} — {count}" for count, words, _ in told),
        body="\n".join(f"{words.capitalize()}: {count} — {settings.PUBLIC_URL}{path}" for count, words, path in told),
        path=desk,
        center_slug=center.slug,
    )
