"""Rules of terms: the decrees' own figures, days off, who is told and when, which rule applies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu.calendar import working_minutes
from messages.terms import DayCount, Kind, OnDayOff, Rule, Rung, StartsOn, Step, Unit, due_at, match, steps
from tests.messages.term_rules import (
    APPEAL_ANSWER,
    APPROVE,
    CALENDAR,
    EKB,
    HOUR_LADDER,
    HOURS,
    IM_AGREE,
    MOSCOW,
    POS_ANSWER,
    at,
    local,
)


def ends(rule: Rule, started: str) -> str:
    return local(due_at(rule, at(started), tz=EKB, calendar=CALENDAR, hours=HOURS))


def days(amount: int, **changes: Any) -> Rule:
    return Rule(id=9, kind=Kind.ANSWER, starts_on=StartsOn.RECEIVED, amount=amount, **changes)


calendar_days = partial(days, unit=Unit.CALENDAR_DAYS)
working_days = partial(days, unit=Unit.WORKING_DAYS)


class TestEnds:
    def test_three_hours_of_incident_management_run_through_the_night(self) -> None:
        assert ends(IM_AGREE, "2026-03-06T22:15:30") == "2026-03-07 01:15:30"

    def test_day_of_receipt_is_day_zero(self) -> None:
        assert ends(calendar_days(10), "2026-01-06T14:00:00") == "2026-01-16 23:59:59.999999"

    def test_twenty_five_days_over_the_year_end(self) -> None:
        assert ends(POS_ANSWER, "2025-12-20T00:00:00") == "2026-01-14 23:59:59.999999"

    def test_day_is_the_day_of_the_center(self) -> None:
        received = at("2026-03-02T23:30:00", MOSCOW)
        in_moscow = due_at(calendar_days(10), received, tz=MOSCOW, calendar=CALENDAR, hours=HOURS)
        in_ekb = due_at(calendar_days(10), received, tz=EKB, calendar=CALENDAR, hours=HOURS)
        assert local(in_moscow, MOSCOW) == "2026-03-12 23:59:59.999999"
        assert local(in_ekb) == "2026-03-13 23:59:59.999999"

    def test_last_microsecond_of_a_day_belongs_to_that_day(self) -> None:
        assert ends(calendar_days(1), "2026-03-02T23:59:59.999999") == "2026-03-03 23:59:59.999999"
        assert ends(calendar_days(1), "2026-03-03T00:00:00") == "2026-03-04 23:59:59.999999"

    def test_thirty_days_of_an_appeal_count_the_day_of_registration(self) -> None:
        assert ends(APPEAL_ANSWER, "2026-01-12T10:00:00") == "2026-02-10 23:59:59.999999"

    def test_leap_day_is_a_day(self) -> None:
        assert ends(calendar_days(2), "2024-02-27T10:00:00") == "2024-02-29 23:59:59.999999"
        assert ends(calendar_days(2), "2026-02-27T10:00:00") == "2026-03-01 23:59:59.999999"

    @pytest.mark.parametrize(
        ("on_day_off", "last_day"),
        [
            (OnDayOff.AS_IS, "2026-03-08"),
            (OnDayOff.PREVIOUS_WORKING_DAY, "2026-03-06"),
            (OnDayOff.NEXT_WORKING_DAY, "2026-03-10"),
        ],
    )
    def test_term_that_ends_on_a_day_off(self, on_day_off: OnDayOff, last_day: str) -> None:
        rule = calendar_days(6, on_day_off=on_day_off)
        assert ends(rule, "2026-03-02T10:00:00") == f"{last_day} 23:59:59.999999"

    def test_worked_saturday_is_no_day_off(self) -> None:
        rule = calendar_days(2, on_day_off=OnDayOff.NEXT_WORKING_DAY)
        assert ends(rule, "2024-04-25T10:00:00") == "2024-04-27 23:59:59.999999"

    def test_term_never_moves_before_the_day_it_started(self) -> None:
        rule = calendar_days(3, on_day_off=OnDayOff.PREVIOUS_WORKING_DAY)
        assert ends(rule, "2026-01-01T10:00:00") == "2026-01-04 23:59:59.999999"

    def test_working_days(self) -> None:
        assert ends(working_days(1), "2025-12-30T10:00:00") == "2026-01-12 23:59:59.999999"
        assert ends(working_days(2), "2024-04-26T10:00:00") == "2024-05-02 23:59:59.999999"

    def test_working_days_from_the_day_itself(self) -> None:
        rule = working_days(2, day_count=DayCount.INCLUSIVE)
        assert ends(rule, "2026-03-02T10:00:00") == "2026-03-03 23:59:59.999999"
        assert ends(rule, "2026-03-07T10:00:00") == "2026-03-11 23:59:59.999999"

    def test_working_hour_waits_for_the_morning(self) -> None:
        assert ends(APPROVE, "2026-03-06T16:30:00") == "2026-03-10 09:30:00"

    def test_day_ends_right_when_the_clock_goes_back_that_night(self) -> None:
        # 26.10.2014 01:00 became 00:00 of the old zone; the 25th is an ordinary day, the 26th has 25 hours.
        started = at("2014-10-25T12:00:00", MOSCOW)
        due = due_at(calendar_days(1), started, tz=MOSCOW, calendar=CALENDAR, hours=HOURS)
        assert local(due, MOSCOW) == "2014-10-26 23:59:59.999999"
        assert due - started.astimezone(UTC) == timedelta(hours=37) - timedelta(microseconds=1)

    def test_naive_start_is_refused(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            due_at(IM_AGREE, at("2026-03-02").replace(tzinfo=None), tz=EKB, calendar=CALENDAR, hours=HOURS)


class TestRule:
    @pytest.mark.parametrize(
        "make",
        [
            partial(calendar_days, 0),
            partial(calendar_days, 1, warn_shares=(0.5, 0.501)),
            partial(calendar_days, 1, warn_shares=(1.0,)),
            partial(calendar_days, 1, ladder=(Rung("head", -timedelta(hours=1)),)),
        ],
    )
    def test_rule_without_sense_is_refused(self, make: Callable[[], Rule]) -> None:
        with pytest.raises(ValueError, match=r"amount|warn_shares|ladder"):
            make()


def steps_of(rule: Rule, started: str) -> list[tuple[str, str, str]]:
    due = due_at(rule, at(started), tz=EKB, calendar=CALENDAR, hours=HOURS)
    found = steps(rule, at(started), due, tz=EKB, calendar=CALENDAR, hours=HOURS)
    return [(step.code, local(step.at), step.to) for step in found]


class TestSteps:
    def test_three_hours(self) -> None:
        assert steps_of(IM_AGREE, "2026-03-02T10:00:00") == [
            ("warn_50", "2026-03-02 11:30:00", "responsible"),
            ("warn_80", "2026-03-02 12:24:00", "responsible"),
            ("breach", "2026-03-02 13:00:00", "responsible"),
            ("escalate_1", "2026-03-02 14:00:00", "block_curator"),
            ("escalate_2", "2026-03-02 16:00:00", "head"),
        ]

    def test_days(self) -> None:
        ladder = (Rung("responsible", timedelta()), Rung("block_curator", timedelta(days=1)))
        rule = calendar_days(10, warn_shares=(0.5,), ladder=ladder)
        assert steps_of(rule, "2026-03-02T00:00:00") == [
            ("warn_50", "2026-03-07 12:00:00", "responsible"),
            ("breach", "2026-03-12 23:59:59.999999", "responsible"),
            ("escalate_1", "2026-03-13 23:59:59.999999", "block_curator"),
        ]

    def test_warning_of_working_hours_does_not_come_at_night(self) -> None:
        rule = Rule(id=9, kind=Kind.AGREE, starts_on=StartsOn.HANDED_OVER, amount=4, unit=Unit.WORKING_HOURS)
        assert steps_of(rule, "2026-03-02T17:00:00") == [
            ("warn_50", "2026-03-03 10:00:00", "responsible"),
            ("warn_80", "2026-03-03 11:12:00", "responsible"),
            ("breach", "2026-03-03 12:00:00", "responsible"),
        ]

    def test_rung_may_wait_for_working_time(self) -> None:
        rule = calendar_days(1, warn_shares=(), ladder=(Rung("head", timedelta(hours=2), working=True),))
        assert steps_of(rule, "2026-03-02T10:00:00") == [
            ("breach", "2026-03-03 23:59:59.999999", "responsible"),
            ("escalate_1", "2026-03-04 11:00:00", "head"),
        ]

    def test_first_rung_without_delay_hears_of_the_breach(self) -> None:
        rule = calendar_days(1, warn_shares=(), ladder=(Rung("block_curator", timedelta()),))
        assert [(code, to) for code, _, to in steps_of(rule, "2026-03-02T10:00:00")] == [("breach", "block_curator")]

    def test_moved_end_moves_the_steps(self) -> None:
        started, due = at("2026-03-02T10:00:00"), at("2026-03-02T20:00:00")
        found = steps(IM_AGREE, started, due, tz=EKB, calendar=CALENDAR, hours=HOURS)
        assert found[0] == Step("warn_50", at("2026-03-02T15:00:00").astimezone(UTC), "responsible")


class TestMatch:
    def find(self, *rules: Rule, **case: Any) -> int | str | None:
        facts: dict[str, Any] = {"regime": "message", "source": 1, "fast_track": False, "topic": 5, **case}
        found = match(rules, **facts)
        return found[Kind.ANSWER][0].id if found else None

    def rule(self, rule_id: int | str, **on: Any) -> Rule:
        return Rule(id=rule_id, kind=Kind.ANSWER, starts_on=StartsOn.RECEIVED, amount=1, unit=Unit.HOURS, **on)

    def test_no_rule_no_term(self) -> None:
        assert self.find(self.rule(1, source_id=2), self.rule(2, regime="appeal")) is None

    def test_regime_beats_all_the_rest_together(self) -> None:
        narrow = self.rule(1, source_id=1, fast_track=False, topic_id=5)
        assert self.find(narrow, self.rule(2, regime="message")) == 2

    def test_source_beats_fast_track_and_topic(self) -> None:
        narrow = self.rule(1, fast_track=True, topic_id=5)
        assert self.find(narrow, self.rule(2, source_id=1), fast_track=True) == 2

    def test_fast_track_beats_topic(self) -> None:
        assert self.find(self.rule(1, topic_id=5), self.rule(2, fast_track=True), fast_track=True) == 2
        assert self.find(self.rule(1, topic_id=5), self.rule(2, fast_track=True)) == 1

    def test_appeal_sent_through_the_portal_keeps_the_law(self) -> None:
        portal = self.rule(1, source_id=1, fast_track=True)
        assert self.find(portal, self.rule(2, regime="appeal"), regime="appeal", fast_track=True) == 2

    def test_smaller_id_wins_a_tie(self) -> None:
        assert self.find(self.rule(10), self.rule(9), self.rule("a")) == 9
        assert self.find(self.rule("b"), self.rule("a")) == "a"

    def test_kinds_do_not_compete(self) -> None:
        found = match([IM_AGREE, POS_ANSWER], regime="message", source=1, fast_track=False, topic=None)
        assert found == {Kind.AGREE: (IM_AGREE,), Kind.ANSWER: (POS_ANSWER,)}


moments = st.datetimes(
    min_value=datetime.fromisoformat("2019-12-01"),
    max_value=datetime.fromisoformat("2027-12-31"),
    timezones=st.just(UTC),
)
shapes = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(Unit),
        "day_count": st.sampled_from(DayCount),
        "on_day_off": st.sampled_from(OnDayOff),
        "warn_shares": st.sampled_from([(), (0.5,), (0.8, 0.5), (0.01, 0.99)]),
        "ladder": st.sampled_from([(), HOUR_LADDER, HOUR_LADDER[1:]]),
    }
)
amounts = st.integers(min_value=1, max_value=60)


def end_of(rule: Rule, started_at: datetime) -> datetime:
    return due_at(rule, started_at, tz=EKB, calendar=CALENDAR, hours=HOURS)


class TestProperties:
    @given(started_at=moments, shape=shapes, amount=amounts)
    def test_term_ends_after_it_starts(self, started_at: datetime, shape: dict[str, Any], amount: int) -> None:
        assert end_of(days(amount, **shape), started_at) >= started_at

    @given(started_at=moments, shape=shapes, amount=amounts, more=amounts)
    def test_longer_term_never_ends_earlier(self, started_at: datetime, shape: dict[str, Any], amount: int, more: int) -> None:
        assert end_of(days(amount, **shape), started_at) <= end_of(days(amount + more, **shape), started_at)

    @given(
        started_at=moments,
        later=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20)),
        shape=shapes,
        amount=amounts,
    )
    def test_later_start_never_ends_earlier(
        self, started_at: datetime, later: timedelta, shape: dict[str, Any], amount: int
    ) -> None:
        rule = days(amount, **shape)
        assert end_of(rule, started_at) <= end_of(rule, started_at + later)

    @given(started_at=moments, amount=amounts)
    def test_working_hours_give_back_their_amount(self, started_at: datetime, amount: int) -> None:
        due = end_of(days(amount, unit=Unit.WORKING_HOURS), started_at)
        assert working_minutes(started_at, due, hours=HOURS, tz=EKB, calendar=CALENDAR) == amount * 60

    @given(started_at=moments, shape=shapes, amount=amounts)
    def test_steps_have_own_codes_in_order_of_time(self, started_at: datetime, shape: dict[str, Any], amount: int) -> None:
        rule = days(amount, **shape)
        due = end_of(rule, started_at)
        found = steps(rule, started_at, due, tz=EKB, calendar=CALENDAR, hours=HOURS)
        assert len({step.code for step in found}) == len(found) == len(rule.warn_shares) + max(1, _told(rule))
        assert [step.at for step in found] == sorted(step.at for step in found)
        assert all((step.at < due) == step.code.startswith("warn") for step in found)


def _told(rule: Rule) -> int:
    """Steps from the breach on: the breach takes the first rung in if that rung has no delay."""
    joined = bool(rule.ladder) and not rule.ladder[0].after
    return len(rule.ladder) + (not joined)
