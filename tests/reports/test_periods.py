"""Weeks and their borders in the Center's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mcu.errors import Invalid
from reports import wording
from reports.periods import Week, last_full_week, parse_week

YEKATERINBURG, MOSCOW = ZoneInfo("Asia/Yekaterinburg"), ZoneInfo("Europe/Moscow")


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


def test_a_period_in_words() -> None:
    assert wording.period(Week(date(2026, 11, 16), MOSCOW)) == "16–22 ноября 2026 года"
    assert wording.period(Week(date(2026, 11, 30), MOSCOW)) == "30 ноября — 6 декабря 2026 года"
    assert wording.period(Week(date(2026, 12, 28), MOSCOW)) == "28 декабря 2026 года — 3 января 2027 года"
