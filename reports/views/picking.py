"""The period of a page: read from its address, with the ways to the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from mcu.errors import Invalid
from reports import wording
from reports.periods import Kind, Period, Week, begun, month_of, parse_period, quarter_of, range_of, year_of

if TYPE_CHECKING:
    from django.http import QueryDict

_TABS: Final = ((Kind.WEEK, "Неделя"), (Kind.MONTH, "Месяц"), (Kind.QUARTER, "Квартал"), (Kind.YEAR, "Год"))
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of period: its word and the code of the one around the day that is looked at."""

    label: str
    code: str
    current: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """The period asked for; ``error`` says what of the address was not understood."""

    period: Period
    today: date
    error: str = ""

    @property
    def words(self) -> str:
        return wording.period(self.period)

    @property
    def tabs(self) -> list[Tab]:
        day = max(min(self.period.last, self.today), self.period.first)
        tz = self.period.tz
        around = {
            Kind.WEEK: Week(day - day.weekday() * _DAY, tz),
            Kind.MONTH: month_of(day, tz),
            Kind.QUARTER: quarter_of(day, tz),
            Kind.YEAR: year_of(day, tz),
        }
        return [Tab(label, around[kind].code, kind is self.period.kind) for kind, label in _TABS]

    @property
    def is_any(self) -> bool:
        """Whether the period is of no kind with a name."""
        return all(not tab.current for tab in self.tabs)

    @property
    def earlier(self) -> str:
        """The code of the period before."""
        return self.period.previous().code

    @property
    def later(self) -> str:
        """The code of the period after; nothing where it has not begun."""
        after = self.period.previous(-1)
        return after.code if after.first <= self.today else ""

    @property
    def goes_on(self) -> bool:
        return self.period.first <= self.today <= self.period.last


def pick(address: QueryDict, *, now: datetime, tz: ZoneInfo) -> Picked:
    """By «period» or by «from» and «to»; without them this month, in its first days the one before."""
    today = now.astimezone(tz).date()
    default = month_of(today - timedelta(days=3), tz)
    try:
        return Picked(begun(_asked(address, now, tz) or default, now), today)
    except Invalid as error:
        return Picked(default, today, error.message)


def _asked(address: QueryDict, now: datetime, tz: ZoneInfo) -> Period | None:
    if code := address.get("period", ""):
        return parse_period(code, now=now, tz=tz)
    first, last = address.get("from", ""), address.get("to", "")
    return range_of(_date(first), _date(last), tz) if first or last else None


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2100:
        raise Invalid("Укажите обе даты периода, с 2000 года.", {"period": "даты"})
    return day
