"""The periods that reports are counted over: half-open, with borders at local midnight of the Center.

A problemator's week runs from Monday 00:00 to Monday 00:00 (requirements, section 0); what happens exactly on the
border belongs to the period that begins. An address names a period by its code: a day «2026-11-21», a week «2026-W47»,
a month «2026-11», a quarter «2026-Q4», a year «2026», a range «2026-11-01..2026-11-15», the last days «28d».
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q

from mcu.clock import local_midnight, monday_of
from mcu.errors import Invalid

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=3660)  # of a range: ten years
_MONTHS: Final = 12


class Stretch(Protocol):
    """Whatever the figures are counted over: a moment where it begins, and the first moment after it."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    def holds(self, field: str) -> Q: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time between any two moments."""

    start: datetime
    end: datetime

    def holds(self, field: str) -> Q:
        """The filter «the moment of this field falls in the span»."""
        return _holds(self, field)

    def shifted(self, by: timedelta) -> Span:
        """The same stretch at another time."""
        return Span(self.start + by, self.end + by)


class Kind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"
    LAST_DAYS = "last_days"  # up to today, named by their number


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days of a Center, from the first to the last."""

    first: date
    last: date
    tz: ZoneInfo
    kind: Kind = Kind.RANGE

    @property
    def start(self) -> datetime:
        """The first moment, UTC."""
        return local_midnight(self.first, self.tz)

    @property
    def end(self) -> datetime:
        """The first moment after the period, UTC: where stocks are counted («на понедельник 00:00»)."""
        return local_midnight(self.last + DAY, self.tz)

    @property
    def code(self) -> str:
        """By which addresses name it."""
        return _CODES[self.kind](self)

    @property
    def length(self) -> int:
        """How many local days it has."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        """Its local days."""
        return [self.first + number * DAY for number in range(self.length)]

    @property
    def months(self) -> list[Period]:
        """The whole months that have days in it."""
        found = [_month(self.first, self.tz)]
        while found[-1].last < self.last:
            found.append(_month(found[-1].last + DAY, self.tz))
        return found

    def holds(self, field: str) -> Q:
        """The filter «the moment of this field falls in the period»."""
        return _holds(self, field)

    def until(self, now: datetime) -> Stretch:
        """What of it is over: a period that goes on is counted up to now, for what is still to come is no breach."""
        return Span(self.start, now) if self.start <= now < self.end else self

    def previous(self, times: int = 1) -> Period:
        """The period of the same kind so many times before; before a range, as many days."""
        if self.kind in _MONTHS_IN:
            return _of_months(_months_later(self.first, -times * _MONTHS_IN[self.kind]), self.kind, self.tz)
        by = times * self.length * DAY
        return Period(self.first - by, self.last - by, self.tz, Kind.DAY if self.kind is Kind.DAY else Kind.RANGE)

    def year_ago(self) -> Period:
        """The same period of the year before; of 29 February, the 28th."""
        kind = Kind.RANGE if self.kind is Kind.LAST_DAYS else self.kind
        first, last = _year_before(self.first), _year_before(self.last)
        return _of_months(first, kind, self.tz) if kind in _MONTHS_IN else Period(first, last, self.tz, kind)

    def year_to_date(self) -> Period:
        """From the first day of the year to the period's last day («с начала года»)."""
        first = self.last.replace(month=1, day=1)
        whole = year_of(self.last, self.tz)
        return whole if whole.last == self.last else Period(first, self.last, self.tz)


class Week(Period):
    """A local week of a Center, by its Monday."""

    __slots__ = ()

    def __init__(self, monday: date, tz: ZoneInfo) -> None:
        super().__init__(monday, monday + WEEK - DAY, tz, Kind.WEEK)

    @property
    def monday(self) -> date:
        return self.first

    @property
    def sunday(self) -> date:
        return self.last

    def previous(self, times: int = 1) -> Week:
        """The week so many weeks earlier."""
        return Week(self.first - times * WEEK, self.tz)

    def year_ago(self) -> Week:
        """The ISO week of the same number in the year before; of week 53, that year's last."""
        year, number, _ = self.first.isocalendar()
        _, weeks, _ = date(year - 1, 12, 28).isocalendar()  # the 28th is always in the last week
        return Week(date.fromisocalendar(year - 1, min(number, weeks), 1), self.tz)


def day_of(day: date, tz: ZoneInfo) -> Period:
    """One local day."""
    return Period(day, day, tz, Kind.DAY)


def week_of(moment: datetime, tz: ZoneInfo) -> Week:
    """The local week that holds the moment."""
    return Week(monday_of(moment, tz), tz)


def month_of(day: date, tz: ZoneInfo) -> Period:
    """The month of a local day."""
    return _of_months(day.replace(day=1), Kind.MONTH, tz)


def quarter_of(day: date, tz: ZoneInfo) -> Period:
    """The quarter of a local day."""
    return _of_months(day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), Kind.QUARTER, tz)


def year_of(day: date, tz: ZoneInfo) -> Period:
    """The year of a local day."""
    return _of_months(day.replace(month=1, day=1), Kind.YEAR, tz)


def range_of(first: date, last: date, tz: ZoneInfo) -> Period:
    """Any local days in a row, both named among them. Raises Invalid."""
    if last < first:
        raise Invalid("Последний день периода раньше первого: поменяйте даты местами.", {"period": "даты не по порядку"})
    if last - first > LONGEST:
        raise Invalid("Период длиннее десяти лет: возьмите короче.", {"period": "не длиннее десяти лет"})
    return Period(first, last, tz)


