"""The production calendar in force: the years that come with the product and those that were loaded since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from django.db import transaction

from mcu.calendar import DAY, ProductionCalendar, production_calendar
from mcu.calendar_files import Marks
from mcu.models import CalendarYear

_MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
_WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


def current() -> ProductionCalendar:
    """The calendar with every loaded year in place of the packaged one. One query, so that each call sees what is loaded."""
    loaded = tuple((year, json.dumps(days)) for year, days in CalendarYear.objects.order_by("year").values_list("year", "days"))
    return _with(loaded) if loaded else production_calendar()


@lru_cache(maxsize=4)
def _with(loaded: tuple[tuple[int, str], ...]) -> ProductionCalendar:
    years = {str(year): json.loads(days) for year, days in loaded}
    return production_calendar().replaced_by(ProductionCalendar.from_mapping(years))


@dataclass(frozen=True, slots=True)
class YearChange:
    """What a file changes in one year, against the calendar in force."""

    year: int
    is_new: bool
    """The year was not known: its days are compared with ordinary weekends and the holidays of the Labour Code."""
    off: tuple[date, ...]
    worked: tuple[date, ...]
    shortened: tuple[date, ...]
    full: tuple[date, ...]
    """Days worked before and after, no longer an hour shorter."""

    def __bool__(self) -> bool:
        return self.is_new or bool(self.off or self.worked or self.shortened or self.full)

    def lines(self) -> Iterator[str]:
        """The change in words, a line for each kind of it."""
        if not self:
            yield f"{self.year} год: изменений нет."
            return
        yield f"{self.year} год {'загружается впервые; против обычных выходных и праздников:' if self.is_new else 'меняется:'}"
        named = (
            ("выходными", self.off),
            ("рабочими", self.worked),
            ("короче на час", self.shortened),
            ("полными рабочими", self.full),
        )
        for what, days in named:
            if days:
                yield f"  стали {what}: {in_words(days)}"


def with_years(years: Mapping[int, Marks]) -> ProductionCalendar:
    """The calendar in force as it would be with these years. One query."""
    return current().replaced_by(ProductionCalendar.from_mapping({str(year): marks for year, marks in years.items()}))


def compare(before: ProductionCalendar, after: ProductionCalendar, years: Iterable[int]) -> list[YearChange]:
    """What of each year is another day than it was."""
    return [_compare(before, after, year) for year in sorted(years)]


def _compare(before: ProductionCalendar, after: ProductionCalendar, year: int) -> YearChange:
    off, worked, shortened, full = [], [], [], []
    day = date(year, 1, 1)
    while day.year == year:
        was, now = before.is_working_day(day), after.is_working_day(day)
        if was and not now:
            off.append(day)
        elif now and not was:
            worked.append(day)
        if after.is_shortened(day) and not before.is_shortened(day):
            shortened.append(day)
        elif was and now and before.is_shortened(day) and not after.is_shortened(day):
            full.append(day)
        day += DAY
    return YearChange(year, not before.covers(year), tuple(off), tuple(worked), tuple(shortened), tuple(full))


@transaction.atomic
def load(years: Mapping[int, Marks], *, now: datetime, by: str, file_name: str = "") -> list[YearChange]:
    """Put the years in force and say what that changes; a year that is known and stays as it is leaves no trace."""
    before = current()
    changes = compare(before, with_years(years), years)
    for change in changes:
        if change:
            CalendarYear.objects.update_or_create(
                year=change.year,
                defaults={"days": years[change.year], "loaded_at": now, "loaded_by": by[:200], "file_name": file_name[:200]},
            )
    return changes


def in_words(days: Iterable[date]) -> str:
    """Days of one year as people say them: «1–9 января, 20 февраля (сб)»."""
    return ", ".join(_stretch(stretch) for stretch in _stretches(days))


def _stretches(days: Iterable[date]) -> Iterator[list[date]]:
    """Days that follow one another within a month."""
    numbered = enumerate(sorted(days))
    for _, group in groupby(numbered, key=lambda one: (one[1].month, one[1] - timedelta(days=one[0]))):
        yield [day for _, day in group]


def _stretch(days: list[date]) -> str:
    first, last = days[0], days[-1]
    if first == last:
        return f"{first.day} {_MONTHS[first.month - 1]} ({_WEEKDAYS[first.weekday()]})"
    return f"{first.day}–{last.day} {_MONTHS[first.month - 1]}"
