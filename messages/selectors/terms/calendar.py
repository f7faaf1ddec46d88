"""The calendar of terms: how many end on each local day, met or not, and the terms of a day or a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, IntegerField, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber, TruncDate

from mcu.calendar import ProductionCalendar
from mcu.clock import local_midnight
from mcu.keyset import Order
from messages.models import Deadline

DAY: Final = timedelta(days=1)
WEEK: Final = 7
SATURDAY: Final = 5
LEVELS: Final = 4
PER_DAY: Final = 12  # lines of a day in the week; the day itself has pages
BY_END: Final = Order("due_at", descending=False)


class Work(StrEnum):
    """What the production calendar says of a day."""

    WORKED = "worked"
    SHORTENED = "shortened"
    MOVED = "moved"
    OFF = "off"
    HOLIDAY = "holiday"


WORK_RU: Final = {
    Work.WORKED: "рабочий день",
    Work.SHORTENED: "короткий день",
    Work.MOVED: "рабочая суббота",
    Work.OFF: "выходной",
    Work.HOLIDAY: "нерабочий день",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many terms end on a day: still to be met, of these past their end; met, of these late."""

    running: int = 0
    late: int = 0
    met: int = 0
    met_late: int = 0

    @property
    def ahead(self) -> int:
        """Those that can still be met in time."""
        return self.running - self.late


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid. ``level`` is its heat by what can still be met in time, 0 to LEVELS, among the days shown."""

    date: date
    work: Work
    tally: Tally
    level: int
    inside: bool
    """Of the month shown, not of those beside it."""
    today: bool
    chosen: bool

    @property
    def work_words(self) -> str:
        if self.work == Work.MOVED and self.date.weekday() > SATURDAY:
            return "рабочее воскресенье"
        return WORK_RU[self.work]

    @property
    def is_off(self) -> bool:
        return self.work in (Work.OFF, Work.HOLIDAY)

    @property
    def is_marked(self) -> bool:
        """Whether the day is other than its weekday would have it, and says so."""
        return self.work in (Work.SHORTENED, Work.MOVED, Work.HOLIDAY)


def work_of(day: date, calendar: ProductionCalendar) -> Work:
    """Whether the day is worked, and in which way."""
    weekend = day.weekday() >= SATURDAY
    if not calendar.is_working_day(day):
        return Work.OFF if weekend else Work.HOLIDAY
    if weekend:
        return Work.MOVED
    return Work.SHORTENED if calendar.is_shortened(day) else Work.WORKED


def month_span(day: date) -> tuple[date, date]:
    """The Mondays from which and before which the weeks of the day's month lie."""
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return first - timedelta(days=first.weekday()), after + timedelta(days=-after.weekday() % WEEK)


def week_span(day: date) -> tuple[date, date]:
    """The Monday of the day's week and the next."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=WEEK)


def in_days(terms: QuerySet[Deadline], first: date, after: date, tz: ZoneInfo) -> QuerySet[Deadline]:
    """Terms that end from the first local day on and before the other."""
    return terms.filter(due_at__gte=local_midnight(first, tz), due_at__lt=local_midnight(after, tz))


def tallies(running: QuerySet[Deadline], met: QuerySet[Deadline], *, tz: ZoneInfo, now: datetime) -> dict[date, Tally]:
    """How many of the terms end on each local day. One query, each half by its own partial index."""
    on_day = TruncDate("due_at", tzinfo=tz)

    def counted(terms: QuerySet[Deadline], late: Q, half: int) -> QuerySet[Any, Any]:
        counts = {"every": Count("pk"), "late": Count("pk", filter=late), "half": Value(half, IntegerField())}
        found: QuerySet[Any, Any] = terms.order_by().values(day=on_day).annotate(**counts)
        return found.values_list("half", "day", "every", "late")

    found: dict[date, dict[str, int]] = defaultdict(dict)
    halves = counted(running, Q(due_at__lt=now), 0).union(counted(met, Q(met_at__gt=F("due_at")), 1), all=True)
    for half, day, every, late in halves:
        names = ("met", "met_late") if half else ("running", "late")
        found[day].update(zip(names, (every, late), strict=True))
    return {day: Tally(**counts) for day, counts in found.items()}


def days(
    first: date,
    after: date,
    *,
    counts: dict[date, Tally],
    calendar: ProductionCalendar,
    month: date | None,
    chosen: date,
    today: date,
) -> list[Day]:
    """The days shown, in order; ``month`` is any day of the month that is the matter, None for a week."""
    most = max((counts[day].ahead for day in counts), default=0)
    return [
        Day(
            date=day,
            work=work_of(day, calendar),
            tally=counts.get(day, Tally()),
            level=_level(counts.get(day, Tally()).ahead, most),
            inside=month is None or (day.year, day.month) == (month.year, month.month),
            today=day == today,
            chosen=day == chosen,
        )
        for day in _each(first, after)
    ]


def by_day(terms: QuerySet[Deadline], *, tz: ZoneInfo) -> dict[date, list[Deadline]]:
    """The first terms of each local day in the order of their ends, what is unmet before what is met. One query."""
    number = Window(
        RowNumber(),
        partition_by=[TruncDate("due_at", tzinfo=tz)],
        order_by=[F("met_at").asc(nulls_first=True), F("due_at").asc(), F("pk").asc()],
    )
    found: dict[date, list[Deadline]] = defaultdict(list)
    first = terms.annotate(number=number).filter(number__lte=PER_DAY).values("pk")
    for term in with_cases(Deadline.objects.filter(pk__in=first)).order_by("due_at", "pk"):
        found[term.due_at.astimezone(tz).date()].append(term)
    return {day: sorted(rows, key=lambda row: row.met_at is not None) for day, rows in found.items()}


def with_cases(terms: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """What a line of a term shows, in the same query; the citizen's text is left out."""
    return terms.select_related("rule", "message__source", "message__topic", "message__block", "message__responsible").defer(
        "message__text", "message__search"
    )


def _level(count: int, most: int) -> int:
    return -(-LEVELS * count // most) if most else 0


def _each(first: date, after: date) -> Iterator[date]:
    day = first
    while day < after:
        yield day
        day += DAY
