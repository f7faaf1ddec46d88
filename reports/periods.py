"""The periods that reports are counted over: half-open, with borders at local midnight of the Center.

A problemator's week runs from Monday 00:00 to Monday 00:00 (requirements, section 0); what happens exactly on the
border belongs to the week that begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q

from mcu.clock import local_midnight, monday_of
from mcu.errors import Invalid

WEEK: Final = timedelta(days=7)
_CODE: Final = re.compile(r"(20\d{2})-W(\d{2})")


_DAYS: Final = re.compile(r"([1-9]\d?)d")


class Period(Protocol):
    """Whatever the figures are counted over."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    def holds(self, field: str) -> Q: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time between two moments, with the code by which addresses name it."""

    start: datetime
    end: datetime
    code: str = ""

    def holds(self, field: str) -> Q:
        """The filter «the moment of this field falls in the span»."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.end})

    def shifted(self, by: timedelta) -> Span:
        """The same stretch at another time."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Week:
    """A local week of a Center."""

    monday: date
    tz: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first moment of the week, UTC."""
        return local_midnight(self.monday, self.tz)

    @property
    def end(self) -> datetime:
        """The first moment after the week, UTC: where stocks are counted («на понедельник 00:00»)."""
        return local_midnight(self.monday + WEEK, self.tz)

    @property
    def sunday(self) -> date:
        """The last local day."""
        return self.monday + timedelta(days=6)

    @property
    def code(self) -> str:
        """ISO 8601: «2026-W47»."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def days(self) -> list[date]:
        """The seven local days."""
        return [self.monday + timedelta(days=number) for number in range(7)]

    def previous(self, weeks: int = 1) -> Week:
        """The week so many weeks earlier."""
        return Week(self.monday - weeks * WEEK, self.tz)

    def holds(self, field: str) -> Q:
        """The filter «the moment of this field falls in the week»."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.end})


def week_of(moment: datetime, tz: ZoneInfo) -> Week:
    """The local week that holds the moment."""
    return Week(monday_of(moment, tz), tz)


def last_full_week(now: datetime, tz: ZoneInfo) -> Week:
    """The last local week that is over at ``now``."""
    return week_of(now, tz).previous()


def so_far(now: datetime, tz: ZoneInfo) -> Span:
    """This week up to the moment."""
    return Span(week_of(now, tz).start, now)


def day_of(day: date, tz: ZoneInfo) -> Span:
    """One local day."""
    return Span(local_midnight(day, tz), local_midnight(day + timedelta(days=1), tz), day.isoformat())


def last_days(days: int, now: datetime, tz: ZoneInfo) -> Span:
    """So many local days with today's, which is not over yet."""
    today = now.astimezone(tz).date()
    first = local_midnight(today - timedelta(days=days - 1), tz)
    return Span(first, local_midnight(today + timedelta(days=1), tz), f"{days}d")


def parse_period(code: str, *, now: datetime, tz: ZoneInfo) -> Week | Span:
    """What an address names: a week «2026-W47», a day «2026-11-21», the last days «28d». Raises Invalid."""
    if match := _DAYS.fullmatch(code):
        return last_days(int(match[1]), now, tz)
    try:
        day = date.fromisoformat(code) if len(code) == len("2026-11-21") and "W" not in code else None
    except ValueError:
        day = None
    if day is not None and 2000 <= day.year < 2100:
        return day_of(day, tz)
    return parse_week(code, tz)


def parse_week(code: str, tz: ZoneInfo) -> Week:
    """The week of an ISO code. Raises Invalid with words for whoever typed it."""
    match = _CODE.fullmatch(code.strip())
    if match is None:
        raise Invalid(f"Неделя «{code}» не понята: нужен вид ГГГГ-Wнн, например 2026-W47.", {"week": "вид ГГГГ-Wнн"})
    year, number = int(match[1]), int(match[2])
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        raise Invalid(
            f"Недели «{code}» нет: в {year} году нет недели с номером {number}.", {"week": "нет такой недели"}
        ) from None
    return Week(monday, tz)
