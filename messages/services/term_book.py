"""What a case's terms are worked out from: the Center's book of rules, and the facts of the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from blocks.charters.settings_schema import WorkingTime, settings_of
from blocks.models import Center, DeadlineRule
from mcu import calendars, memo
from mcu.calendar import WEEKDAYS, ProductionCalendar, WorkingHours
from messages import terms
from messages.models import InterimReply, Message, Question
from messages.terms import Facts, Kind, Pause, Promise, Rule, Rung, Step, Wanted
from messages.workflow import State


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

    def threat_at(self, rule: Rule, started_at: datetime, due_at: datetime) -> datetime:
        return terms.threat_at(rule, started_at, due_at, tz=self.tz, calendar=self.calendar, hours=self.hours)

    def wanted(self, message: Message, facts: Facts, *, editions: Mapping[Kind, datetime]) -> list[Wanted]:
        """The terms the case should have, by the editions named and those in force when each began."""
        rules = self.matching(message)
        return terms.wanted(facts, rules, tz=self.tz, calendar=self.calendar, hours=self.hours, editions=editions)

    def matching(self, message: Message) -> Mapping[Kind, tuple[Rule, ...]]:
        """The rules that apply to the case, all their editions."""
        return terms.match(
            self.rules,
            regime=message.regime,
            source=message.source_id,
            fast_track=message.fast_track,
            topic=message.topic_id,
        )


def book_of(center: Center) -> TermBook:
    """The Center's book of terms, with every edition of its rules. Two queries."""
    return memo.remembered(("book", center.pk), lambda: _read_book(center))


def _read_book(center: Center) -> TermBook:
    return TermBook(
        rules=tuple(rule_of(row) for row in DeadlineRule.objects.filter(center=center)),
        tz=center.tz,
        hours=working_hours(settings_of(center.settings).working_time),
        calendar=calendars.current(),
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


def rule_of(row: DeadlineRule) -> Rule:
    """The rule as the pure terms want it."""
    return Rule(
        id=row.pk,
        code=row.code,
        name=row.name,
        kind=Kind(row.kind),
        starts_on=terms.StartsOn(row.starts_on),
        amount=row.amount,
        unit=terms.Unit(row.unit),
        day_count=terms.DayCount(row.day_count),
        on_day_off=terms.OnDayOff(row.on_day_off),
        warn_shares=tuple(row.warn_shares),
        warn_before=tuple(timedelta(minutes=minutes) for minutes in row.warn_before),
        ladder=tuple(_rung(rung) for rung in row.ladder),
        pauses=row.pauses,
        internal=row.internal,
        basis=row.clause,
        regime=row.regime or None,
        source_id=row.source_id,
        fast_track=row.fast_track,
        topic_id=row.topic_id,
        since=row.since,
        until=row.closed_at,
    )


def _rung(stored: dict[str, Any]) -> Rung:
    return Rung(
        to=stored["to"],
        after=timedelta(hours=stored.get("after_hours") or 0, days=stored.get("after_days") or 0),
        working=bool(stored.get("working")),
        when=terms.When(stored.get("when") or terms.When.ALWAYS),
        ways=tuple(stored.get("ways") or ()),
    )


def facts_of(message: Message, put_off: Sequence[Promise | Pause] | None = None) -> Facts:
    """The case's facts in its current cycle, as the pure terms want them. A merged one is agreed with its leading message.

    ``put_off``: what ``put_off_of`` gives for the case where it is known; else two queries.
    """
    of_answer = message.leading if message.state == State.MERGED and message.leading else message
    is_led = of_answer is not message
    agreed_at, approved_at = agreed_for(message, of_answer) if is_led else (message.agreed_at, message.approved_at)
    changes = put_off_of([message])[message.pk] if put_off is None else put_off
    return Facts(
        state=message.state,
        cycle=message.cycle,
        needs_head=of_answer.needs_head,
        received_at=message.received_at,
        registered_at=message.registered_at,
        handed_over_at=message.handed_over_at,
        agreed_at=agreed_at,
        approved_at=approved_at,
        answered_at=message.answered_at,
        redirected_at=message.redirected_at,
        reopened_at=message.reopened_at,
        regime=message.regime,
        extended_at=message.extended_at,
        extension_days=message.extension_days,
        promises=tuple(sorted((one for one in changes if isinstance(one, Promise)), key=lambda one: one.posted_at)),
        pauses=tuple(one for one in changes if isinstance(one, Pause)),
    )


def joined(message: Message) -> datetime | None:
    """When the case was merged under the one that leads it; nothing done there before was done for it."""
    at = message.merged_from.get("at")
    return datetime.fromisoformat(at) if at else None


def agreed_for(message: Message, leading: Message) -> tuple[datetime | None, datetime | None]:
    """When the leading one's answer was agreed and approved for a case merged under it."""
    joined_at = joined(message)
    return _since(joined_at, leading.agreed_at), _since(joined_at, leading.approved_at)


def _since(joined_at: datetime | None, moment: datetime | None) -> datetime | None:
    return max(moment, joined_at) if moment and joined_at else moment


def put_off_of(messages: Iterable[Message]) -> dict[int, list[Promise | Pause]]:
    """What puts off the terms of each case, by its id: interim answers and questions, its own and of what it is answered with.

    Two queries; none while no block has the cases: nobody has promised or asked.
    """
    sources = {message.pk: tuple(_asked_in(message)) for message in messages}
    cases = {case for pairs in sources.values() for case, _ in pairs}
    found: dict[tuple[int, int], list[Promise | Pause]] = defaultdict(list)
    if cases:
        interims = InterimReply.objects.filter(message__in=cases).order_by("posted_at", "id")
        for case, cycle, posted_at, promised_at in interims.values_list("message", "cycle", "posted_at", "promised_at"):
            found[case, cycle].append(Promise(posted_at, promised_at))
        for question in Question.objects.filter(message__in=cases).order_by("asked_at", "id").defer("text", "answer"):
            found[question.message_id, question.cycle].append(Pause(question.asked_at, question.holds_until))
    joined_at = {message.pk: joined(message) for message in messages}
    return {
        pk: [one if pair[0] == pk else _of_leading(one, joined_at[pk]) for pair in pairs for one in found[pair]]
        for pk, pairs in sources.items()
    }


def _of_leading(one: Promise | Pause, joined_at: datetime | None) -> Promise | Pause:
    """What the leading case promised or asked, for one merged under it: before the merging it was no word to its applicant."""
    if isinstance(one, Promise) and joined_at is not None and one.posted_at < joined_at:
        return replace(one, told=False)
    return one


def _asked_in(message: Message) -> Iterator[tuple[int, int]]:
    """The cases and their cycles whose applicants are told and asked for this one: itself, and what leads it or has led it."""
    if message.handed_over_at is None:
        return
    yield message.pk, message.cycle
    if message.leading_id is not None and message.leading is not None:
        # Kept when the leading one was answered: it may be reopened since.
        cycle = message.merged_from.get("leading_cycle")
        yield message.leading_id, message.leading.cycle if cycle is None else cycle


def editions_of(message: Message) -> dict[Kind, datetime]:
    """From when the terms of a kind go by the charter of that moment instead of the one they began under."""
    return {Kind(kind): datetime.fromisoformat(moment) for kind, moment in message.editions.items()}
