"""Working days and working time: examples that people argue about, and properties that hold for all moments.

The packaged calendar was compared by hand, once, with the published one for every date of 2020-2026.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu.calendar import (
    ProductionCalendar,
    WorkingHours,
    add_working_minutes,
    add_working_time,
    production_calendar,
    working_minutes,
    working_time,
)

CALENDAR = production_calendar()
HOURS = WorkingHours.from_settings({})
EKB = ZoneInfo("Asia/Yekaterinburg")
MOSCOW = ZoneInfo("Europe/Moscow")


def at(text: str, tz: ZoneInfo = EKB) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz)


def worked(a: str, b: str, hours: WorkingHours = HOURS) -> int:
    return working_minutes(at(a), at(b), hours=hours, tz=EKB, calendar=CALENDAR)


def after(start: str, minutes: int, hours: WorkingHours = HOURS) -> str:
    ends = add_working_minutes(at(start), minutes, hours=hours, tz=EKB, calendar=CALENDAR)
    assert ends.tzinfo is UTC
    return ends.astimezone(EKB).strftime("%Y-%m-%d %H:%M:%S")


class TestDays:
    def test_working_days_of_each_year_are_as_published(self) -> None:
        days = (date(2020, 1, 1) + timedelta(days=n) for n in range(7 * 365 + 2))
        assert Counter(day.year for day in days if CALENDAR.is_working_day(day)) == {
            2020: 219,
            2021: 240,
            2022: 247,
            2023: 247,
            2024: 248,
            2025: 247,
            2026: 247,
        }

    @pytest.mark.parametrize(
        ("day", "working"),
        [
            ("2026-01-09", False),  # moved from a Saturday
            ("2026-01-12", True),
            ("2025-12-31", False),
            ("2024-12-31", False),
            ("2020-12-31", True),
            ("2024-02-29", True),
            ("2026-03-09", False),
            ("2026-05-11", False),
            ("2021-11-05", False),
            ("2020-05-08", False),
            ("2020-05-12", True),
            ("2024-04-27", True),  # a worked Saturday
            ("2024-12-28", True),
            ("2024-05-04", False),
        ],
    )
    def test_known_days(self, day: str, working: bool) -> None:
        assert CALENDAR.is_working_day(date.fromisoformat(day)) is working

    @pytest.mark.parametrize("day", ["2021-02-20", "2022-03-05", "2024-11-02", "2025-11-01"])
    def test_saturday_before_a_holiday_is_worked_and_shortened(self, day: str) -> None:
        assert CALENDAR.is_working_day(date.fromisoformat(day))
        assert CALENDAR.is_shortened(date.fromisoformat(day))

    def test_shortened_weekend_is_worked_even_if_marked_once(self) -> None:
        calendar = ProductionCalendar.from_mapping({"2025": {"days_off": [], "shortened": ["11-01"]}})
        assert calendar.is_working_day(date(2025, 11, 1))

    @pytest.mark.parametrize(
        ("year", "shortened", "worked", "weekdays_off"),
        [
            (2020, "06-11 11-03 12-31", "", 43),
            (2021, "02-20 04-30 06-11", "02-20", 22),
            (2022, "02-22 03-05 11-03", "03-05", 14),
            (2023, "02-22 03-07 11-03", "", 13),
            (2024, "02-22 03-07 05-08 06-11 11-02", "04-27 11-02 12-28", 17),
            (2025, "03-07 04-30 06-11 11-01", "11-01", 15),
            (2026, "04-30 05-08 06-11 11-03", "", 14),
        ],
    )
    def test_moved_and_shortened_days_of_each_year_are_as_published(
        self, year: int, shortened: str, worked: str, weekdays_off: int
    ) -> None:
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366) if (date(year, 1, 1) + timedelta(days=n)).year == year]
        assert [f"{day:%m-%d}" for day in days if CALENDAR.is_shortened(day)] == shortened.split()
        assert [f"{day:%m-%d}" for day in days if day.weekday() >= 5 and CALENDAR.is_working_day(day)] == worked.split()
        assert sum(day.weekday() < 5 and not CALENDAR.is_working_day(day) for day in days) == weekdays_off

    def test_ordinary_day_is_not_shortened(self) -> None:
        assert not CALENDAR.is_shortened(date(2026, 4, 29))
        assert CALENDAR.is_shortened(date(2026, 4, 30))

    def test_neighbours_are_strictly_before_and_after(self) -> None:
        assert CALENDAR.next_working_day(date(2025, 12, 30)) == date(2026, 1, 12)
        assert CALENDAR.previous_working_day(date(2026, 1, 12)) == date(2025, 12, 30)
        assert CALENDAR.next_working_day(date(2024, 4, 26)) == date(2024, 4, 27)
        assert CALENDAR.previous_working_day(date(2024, 3, 1)) == date(2024, 2, 29)

    def test_unknown_year_has_weekends_and_fixed_holidays_only(self) -> None:
        assert CALENDAR.covers(2026)
        assert not CALENDAR.covers(2027)
        assert not CALENDAR.is_working_day(date(2027, 1, 8))
        assert not CALENDAR.is_working_day(date(2027, 11, 4))
        assert not CALENDAR.is_working_day(date(2027, 1, 9))
        assert CALENDAR.is_working_day(date(2027, 1, 11))
        assert not CALENDAR.is_shortened(date(2027, 11, 3))

    def test_date_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(ValueError, match="day"):
            ProductionCalendar.from_mapping({"2027": {"days_off": ["02-29"]}})


class TestHours:
    def test_default_week(self) -> None:
        lunch = (time(13), time(14))
        long, short = (time(9), time(18)), (time(9), time(17))
        assert HOURS.week == (long, long, long, long, short, None, None)
        assert HOURS.lunch == lunch

    def test_charter_may_name_only_what_differs(self) -> None:
        hours = WorkingHours.from_settings({"mon": ["08:30", "17:42"], "lunch": ""})
        assert hours.week[0] == (time(8, 30), time(17, 42))
        assert hours.week[4] == (time(9), time(17))
        assert hours.lunch is None
        assert hours.spans(date(2026, 3, 2), calendar=CALENDAR) == ((time(8, 30), time(17, 42)),)

    @pytest.mark.parametrize(
        "settings",
        [
            {"monday": "09:00-18:00"},
            {"mon": "9 to 18"},
            {"mon": 9},
            {"mon": "18:00-09:00"},
            {"mon": "09:00:30-18:00"},
            dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""),
            {"lunch": "00:00-23:59"},
        ],
    )
    def test_hours_without_sense_are_refused(self, settings: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="Рабочее время"):
            WorkingHours.from_settings(settings)

    def test_week_has_seven_days(self) -> None:
        with pytest.raises(ValueError, match="семь"):
            WorkingHours(week=((time(9), time(18)),), lunch=None)

    def test_shortened_day_ends_an_hour_earlier(self) -> None:
        # Thursday 30.04.2026 and Friday 08.05.2026, both before a holiday.
        assert HOURS.spans(date(2026, 4, 30), calendar=CALENDAR)[-1] == (time(14), time(17))
        assert HOURS.spans(date(2026, 5, 8), calendar=CALENDAR)[-1] == (time(14), time(16))

    def test_worked_saturday_has_mondays_hours(self) -> None:
        assert HOURS.spans(date(2024, 4, 27), calendar=CALENDAR) == ((time(9), time(13)), (time(14), time(18)))
        assert HOURS.spans(date(2024, 11, 2), calendar=CALENDAR)[-1] == (time(14), time(17))

    def test_worked_saturday_with_hours_of_its_own(self) -> None:
        hours = WorkingHours.from_settings({"sat": "10:00-13:00"})
        assert hours.spans(date(2024, 4, 27), calendar=CALENDAR) == ((time(10), time(13)),)
        assert hours.spans(date(2024, 4, 20), calendar=CALENDAR) == ()

    def test_day_shorter_than_an_hour_has_no_work_before_a_holiday(self) -> None:
        hours = WorkingHours.from_settings({"thu": "00:00-00:40"})
        assert hours.spans(date(2026, 4, 30), calendar=CALENDAR) == ()


class TestCounting:
    @pytest.mark.parametrize(
        ("a", "b", "minutes"),
        [
            ("2026-03-02T09:00:00", "2026-03-02T10:00:00", 60),
            ("2026-03-02T09:00:00", "2026-03-02T09:00:59", 0),
            ("2026-03-02T12:30:20", "2026-03-02T14:10:20", 40),  # over lunch
            ("2026-03-02T13:10:00", "2026-03-02T13:50:00", 0),
            ("2026-03-02T00:00:00", "2026-03-03T00:00:00", 480),  # midnight to midnight
            ("2026-03-06T00:00:00", "2026-03-07T00:00:00", 420),  # Friday
            ("2026-03-06T16:59:30", "2026-03-10T09:00:30", 1),  # Friday evening to Tuesday after 8 March
            ("2025-12-30T17:00:00", "2026-01-12T10:00:00", 120),  # year end
            ("2024-02-28T09:00:00", "2024-03-01T09:00:00", 960),  # over the leap day
            ("2026-04-30T09:00:00", "2026-04-30T20:00:00", 420),  # shortened Thursday
            ("2024-04-26T17:00:00", "2024-05-02T09:00:00", 480),  # only the worked Saturday between
            ("2026-03-02T10:00:00", "2026-03-02T09:00:00", 0),
            ("2024-02-29T09:00:00", "2024-02-29T23:59:59", 480),  # the leap day itself, a Thursday
            ("2024-04-27T00:00:00", "2024-04-28T00:00:00", 480),  # the worked Saturday itself
            ("2025-12-31T09:00:00", "2026-01-11T23:59:59", 0),  # days off only, over midnight and the year end
            ("2026-03-02T17:59:59", "2026-03-02T18:00:59", 0),  # the tick falls a second before the next minute after closing
            ("2026-03-02T23:59:59", "2026-03-03T00:00:01", 0),  # midnight
        ],
    )
    def test_examples(self, a: str, b: str, minutes: int) -> None:
        assert worked(a, b) == minutes

    @pytest.mark.parametrize(
        ("created", "answered", "minutes"),
        [
            ("2026-03-02T08:45:10", "2026-03-02T09:20:09", 34),
            ("2026-03-02T08:45:10", "2026-03-02T09:20:10", 35),
            # Ticks stand at :50 of each minute: 08:30:50 … 08:41:50 are twelve, though only 11 min 55 s passed.
            ("2026-03-01T23:10:50", "2026-03-02T08:41:55", 12),
            ("2026-03-01T23:10:50", "2026-03-02T08:41:49", 11),
            ("2026-03-02T07:59:59", "2026-03-02T08:30:58", 0),
        ],
    )
    def test_ticks_of_incident_management(self, created: str, answered: str, minutes: int) -> None:
        week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-17:30")
        assert worked(created, answered, WorkingHours.from_settings({**week, "lunch": ""})) == minutes

    @pytest.mark.parametrize(
        ("created", "answered", "minutes"),
        [
            # Friday 16:30:15 to Monday 08:45:20: 16:31:15 … 17:30:15 is after the end, so 59; 08:30:15 … 08:45:15 are 16.
            ("2026-03-13T16:30:15", "2026-03-16T08:45:20", 59 + 16),
            # The same, created on the minute: 16:31 … 17:30 are 60 and 08:31 … 08:45 are 15: the opening is no tick.
            ("2026-03-13T16:30:00", "2026-03-16T08:45:20", 60 + 15),
            # Overnight: 17:10:40 … 17:29:40 are 20 ticks less the creation itself, 08:30:40 … 09:00:40 are 31.
            ("2026-03-17T17:10:40", "2026-03-18T09:00:40", 19 + 31),
            # Two whole days between: 540 ticks a day whatever the second.
            ("2026-03-16T08:30:30", "2026-03-18T08:30:30", 540 + 540),
            ("2026-03-16T08:30:00", "2026-03-18T08:30:00", 540 + 540),
            # Written on a Saturday, answered on Sunday: no working time at all.
            ("2026-03-14T10:00:05", "2026-03-15T20:00:00", 0),
            # Before the opening: 08:29:59 + 1 min = 08:30:59 is the first tick.
            ("2026-03-16T08:29:59", "2026-03-16T08:30:58", 0),
            ("2026-03-16T08:29:59", "2026-03-16T08:30:59", 1),
            ("2026-03-16T03:00:01", "2026-03-16T08:31:00", 1),
            # Rounding the difference would say 2; only one tick has passed.
            ("2026-03-16T10:00:20", "2026-03-16T10:02:10", 1),
            # The shortened Thursday 30.04.2026 ends at 16:30; then a holiday and a weekend to Monday.
            ("2026-04-30T16:20:10", "2026-05-04T08:32:10", 9 + 3),
            # The worked Saturday 27.04.2024 counts as a day of work.
            ("2024-04-26T17:29:30", "2024-04-27T08:31:30", 0 + 2),
        ],
    )
    def test_ticks_over_nights_weekends_and_short_days(self, created: str, answered: str, minutes: int) -> None:
        week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-17:30")
        assert worked(created, answered, WorkingHours.from_settings({**week, "lunch": ""})) == minutes

    @pytest.mark.parametrize(
        ("tz", "a", "b", "hours", "minutes"),
        [
            # The clock went on at 2:00 on Sunday 28.03.2010: that night was an hour shorter, and so was work through it.
            (MOSCOW, "2010-03-27T12:00:00", "2010-03-28T12:00:00", "00:00-23:59", 12 * 60 - 1 + 11 * 60),
            (EKB, "2010-03-27T12:00:00", "2010-03-28T12:00:00", "00:00-23:59", 12 * 60 - 1 + 11 * 60),
            # Back at 3:00 on Sunday 31.10.2010: an hour longer.
            (MOSCOW, "2010-10-30T12:00:00", "2010-10-31T12:00:00", "00:00-23:59", 12 * 60 - 1 + 13 * 60),
            # Working hours by day are as long as ever on both sides of the change.
            (EKB, "2010-03-26T09:00:00", "2010-03-29T18:00:00", "09:00-18:00", 9 * 60 * 2),
            (EKB, "2010-10-29T09:00:00", "2010-11-01T18:00:00", "09:00-18:00", 9 * 60 * 2),
        ],
    )
    def test_summer_time_of_old_dates(self, tz: ZoneInfo, a: str, b: str, hours: str, minutes: int) -> None:
        every_day = ("sat", "sun") if hours.startswith("00") else ()
        week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", *every_day), hours)
        days = {"2010": {"working_weekends": ["03-27", "03-28", "10-30", "10-31"] if every_day else []}}
        clock = WorkingHours.from_settings({**week, "lunch": ""})
        calendar = ProductionCalendar.from_mapping(days)
        counted = working_minutes(at(a, tz), at(b, tz), hours=clock, tz=tz, calendar=calendar)
        assert counted == minutes
        end = add_working_minutes(at(a, tz), minutes, hours=clock, tz=tz, calendar=calendar)
        assert working_minutes(at(a, tz), end, hours=clock, tz=tz, calendar=calendar) == minutes

    def test_center_in_another_zone_counts_its_own_morning(self) -> None:
        a, b = at("2026-03-02T08:00:00", MOSCOW), at("2026-03-02T10:00:00", MOSCOW)
        assert working_minutes(a, b, hours=HOURS, tz=MOSCOW, calendar=CALENDAR) == 60
        assert working_minutes(a, b, hours=HOURS, tz=EKB, calendar=CALENDAR) == 120

    def test_naive_moment_is_refused(self) -> None:
        naive = at("2026-03-02T09:00:00").replace(tzinfo=None)
        with pytest.raises(ValueError, match="aware"):
            working_minutes(naive, at("2026-03-02T10:00:00"), hours=HOURS, tz=EKB, calendar=CALENDAR)
        with pytest.raises(ValueError, match="aware"):
            add_working_minutes(naive, 1, hours=HOURS, tz=EKB, calendar=CALENDAR)


class TestAdding:
    @pytest.mark.parametrize(
        ("start", "minutes", "end"),
        [
            ("2026-03-02T09:15:20", 60, "2026-03-02 10:15:20"),
            ("2026-03-02T17:00:00", 60, "2026-03-02 18:00:00"),  # ends with the day, not at the next opening
            ("2026-03-02T17:30:00", 60, "2026-03-03 09:30:00"),
            ("2026-03-02T12:30:20", 60, "2026-03-02 14:30:20"),
            ("2026-03-02T19:00:20", 60, "2026-03-03 10:00:00"),  # the seconds of the evening are not working time
            ("2026-03-02T00:00:00", 1, "2026-03-02 09:01:00"),
            ("2025-12-30T17:30:00", 60, "2026-01-12 09:30:00"),
            ("2024-02-28T17:30:00", 60, "2024-02-29 09:30:00"),
            ("2026-04-30T16:30:00", 60, "2026-05-04 09:30:00"),
            ("2024-04-26T16:30:00", 60, "2024-04-27 09:30:00"),
            ("2026-03-02T19:00:20", 0, "2026-03-02 19:00:20"),
        ],
    )
    def test_examples(self, start: str, minutes: int, end: str) -> None:
        assert after(start, minutes) == end

    def test_negative_amount_is_refused(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            after("2026-03-02T09:00:00", -1)

    def test_term_beyond_the_last_date_fails_loudly(self) -> None:
        with pytest.raises(OverflowError):
            after("9999-12-31T17:30:00", 600)


moments = st.datetimes(
    min_value=datetime.fromisoformat("2020-01-01"),
    max_value=datetime.fromisoformat("2027-12-31"),
    timezones=st.just(UTC),
)
amounts = st.integers(min_value=0, max_value=20_000)
zones = st.sampled_from([EKB, MOSCOW, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kamchatka")])


class TestProperties:
    @given(start=moments, minutes=amounts, tz=zones)
    def test_counting_gives_back_what_was_added(self, start: datetime, minutes: int, tz: ZoneInfo) -> None:
        end = add_working_minutes(start, minutes, hours=HOURS, tz=tz, calendar=CALENDAR)
        assert working_minutes(start, end, hours=HOURS, tz=tz, calendar=CALENDAR) == minutes

    @given(start=moments, length=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20)), tz=zones)
    def test_measuring_gives_back_any_length_added(self, start: datetime, length: timedelta, tz: ZoneInfo) -> None:
        end = add_working_time(start, length, hours=HOURS, tz=tz, calendar=CALENDAR)
        assert working_time(start, end, hours=HOURS, tz=tz, calendar=CALENDAR) == length
        assert end - start >= length

    @given(start=moments, length=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20)), tz=zones)
    def test_ticks_are_within_a_minute_a_stretch_of_the_time_itself(
        self, start: datetime, length: timedelta, tz: ZoneInfo
    ) -> None:
        ticks = working_minutes(start, start + length, hours=HOURS, tz=tz, calendar=CALENDAR)
        exact = working_time(start, start + length, hours=HOURS, tz=tz, calendar=CALENDAR)
        assert abs(ticks - exact / timedelta(minutes=1)) < 2

    @given(
        start=moments,
        lengths=st.tuples(*[st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20))] * 2).map(sorted),
    )
    def test_a_longer_time_never_holds_less_work(self, start: datetime, lengths: list[timedelta]) -> None:
        short, long = (working_minutes(start, start + one, hours=HOURS, tz=EKB, calendar=CALENDAR) for one in lengths)
        assert short <= long

    @given(start=moments, minutes=amounts, more=amounts)
    def test_adding_in_two_steps_is_adding_at_once(self, start: datetime, minutes: int, more: int) -> None:
        half = add_working_minutes(start, minutes, hours=HOURS, tz=EKB, calendar=CALENDAR)
        whole = add_working_minutes(start, minutes + more, hours=HOURS, tz=EKB, calendar=CALENDAR)
        assert add_working_minutes(half, more, hours=HOURS, tz=EKB, calendar=CALENDAR) == whole

    @given(start=moments, minutes=amounts, more=amounts)
    def test_a_larger_amount_never_ends_earlier(self, start: datetime, minutes: int, more: int) -> None:
        first = add_working_minutes(start, minutes, hours=HOURS, tz=EKB, calendar=CALENDAR)
        assert first <= add_working_minutes(start, minutes + more, hours=HOURS, tz=EKB, calendar=CALENDAR)

    @given(start=moments, later=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20)), minutes=amounts)
    def test_a_later_start_never_ends_earlier(self, start: datetime, later: timedelta, minutes: int) -> None:
        first = add_working_minutes(start, minutes, hours=HOURS, tz=EKB, calendar=CALENDAR)
        assert first <= add_working_minutes(start + later, minutes, hours=HOURS, tz=EKB, calendar=CALENDAR)

    @given(start=moments, length=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3)))
    def test_counting_is_the_same_as_looking_at_every_tick(self, start: datetime, length: timedelta) -> None:
        end = start + length
        ticks = 0
        moment = start + timedelta(minutes=1)
        while moment <= end:
            local = moment.astimezone(EKB)
            wall = local.time()
            ticks += any(opens < wall <= closes for opens, closes in HOURS.spans(local.date(), calendar=CALENDAR))
            moment += timedelta(minutes=1)
        assert working_minutes(start, end, hours=HOURS, tz=EKB, calendar=CALENDAR) == ticks
