"""Terms that were put off by questions and promises, and terms of rules with editions: what holds for all moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mcu.calendar import add_working_minutes, working_minutes
from messages.terms import (
    DayCount,
    Facts,
    Kind,
    OnDayOff,
    Pause,
    Promise,
    Rule,
    StartsOn,
    Unit,
    end,
    match,
    steps,
    threat_at,
    wanted,
)
from tests.messages.term_rules import CALENDAR, EKB, HOURS, MOSCOW, at, local

START = datetime(2025, 12, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Changes = tuple[Pause | Promise, ...]
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=60))
shapes = st.fixed_dictionaries(
    {"unit": st.sampled_from(Unit), "day_count": st.sampled_from(DayCount), "on_day_off": st.sampled_from(OnDayOff)}
)
amounts = st.integers(min_value=1, max_value=40)


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    """Times one after another, as a case has them: two that meet are one."""
    found, since = [], START
    for before, length in draw(st.lists(st.tuples(spans, spans), max_size=3)):
        since += before + timedelta(seconds=1)
        found.append(Pause(since, since + length))
        since += length
    return found


promises = st.lists(
    st.builds(lambda after, days: Promise(START + after, START + after + days * DAY), spans, st.integers(1, 30)), max_size=2
)
put_off = st.builds(lambda held, told: (*held, *told), pauses(), promises)


def rule(amount: int, **shape: Any) -> Rule:
    return Rule(id=1, kind=Kind.ANSWER, starts_on=StartsOn.RECEIVED, amount=amount, pauses=True, **shape)


def ends(of: Rule, started_at: datetime, *changes: Pause | Promise) -> datetime:
    return end(of, started_at, changes, tz=EKB, calendar=CALENDAR, hours=HOURS)


class TestPutOff:
    @given(shape=shapes, amount=amounts, after=spans, changes=put_off)
    def test_nothing_that_puts_off_brings_the_end_nearer(
        self, shape: dict[str, Any], amount: int, after: timedelta, changes: Changes
    ) -> None:
        changes = tuple(sorted(changes, key=lambda one: one.posted_at if isinstance(one, Promise) else one.since))
        so_far = [ends(rule(amount, **shape), START + after, *changes[:many]) for many in range(len(changes) + 1)]
        assert so_far == sorted(so_far)

    @given(shape=shapes, pair=st.tuples(amounts, amounts).map(sorted), after=spans, changes=put_off)
    def test_longer_term_never_ends_earlier(
        self, shape: dict[str, Any], pair: list[int], after: timedelta, changes: Changes
    ) -> None:
        short, long = (rule(amount, **shape) for amount in pair)
        assert ends(short, START + after, *changes) <= ends(long, START + after, *changes)

    @given(shape=shapes, amount=amounts, pair=st.tuples(spans, spans).map(sorted), changes=put_off)
    def test_later_start_never_ends_earlier(
        self, shape: dict[str, Any], amount: int, pair: list[timedelta], changes: Changes
    ) -> None:
        """Of a promise given before the later one began only the earlier one's waits put off further: left aside."""
        of, (first, second) = rule(amount, **shape), (START + one for one in pair)
        given_later = [one for one in changes if isinstance(one, Pause) or one.posted_at >= second]
        assert ends(of, first, *given_later) <= ends(of, second, *given_later)

    @given(shape=shapes, amount=amounts, since=spans, pair=st.tuples(spans, spans).map(sorted))
    def test_longer_wait_never_ends_earlier(
        self, shape: dict[str, Any], amount: int, since: timedelta, pair: list[timedelta]
    ) -> None:
        of, asked = rule(amount, **shape), START + since
        short, long = (ends(of, START, Pause(asked, asked + length)) for length in pair)
        assert short <= long

    @given(amount=amounts, after=spans, asked=st.integers(0, 40 * 60), waited=st.integers(0, 5000))
    def test_working_time_of_a_term_is_its_own_and_that_of_the_wait(
        self, amount: int, after: timedelta, asked: int, waited: int
    ) -> None:
        """Counting gives back what was added, also where the clock stood in between."""
        begun = START + after
        asked_at = _worked_on(begun, min(asked, amount * 60))
        heard_at = _worked_on(asked_at, waited)
        due = ends(rule(amount, unit=Unit.WORKING_HOURS), begun, Pause(asked_at, heard_at))
        assert working_minutes(begun, due, hours=HOURS, tz=EKB, calendar=CALENDAR) == amount * 60 + waited

    @given(asked=st.integers(0, 200), waited=st.integers(0, 200), later=st.integers(0, 200), day=st.sampled_from(["02", "06"]))
    def test_seconds_of_a_wait_are_not_lost(self, asked: int, waited: int, later: int, day: str) -> None:
        """Counted in whole minutes, a start within the wait would end up to a minute before an earlier one."""
        of, begun = rule(1, unit=Unit.WORKING_HOURS), at(f"2026-03-{day}T16:58:20")
        held = Pause(begun + asked * SECOND, begun + (asked + waited) * SECOND)
        assert ends(of, begun, held) <= ends(of, begun + later * SECOND, held)
        assert ends(of, begun, held) <= ends(of, begun, Pause(held.since, held.until + later * SECOND))

    def test_what_came_after_the_end_puts_nothing_off(self) -> None:
        of, begun = rule(1, unit=Unit.HOURS), at("2026-03-02T10:00:00")
        assert local(ends(of, begun, Pause(begun + HOUR, begun + 3 * HOUR))) == "2026-03-02 13:00:00"
        assert local(ends(of, begun, Pause(begun + HOUR + MINUTE, begun + 3 * HOUR))) == "2026-03-02 11:00:00"

    def test_wait_over_the_new_year_in_working_days(self) -> None:
        """Asked on the last working day of 2025, heard on the first one of 2026: one working day passed."""
        of, begun = rule(2, unit=Unit.WORKING_DAYS), at("2025-12-30T10:00:00")
        assert local(ends(of, begun)) == "2026-01-13 23:59:59.999999"
        held = Pause(at("2025-12-30T11:00:00"), at("2026-01-12T09:30:00"))
        assert local(ends(of, begun, held)) == "2026-01-14 23:59:59.999999"

    def test_wait_over_a_weekend_ends_on_the_first_day_that_counts(self) -> None:
        """Registered on a Saturday, the day of registration being the first: Monday is the first day, waited for or not."""
        of = rule(1, unit=Unit.WORKING_DAYS, day_count=DayCount.INCLUSIVE)
        held = Pause(at("2025-12-01T05:00:01"), at("2025-12-08T05:00:01"))
        for begun in ("2025-12-06T05:00:00", "2025-12-08T05:00:00"):
            assert local(ends(of, at(begun), held)) == "2025-12-08 23:59:59.999999"

    def test_wait_over_a_leap_day_and_a_worked_saturday(self) -> None:
        of = rule(3, unit=Unit.CALENDAR_DAYS)
        held = Pause(at("2024-02-28T12:00:00"), at("2024-03-01T12:00:00"))
        assert local(ends(of, at("2024-02-27T10:00:00"), held)) == "2024-03-03 23:59:59.999999"
        of = rule(1, unit=Unit.WORKING_DAYS)
        held = Pause(at("2024-04-26T12:00:00"), at("2024-04-27T12:00:00"))
        assert local(ends(of, at("2024-04-26T10:00:00"), held)) == "2024-05-02 23:59:59.999999"

    def test_hours_over_the_night_when_the_clock_goes_on_and_back(self) -> None:
        """28.03.2010 had 23 hours in Moscow, 31.10.2010 had 25: a wait and a share are as long as they were lived."""
        of = rule(48, unit=Unit.HOURS)
        for begun, due, half in (
            ("2010-03-27", "2010-03-30 12:00:00", "2010-03-29 00:30:00"),
            ("2010-10-30", "2010-11-02 12:00:00", "2010-10-31 23:30:00"),
        ):
            noon = at(f"{begun}T12:00:00", MOSCOW)
            held = Pause(noon, noon + DAY)  # by the wall clock
            found = end(of, noon, (held,), tz=MOSCOW, calendar=CALENDAR, hours=HOURS)
            assert local(found, MOSCOW) == due
            [warning, *_] = steps(replace(of, warn_shares=(0.5,)), noon, found, tz=MOSCOW, calendar=CALENDAR, hours=HOURS)
            assert local(warning.at, MOSCOW) == half
            assert (
                threat_at(replace(of, warn_shares=(0.5,)), noon, found, tz=MOSCOW, calendar=CALENDAR, hours=HOURS) == warning.at
            )

    def test_working_hours_wait_over_a_shortened_day(self) -> None:
        """Thursday 30.04.2026 ends at five: of the wait from 16:00 to Monday's 10:00 two hours were worked."""
        of, begun = rule(3, unit=Unit.WORKING_HOURS), at("2026-04-30T15:00:00")
        assert local(ends(of, begun, Pause(at("2026-04-30T16:00:00"), at("2026-05-04T10:00:00")))) == "2026-05-04 12:00:00"


