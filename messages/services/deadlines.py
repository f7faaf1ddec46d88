"""The one writer of a case's terms: works out what they should be from the facts and brings the rows to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from blocks.actors import Actor
from blocks.charters.settings_schema import WorkingTime, settings_of
from blocks.models import Center, DeadlineRule
from mcu import memo
from mcu.calendar import WEEKDAYS, ProductionCalendar, WorkingHours, production_calendar
from messages import terms
from messages.models import NO_TERM, Deadline, DeadlineStep, Message
from messages.services.history import record
from messages.terms import Facts, Kind, Rule, Rung, Step, Wanted
from messages.workflow import State

BREACH = "breach"


@dataclass(frozen=True, slots=True)
class TermBook:
    """What a Center's terms are worked out from: its rules, zone, working hours and the production calendar."""

    rules: tuple[Rule, ...]
    tz: ZoneInfo
    hours: WorkingHours
    calendar: ProductionCalendar

    def rule(self, rule_id: int) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def steps(self, rule: Rule, started_at: datetime, due_at: datetime) -> tuple[Step, ...]:
        return terms.steps(rule, started_at, due_at, tz=self.tz, calendar=self.calendar, hours=self.hours)


def book_of(center: Center, *, with_closed: bool = False) -> TermBook:
    """The Center's book of terms. One query. Closed rules are wanted only for terms that began under them."""
    return memo.remembered(("book", center.pk, with_closed), lambda: _read_book(center, with_closed=with_closed))


def _read_book(center: Center, *, with_closed: bool) -> TermBook:
    rows = DeadlineRule.objects.filter(center=center)
    if not with_closed:
        rows = rows.filter(closed_at__isnull=True)
    return TermBook(
        rules=tuple(_rule(row) for row in rows),
        tz=center.tz,
        hours=working_hours(settings_of(center.settings).working_time),
        calendar=production_calendar(),
    )


def working_hours(working_time: WorkingTime) -> WorkingHours:
    """The charter's working hours in the calendar's form."""
    ends = {day.weekday: day.end for day in working_time.short_days}
    week = {
        name: [working_time.start.isoformat("minutes"), ends.get(number, working_time.end).isoformat("minutes")]
        if number in working_time.weekdays
        else ""
        for number, name in enumerate(WEEKDAYS, start=1)
    }
    lunch = [working_time.lunch_start.isoformat("minutes"), working_time.lunch_end.isoformat("minutes")]
    return WorkingHours.from_settings({**week, "lunch": lunch})


def facts_of(message: Message) -> Facts:
    """The case's facts in its current cycle, as the pure terms want them. A merged one is agreed with its leading message."""
    of_answer = message.leading if message.state == State.MERGED and message.leading else message
    return Facts(
        state=message.state,
        cycle=message.cycle,
        needs_head=of_answer.needs_head,
        received_at=message.received_at,
        registered_at=message.registered_at,
        handed_over_at=message.handed_over_at,
        agreed_at=of_answer.agreed_at,
        approved_at=of_answer.approved_at,
        answered_at=message.answered_at,
        redirected_at=message.redirected_at,
        reopened_at=message.reopened_at,
        regime=message.regime,
        extended_at=message.extended_at,
        extension_days=message.extension_days,
        promises=_promises(of_answer),
    )


def _promises(message: Message) -> tuple[tuple[datetime, datetime], ...]:
    """Interim answers of the cycle. One query; none while no block has the case, which then has no interim answer."""
    if message.handed_over_at is None:
        return ()
    rows = message.interims.filter(cycle=message.cycle).order_by("posted_at", "id")
    return tuple(rows.values_list("posted_at", "promised_at"))


def sync(message: Message, *, now: datetime, actor: Actor, book: TermBook | None = None) -> None:
    """Bring the case's terms to what its facts ask for and store the nearest end. The message must be locked by the caller.

    New terms begin, done ones are met (a late one is a breach that stays), those no longer asked for become void, and a
    term that moves for another reason is written into the history. Saves ``next_due_at`` with the state. Four queries and
    one a changed term, at most one term a kind.
    """
    book = book or book_of(message.center)
    rules = terms.match(
        book.rules,
        regime=message.regime,
        source=message.source_id,
        fast_track=message.fast_track,
        topic=message.topic_id,
    )
    wanted = terms.wanted(facts_of(message), rules, tz=book.tz, calendar=book.calendar, hours=book.hours)
    # Locked: what the sweep writes meanwhile (a breach above all) must not be overwritten by what was read before.
    rows = list(Deadline.objects.select_for_update().filter(message=message, cycle=message.cycle).order_by("id"))
    known = {(row.kind, row.started_at): row for row in rows}
    in_force: list[Deadline] = []
    asked = {(str(one.kind), one.started_at) for one in wanted}
    for row in rows:
        if (row.kind, row.started_at) not in asked and row.void_at is None:
            # Its start was taken back (the head returned an agreed draft): it no longer counts, but its breach stays.
            row.void_at, row.next_step_at = now, None
            row.save()
    for one in wanted:
        row = known.get((str(one.kind), one.started_at)) or Deadline(
            message=message,
            center_id=message.center_id,
            kind=one.kind,
            cycle=message.cycle,
            started_at=one.started_at,
            due_at=one.due_at,
            rule_id=_id(one.rule),
            internal=one.rule.internal,
        )
        _bring(row, one, book=book, message=message, actor=actor, now=now)
        in_force.append(row)
    message.next_due_at = min(
        (row.due_at for row in in_force if row.met_at is None and row.void_at is None and message.is_open),
        default=NO_TERM,
    )
    message.save(update_fields=["next_due_at", "state"])


