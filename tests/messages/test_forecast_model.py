"""The arithmetic of the forecast: shares, like cases, the clock of the hours, what past terms teach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu.calendar import production_calendar
from messages.forecast import (
    Clock,
    Durations,
    Group,
    Tally,
    Term,
    Visit,
    Watch,
    chance,
    clock_of,
    percent,
    samples,
    was_named,
)

NOON = datetime(2026, 3, 4, 7, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yekaterinburg")
HOUR = timedelta(hours=1)
STAGE = Group("agree", "drafting", source=1, block=2, topic=3)
WIDE = Group("agree", "drafting")
PLAIN = Clock(NOON)

seconds = st.integers(0, 10**7)
times = st.lists(seconds, min_size=20, max_size=60)


def learned(values: list[int], cut: list[int] | None = None) -> Durations:
    tally = Tally()
    for value in values:
        tally.add(value, ended=True)
    for value in cut or []:
        tally.add(value, ended=False)
    return tally.durations()


class TestShares:
    @given(times, seconds, seconds)
    def test_fewer_take_longer_than_more(self, values: list[int], one: int, other: int) -> None:
        durations = learned(values)
        assert 0 < durations.longer(max(one, other)) <= durations.longer(min(one, other)) <= 1

    def test_the_quantiles_are_those_of_what_was_seen(self) -> None:
        durations = learned(list(range(0, 4001, 100)))
        assert durations.quantiles[20] == pytest.approx(2000, abs=100)
        assert durations.longer(1000) == pytest.approx(0.75, abs=0.05)

    def test_what_still_stands_counts_for_as_long_as_it_has_stood(self) -> None:
        """Without them the forecast would learn from the quick ones alone."""
        only_quick, all_of_them = learned([60] * 30), learned([60] * 30, cut=[600] * 30)
        assert only_quick.longer(300) < 0.1
        assert all_of_them.longer(300) == pytest.approx(0.5, abs=0.05)

    def test_what_has_stood_longer_than_any_may_stand_as_long_again(self) -> None:
        durations = learned([100] * 30)
        assert durations.longer(2000) / durations.longer(1000) == pytest.approx(0.5)


class TestChance:
    @given(times, times, seconds, seconds, seconds)
    def test_never_falls_as_the_end_comes_nearer(
        self, wide: list[int], narrow: list[int], stood: int, left: int, less: int
    ) -> None:
        known = {WIDE: learned(wide), STAGE: learned(narrow)}
        early, shorter = chance(known, STAGE, stood=stood, left=left), chance(known, STAGE, stood=stood, left=min(left, less))
        waited = min(left, less)
        later = chance(known, STAGE, stood=stood + waited, left=left - waited)
        assert early is not None
        assert shorter is not None
        assert later is not None
        assert 0 <= early <= 1 + 1e-9
        assert shorter >= early - 1e-9
        assert later >= early - 1e-9

    def test_nothing_is_said_of_few(self) -> None:
        assert chance({WIDE: learned([60] * 19)}, STAGE, stood=0, left=60) is None
        assert chance({STAGE: learned([60] * 50)}, STAGE, stood=0, left=60) is None

    def test_the_narrower_group_weighs_by_its_number(self) -> None:
        wide, slow = learned([60] * 500), [6000] * 8

        def said(narrow: list[int]) -> float:
            return chance({WIDE: wide, STAGE: learned(narrow)}, STAGE, stood=0, left=600) or 0

        assert said(slow) < 0.5 < said(slow * 20)

    def test_before_the_hand_over_the_block_is_not_asked(self) -> None:
        known = {WIDE: learned([60] * 30), STAGE: learned([6000] * 300)}
        assert (chance(known, WIDE._replace(source=1), stood=0, left=600) or 0) < 0.1

    def test_kept_in_fives_rounded_down(self) -> None:
        assert [percent(value) for value in (0, 0.049, 0.05, 0.4999, 0.5, 1)] == [0, 0, 5, 45, 50, 100]


class TestClock:
    def test_runs_in_the_hours_in_which_work_is_done(self) -> None:
        """Everything is finished between 9 and 18; what came at night waits for the morning."""
        since, until = NOON - timedelta(days=60), NOON
        watch, calendar = Watch(since, until), production_calendar()
        day = since.replace(hour=0)
        while day < until - timedelta(days=1):
            if calendar.is_working_day(day.astimezone(ZONE).date()):
                for hour in range(9):
                    done = day.replace(hour=4 + hour, minute=30)  # 9:30 … 17:30 in the zone
                    watch.add(done - timedelta(hours=15), done, done=True)
            day += timedelta(days=1)
        clock = clock_of(watch.rhythm(ZONE, calendar), since=since, until=until, tz=ZONE, calendar=calendar)
        night, working = datetime(2026, 3, 2, 19, tzinfo=UTC), datetime(2026, 3, 3, 5, tzinfo=UTC)
        assert clock.between(night, night + 6 * HOUR) < clock.between(working, working + HOUR)
        week = timedelta(days=7)
        assert clock.between(since, since + 5 * week) == pytest.approx(5 * week.total_seconds(), rel=0.1)

    def test_keeps_the_plain_hours_where_nothing_speaks_against_them(self) -> None:
        watch = Watch(NOON - timedelta(days=30), NOON)
        for hour in range(29 * 24):
            begun = NOON - timedelta(days=30) + hour * HOUR
            watch.add(begun, begun + 3 * HOUR, done=True)
        assert watch.rhythm(ZONE, production_calendar()) == ()

    @given(st.integers(-5000, 5000), st.integers(0, 5000), st.integers(0, 5000))
    def test_counts_on(self, start: int, one: int, other: int) -> None:
        rhythm = (*[0.1, 0.1, 1.0, 3.0, 3.0, 2.0, 0.5, 0.1], *[0.2] * 8)
        since, until = NOON - timedelta(days=60), NOON + timedelta(days=60)
        clock = clock_of(rhythm, since=since, until=until, tz=ZONE, calendar=production_calendar())
        a = NOON + timedelta(minutes=start * 20)
        b, c = a + timedelta(minutes=one), a + timedelta(minutes=one + other)
        assert clock.between(a, b) + clock.between(b, c) == pytest.approx(clock.between(a, c), abs=1e-3)


def term(*, met_after: timedelta | None, moved: bool = False) -> Term:
    """Three hours for the agreement, of which the case has been drafted from the tenth minute to the end."""
    ten = timedelta(minutes=10)
    met_at = NOON + met_after if met_after else None
    visits = (Visit("assigned", 2, NOON, NOON + ten), Visit("drafting", 2, NOON + ten, met_at))
    due_at = NOON + 3 * HOUR
    before = ((NOON + 2 * HOUR, due_at),) if moved else ()
    end = due_at + 24 * HOUR if moved else due_at
    return Term("agree", 1, 3, NOON, end, NOON + 2.4 * HOUR, met_at, None, visits, before)


class TestPast:
    def test_teaches_only_what_was_known_then(self) -> None:
        late = term(met_after=5 * HOUR)
        before_the_end = list(samples(late, PLAIN, NOON + HOUR))
        assert [(one.group.state, one.done, one.work) for one in before_the_end] == [
            ("assigned", False, 3600),
            ("drafting", False, 3000),
        ]
        assert [one.left for one in before_the_end] == [True, False]
        assert all(one.done for one in samples(late, PLAIN, NOON + 6 * HOUR))
        assert list(samples(late, PLAIN, NOON)) == []

    def test_names_what_stands_longer_than_the_quick_ones(self) -> None:
        known = {WIDE: learned([1800 + 60 * n for n in range(30)] + [5 * 3600] * 6)}
        quick, late = term(met_after=timedelta(minutes=50)), term(met_after=5 * HOUR)
        assert was_named(quick, PLAIN, known, likely=50, since=NOON) is False
        assert was_named(late, PLAIN, known, likely=50, since=NOON) is True
        assert was_named(late, PLAIN, known, likely=50, since=NOON + 4 * HOUR) is None
        assert was_named(late, PLAIN, {}, likely=50, since=NOON) is None

    def test_a_term_is_judged_by_its_end_as_it_stood(self) -> None:
        moved = term(met_after=5 * HOUR, moved=True)
        assert moved.due_as_of(NOON + HOUR) == NOON + 3 * HOUR
        assert moved.due_as_of(NOON + 2 * HOUR) == moved.due_at
        assert not moved.is_late

    def test_counts_where_it_was_decided(self) -> None:
        late, day = term(met_after=5 * HOUR), timedelta(days=1)
        assert late.ended_between(NOON + 3 * HOUR, NOON + 4 * HOUR)
        assert not late.ended_between(NOON + 4 * HOUR, NOON + day)
        assert term(met_after=HOUR).ended_between(NOON + HOUR, NOON + 2 * HOUR)
        assert term(met_after=None).ended_between(NOON, NOON + day)