def _worked_on(moment: datetime, minutes: int) -> datetime:
    return add_working_minutes(moment, minutes, hours=HOURS, tz=EKB, calendar=CALENDAR)


cuts = st.lists(st.timedeltas(min_value=timedelta(), max_value=90 * DAY), max_size=4, unique=True).map(sorted)


def editions(cut: list[timedelta], lengths: list[int]) -> list[Rule]:
    """Editions of one rule, each in force from one moment to the next, of different lengths."""
    edges = [None, *(START + one for one in cut), None]
    return [
        Rule(
            id=number, code="answer", kind=Kind.ANSWER, starts_on=StartsOn.RECEIVED, amount=lengths[number],
            unit=Unit.CALENDAR_DAYS, since=edges[number], until=edges[number + 1],
        )
        for number in range(len(cut) + 1)
    ]  # fmt: skip


def governing(rules: list[Rule], received_at: datetime, moved_at: datetime | None = None) -> Rule:
    facts = Facts(state="received", cycle=0, needs_head=False, received_at=received_at)
    found = match(rules, regime="message", source=1, fast_track=False, topic=None)
    moved = {Kind.ANSWER: moved_at} if moved_at else {}
    [one] = wanted(facts, found, tz=EKB, calendar=CALENDAR, hours=HOURS, editions=moved)
    assert one.due_at == ends(one.rule, received_at)
    return one.rule