def _bring(row: Deadline, one: Wanted, *, book: TermBook, message: Message, actor: Actor, now: datetime) -> None:
    """Make one row equal to what is wanted, with the history of what moved."""
    is_new = row.pk is None
    if not is_new and row.due_at < now and row.due_at < one.due_at and (row.met_at is None or row.met_at > row.due_at):
        # What has passed is not put off by a change of topic, source or fast-track: what is late stays late.
        one = replace(one, due_at=row.due_at, rule=book.rule(row.rule_id) or one.rule)
    moved = not is_new and (row.due_at != one.due_at or row.rule_id != one.rule.id)
    before = (row.due_at, row.met_at, row.void_at, row.rule_id)
    if moved:
        record(
            message=message,
            code="term",
            actor=actor,
            now=now,
            data={"kind": str(one.kind), "from": row.due_at.isoformat(), "to": one.due_at.isoformat()},
        )
    row.due_at, row.rule_id, row.internal, row.met_at = one.due_at, _id(one.rule), one.rule.internal, one.met_at
    row.void_at = (row.void_at or now) if one.void else None
    if is_new or before != (row.due_at, row.met_at, row.void_at, row.rule_id):
        _plan(row, one, book, is_new=is_new)
        row.save()
        _judge(row, message=message, actor=actor, now=now)


def _plan(row: Deadline, one: Wanted, book: TermBook, *, is_new: bool) -> None:
    """When the sweep must look at this term next; never for one that is met or void."""
    if row.met_at is not None or row.void_at is not None:
        row.next_step_at = None
        return
    made = set() if is_new else set(DeadlineStep.objects.filter(deadline=row).values_list("step", flat=True))
    row.next_step_at = next_step(book.steps(one.rule, row.started_at, row.due_at), made)


def next_step(steps: Iterable[Step], made: set[str]) -> datetime | None:
    """The moment of the first step not yet made."""
    return min((step.at for step in steps if step.code not in made), default=None)


def _judge(row: Deadline, *, message: Message, actor: Actor, now: datetime) -> None:
    """Record a breach that the sweep has not seen yet, and mark where a recorded breach proves to have been in time."""
    if row.met_at is None:
        return
    if row.met_at > row.due_at and row.breached_at is None:
        row.breached_at = row.due_at
        row.save()
        DeadlineStep.objects.get_or_create(deadline=row, step=BREACH, defaults={"planned_at": row.due_at, "made_at": now})
        record(message=message, code=BREACH, actor=actor, now=now, data=_breach_data(row))
    elif row.met_at <= row.due_at and row.breached_at is not None:
        record(
            message=message,
            code="breach_corrected",
            actor=actor,
            now=now,
            data={**_breach_data(row), "met_at": row.met_at.isoformat()},
        )


def _breach_data(row: Deadline) -> dict[str, Any]:
    return {"kind": row.kind, "due_at": row.due_at.isoformat(), "deadline": row.pk}


def _id(rule: Rule) -> int:
    return int(rule.id)


def _rule(row: DeadlineRule) -> Rule:
    return Rule(
        id=row.pk,
        kind=Kind(row.kind),
        starts_on=terms.StartsOn(row.starts_on),
        amount=row.amount,
        unit=terms.Unit(row.unit),
        day_count=terms.DayCount(row.day_count),
        on_day_off=terms.OnDayOff(row.on_day_off),
        warn_shares=tuple(row.warn_shares),
        ladder=tuple(
            Rung(rung["to"], timedelta(hours=rung.get("after_hours") or 0, days=rung.get("after_days") or 0))
            for rung in row.ladder
        ),
        internal=row.internal,
        basis=row.clause,
        regime=row.regime or None,
        source_id=row.source_id,
        fast_track=row.fast_track,
        topic_id=row.topic_id,
    )
