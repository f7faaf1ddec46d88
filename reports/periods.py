"""The periods that reports are counted over: half-open, with borders at local midnight of the Center.

A problemator's week runs from Monday 00:00 to Monday 00:00 (requirements, section 0); what happens exactly on the
border belongs to the week that begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from mcu.clock import local_midnight, monday_of
from mcu.errors import Invalid

WEEK: Final = timedelta(days=7)
_CODE: Final = re.compile(r"(20\d{2})-W(\d{2})")


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
