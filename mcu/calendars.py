"""The production calendar in force: the years that come with the product and those that were loaded since."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from mcu.calendar import ProductionCalendar, production_calendar
from mcu.models import CalendarYear


def current() -> ProductionCalendar:
    """The calendar with every loaded year in place of the packaged one. One query."""
    loaded = tuple(CalendarYear.objects.order_by("year").values_list("year", "loaded_at"))
    return _with(loaded) if loaded else production_calendar()


@lru_cache(maxsize=4)
def _with(loaded: tuple[tuple[int, datetime], ...]) -> ProductionCalendar:
    years = CalendarYear.objects.filter(year__in=[year for year, _ in loaded])
    return production_calendar().replaced_by(ProductionCalendar.from_mapping({str(row.year): row.days for row in years}))