class TestEditions:
    @given(cut=cuts, lengths=st.lists(amounts, min_size=5, max_size=5), after=spans)
    def test_exactly_one_edition_governs_any_moment(self, cut: list[timedelta], lengths: list[int], after: timedelta) -> None:
        rules = editions(cut, lengths)
        received_at = START + after
        assert sum(one.governs(received_at) for one in rules) == 1
        assert governing(rules, received_at).id == sum(START + one <= received_at for one in cut)

    @given(cut=cuts, lengths=st.lists(amounts, min_size=5, max_size=5), after=spans, moved=spans)
    def test_a_moved_case_goes_by_the_later_edition_never_by_an_earlier(
        self, cut: list[timedelta], lengths: list[int], after: timedelta, moved: timedelta
    ) -> None:
        rules = editions(cut, lengths)
        own, found = governing(rules, START + after), governing(rules, START + after, START + moved)
        assert int(found.id) >= int(own.id)
        assert found.governs(max(START + after, START + moved))

    @given(cut=cuts, lengths=st.lists(amounts, min_size=5, max_size=5).map(sorted), after=spans, later=spans)
    def test_rules_that_only_get_longer_keep_the_order_of_starts(
        self, cut: list[timedelta], lengths: list[int], after: timedelta, later: timedelta
    ) -> None:
        rules = editions(cut, lengths)
        first, second = START + after, START + after + later
        assert ends(governing(rules, first), first) <= ends(governing(rules, second), second)

    def test_the_edition_ends_at_its_moment(self) -> None:
        rules = editions([10 * DAY], [5, 9])
        assert governing(rules, START + 10 * DAY - timedelta(microseconds=1)).amount == 5
        assert governing(rules, START + 10 * DAY).amount == 9
