"""Weeks and their borders in the Center's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mcu.errors import Invalid
from reports import wording
from reports.periods import (
    Kind,
    Period,
    Span,
    Week,
    last_full_month,
    last_full_week,
    parse_period,
    parse_week,
    quarter_of,
    range_of,
)

YEKATERINBURG, MOSCOW = ZoneInfo("Asia/Yekaterinburg"), ZoneInfo("Europe/Moscow")
SATURDAY_EVENING = datetime(2026, 11, 21, 20, tzinfo=UTC)  # in Yekaterinburg already Sunday


def _parsed(code: str) -> Period:
    return parse_period(code, now=SATURDAY_EVENING, tz=YEKATERINBURG)


CODES = ("2026-11-21", "2026-W47", "2026-11", "2026-Q4", "2026", "2026-11-01..2026-11-15", "28d")


@pytest.mark.parametrize(
    ("code", "kind", "first", "last"),
    [
        ("2026-11-21", Kind.DAY, date(2026, 11, 21), date(2026, 11, 21)),
        ("2026-W47", Kind.WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        ("2026-11", Kind.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        ("2028-02", Kind.MONTH, date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q1", Kind.QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", Kind.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", Kind.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11-01..2026-11-15", Kind.RANGE, date(2026, 11, 1), date(2026, 11, 15)),
        ("28d", Kind.LAST_DAYS, date(2026, 10, 26), date(2026, 11, 22)),
    ],
)
def test_a_code_names_days(code: str, kind: Kind, first: date, last: date) -> None:
    period = _parsed(code)
    assert (period.kind, period.first, period.last, period.code) == (kind, first, last, code)
    assert period.start == datetime(first.year, first.month, first.day, tzinfo=YEKATERINBURG)
    assert period.days[0] == first
    assert period.days[-1] == last
    assert len(period.days) == period.length == (last - first).days + 1


@pytest.mark.parametrize(
    ("code", "before", "year"),
    [
        ("2026-11-01", "2026-10-31", "2025-11-01"),
        ("2028-02-29", "2028-02-28", "2027-02-28"),
        ("2026-W01", "2025-W52", "2025-W01"),
        ("2026-W53", "2026-W52", "2025-W52"),  # the year before has 52 weeks
        ("2021-W01", "2020-W53", "2020-W01"),
        ("2026-01", "2025-12", "2025-01"),
        ("2028-02", "2028-01", "2027-02"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026", "2025", "2025"),
        ("2026-11-01..2026-11-15", "2026-10-17..2026-10-31", "2025-11-01..2025-11-15"),
        ("2028-02-15..2028-02-29", "2028-01-31..2028-02-14", "2027-02-15..2027-02-28"),
        ("28d", "2026-09-28..2026-10-25", "2025-10-26..2025-11-22"),
    ],
)
def test_a_period_has_one_before_and_one_a_year_ago(code: str, before: str, year: str) -> None:
    period = _parsed(code)
    assert period.previous().code == before
    assert period.previous().end == period.start
    assert period.year_ago().code == year
    assert period.year_ago().kind == _parsed(year).kind


@pytest.mark.parametrize("code", CODES)
def test_several_back_is_one_back_several_times(code: str) -> None:
    period = _parsed(code)
    assert period.previous(3) == period.previous().previous().previous()
    assert period.previous(0).first == period.first


def test_borders_are_local_midnights_and_touch() -> None:
    november = _parsed("2026-11")
    assert november.start == datetime(2026, 10, 31, 19, tzinfo=UTC)
    assert november.end == datetime(2026, 11, 30, 19, tzinfo=UTC) == _parsed("2026-12").start
    assert parse_period("2026-11", now=SATURDAY_EVENING, tz=MOSCOW).start == datetime(2026, 10, 31, 21, tzinfo=UTC)


def test_a_year_of_summer_time_has_its_hour_less() -> None:
    day = parse_period("2026-03-29", now=SATURDAY_EVENING, tz=ZoneInfo("Europe/Berlin"))
    assert (day.end - day.start).total_seconds() == 23 * 3600


def test_months_of_a_period_and_its_year_to_date() -> None:
    assert [month.code for month in _parsed("2026-11-30..2027-01-01").months] == ["2026-11", "2026-12", "2027-01"]
    assert [month.code for month in _parsed("2026-Q2").months] == ["2026-04", "2026-05", "2026-06"]
    assert _parsed("2026-10").year_to_date().code == "2026-01-01..2026-10-31"
    assert _parsed("2026-12").year_to_date() == _parsed("2026")
    assert quarter_of(date(2026, 9, 30), MOSCOW).code == "2026-Q3"


def test_a_period_that_goes_on_is_counted_up_to_now() -> None:
    week = _parsed("2026-W47")
    assert week.until(SATURDAY_EVENING) == Span(week.start, SATURDAY_EVENING)
    assert week.until(week.end) is week


def test_the_last_full_month_depends_on_the_zone() -> None:
    night = datetime(2026, 11, 30, 20, tzinfo=UTC)
    assert last_full_month(night, MOSCOW).code == "2026-10"
    assert last_full_month(night, YEKATERINBURG).code == "2026-11"


@pytest.mark.parametrize(
    "code",
    [
        "", "now", "0d", "100d", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-02-30", "1999", "20261121", "2026-W54",
        "2026-11-15..2026-11-01", "2026-11-01..", "2001-01-01..2026-01-01", "२०२६", "2026-11\x00",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_words(code: str) -> None:
    with pytest.raises(Invalid, match=r"не понят|нет|раньше|длиннее") as refused:
        _parsed(code)
    assert refused.value.fields


def test_a_range_has_its_days_in_order() -> None:
    with pytest.raises(Invalid, match="поменяйте"):
        range_of(date(2026, 11, 2), date(2026, 11, 1), MOSCOW)
    assert range_of(date(2026, 11, 1), date(2026, 11, 1), MOSCOW).code == "2026-11-01..2026-11-01"


def test_a_week_runs_from_local_monday_to_local_monday() -> None:
    week = parse_week("2026-W47", YEKATERINBURG)
    assert week.start == datetime(2026, 11, 15, 19, tzinfo=UTC)
    assert week.end == datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert (week.code, week.previous().code, week.sunday) == ("2026-W47", "2026-W46", date(2026, 11, 22))


def test_the_last_full_week_depends_on_the_zone() -> None:
    sunday_night_in_moscow = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert last_full_week(sunday_night_in_moscow, MOSCOW).code == "2026-W46"
    assert last_full_week(sunday_night_in_moscow, YEKATERINBURG).code == "2026-W47"


def test_weeks_of_the_new_year() -> None:
    assert parse_week("2026-W53", MOSCOW).monday == date(2026, 12, 28)
    assert parse_week("2027-W01", MOSCOW).previous().code == "2026-W53"


@pytest.mark.parametrize(
    "code", ["", "2026", "2026-47", "2026-W54", "2025-W53", "2026-W00", "2026-W4", "сорок седьмая", "1026-W47"]
)
def test_what_is_no_week_is_refused_in_words(code: str) -> None:
    with pytest.raises(Invalid, match=r"2026-W47|нет недели"):
        parse_week(code, MOSCOW)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("2026-11-21", "21 ноября 2026 года"),
        ("2026-W47", "16–22 ноября 2026 года"),
        ("2026-W49", "30 ноября — 6 декабря 2026 года"),
        ("2026-W53", "28 декабря 2026 года — 3 января 2027 года"),
        ("2026-11", "ноябрь 2026 года"),
        ("2026-Q1", "I квартал 2026 года"),
        ("2026-Q4", "IV квартал 2026 года"),
        ("2026", "2026 год"),
        ("2026-11-01..2026-11-15", "1–15 ноября 2026 года"),
        ("2025-11-01..2026-11-15", "1 ноября 2025 года — 15 ноября 2026 года"),
        ("28d", "26 октября — 22 ноября 2026 года"),
    ],
)
def test_a_period_in_words(code: str, words: str) -> None:
    assert wording.period(_parsed(code)) == words
    assert wording.period(Week(date(2026, 11, 16), MOSCOW)) == "16–22 ноября 2026 года"