def of_days(first: date, last: date, tz: ZoneInfo) -> Period:
    """The period with exactly these days: a week, a month, a quarter or a year where they make one. Raises Invalid."""
    whole = (week_of(local_midnight(first, tz), tz), month_of(first, tz), quarter_of(first, tz), year_of(first, tz))
    found = next((one for one in whole if (one.first, one.last) == (first, last)), None)
    return found or range_of(first, last, tz)


def last_full_week(now: datetime, tz: ZoneInfo) -> Week:
    """The last local week that is over at ``now``."""
    return week_of(now, tz).previous()


def last_full_month(now: datetime, tz: ZoneInfo) -> Period:
    """The last local month that is over at ``now``."""
    return month_of(now.astimezone(tz).date(), tz).previous()


def so_far(now: datetime, tz: ZoneInfo) -> Span:
    """This week up to the moment."""
    return Span(week_of(now, tz).start, now)


def last_days(days: int, now: datetime, tz: ZoneInfo) -> Period:
    """So many local days with today's, which is not over yet."""
    today = now.astimezone(tz).date()
    return Period(today - (days - 1) * DAY, today, tz, Kind.LAST_DAYS)


def begun(period: Period, now: datetime) -> Period:
    """The period, if it has begun by the moment: before it nothing has happened and stocks are unknown. Raises Invalid."""
    if period.start > now:
        raise Invalid(f"Период с {period.first:%d.%m.%Y} ещё не начался, считать нечего.", {"period": "ещё не начался"})
    return period


def parse_period(code: str, *, now: datetime, tz: ZoneInfo) -> Period:
    """What an address names; ``now`` is for the last days. Raises Invalid with words for whoever typed it."""
    code = code.strip()
    if match := re.fullmatch(r"([1-9]\d?)d", code):
        return last_days(int(match[1]), now, tz)
    if _WEEK_CODE.fullmatch(code):
        return parse_week(code, tz)
    try:
        for pattern, read in _READ:
            if match := re.fullmatch(pattern, code, re.ASCII):
                return read(match, tz)
    except ValueError:
        raise Invalid(f"Периода «{code}» нет: проверьте числа.", {"period": "нет такого периода"}) from None
    raise Invalid(
        f"Период «{code}» не понят: нужен день 2026-11-21, неделя 2026-W47, месяц 2026-11, квартал 2026-Q4, год 2026 "
        "или дни 2026-11-01..2026-11-15.",
        {"period": "не понят"},
    )


def parse_week(code: str, tz: ZoneInfo) -> Week:
    """The week of an ISO code. Raises Invalid with words for whoever typed it."""
    match = _WEEK_CODE.fullmatch(code.strip())
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


def _holds(stretch: Stretch, field: str) -> Q:
    return Q(**{f"{field}__gte": stretch.start, f"{field}__lt": stretch.end})


def _of_months(first: date, kind: Kind, tz: ZoneInfo) -> Period:
    return Period(first, _months_later(first, _MONTHS_IN[kind]) - DAY, tz, kind)


def _month(day: date, tz: ZoneInfo) -> Period:
    return _of_months(day.replace(day=1), Kind.MONTH, tz)


def _months_later(first: date, months: int) -> date:
    """The first day of a month so many months later or earlier."""
    number = first.year * _MONTHS + first.month - 1 + months
    return date(number // _MONTHS, number % _MONTHS + 1, 1)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _range(match: re.Match[str], tz: ZoneInfo) -> Period:
    return range_of(date.fromisoformat(match[1]), date.fromisoformat(match[2]), tz)


_MONTHS_IN: Final = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.YEAR: _MONTHS}
_CODES: Final[dict[Kind, Callable[[Period], str]]] = {
    Kind.DAY: lambda period: period.first.isoformat(),
    Kind.WEEK: lambda period: "{}-W{:02d}".format(*period.first.isocalendar()),
    Kind.MONTH: lambda period: f"{period.first:%Y-%m}",
    Kind.QUARTER: lambda period: f"{period.first:%Y}-Q{(period.first.month + 2) // 3}",
    Kind.YEAR: lambda period: f"{period.first:%Y}",
    Kind.RANGE: lambda period: f"{period.first.isoformat()}..{period.last.isoformat()}",
    Kind.LAST_DAYS: lambda period: f"{period.length}d",
}
_WEEK_CODE: Final = re.compile(r"(20\d{2})-W(\d{2})", re.ASCII)
_DAY: Final = r"(20\d{2}-\d{2}-\d{2})"
_READ: Final[tuple[tuple[str, Callable[[re.Match[str], ZoneInfo], Period]], ...]] = (
    (_DAY, lambda match, tz: day_of(date.fromisoformat(match[1]), tz)),
    (r"(20\d{2})-(\d{2})", lambda match, tz: month_of(date(int(match[1]), int(match[2]), 1), tz)),
    (r"(20\d{2})-Q([1-4])", lambda match, tz: quarter_of(date(int(match[1]), int(match[2]) * 3, 1), tz)),
    (r"(20\d{2})", lambda match, tz: year_of(date(int(match[1]), 1, 1), tz)),
    (_DAY + r"\.\." + _DAY, _range),
)
