"""Working time of the Russian Federation: which days are worked, which hours, and how to count and add them.

Pure: no database, no clock, no settings. The official days off of 2020-2026 are packaged as data and read once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from typing import Self, cast

Span = tuple[time, time]
Stretches = tuple[tuple[datetime, datetime], ...]
"""Start and end of a stretch of work, local time of the Center, inside one day."""

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SATURDAY = 5
MONDAY = 0

# ст. 112 ТК РФ: the holidays that every year has; what is moved and to where is decided anew each year.
FIXED_HOLIDAYS = frozenset(
    [*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)],
)


@dataclass(frozen=True, slots=True)
class ProductionCalendar:
    """The official production calendar («производственный календарь») of some years.

    A year that is not covered falls back on ordinary weekends and the fixed holidays of ст. 112 ТК РФ, without
    moved or shortened days; `covers` tells, so that a page can warn.
    """

    years: frozenset[int]
    days_off: frozenset[date]
    shortened: frozenset[date]
    working_weekends: frozenset[date]

    @classmethod
    def from_mapping(cls, data: Mapping[str, Mapping[str, list[str]]]) -> Self:
        """Build from `{year: {days_off, shortened, working_weekends}}`, days as `MM-DD` or `MM-DD..MM-DD`.

        A shortened Saturday or Sunday is a worked one even where `working_weekends` leaves it out: the published
        calendars mark such a day once only. Raises ValueError on a date that does not exist.
        """
        found: dict[str, set[date]] = {"days_off": set(), "shortened": set(), "working_weekends": set()}
        for year, marks in data.items():
            for name, days in found.items():
                for item in marks.get(name, ()):
                    days.update(_days(year, item))
        moved_here = {day for day in found["shortened"] if day.weekday() >= SATURDAY}
        return cls(
            years=frozenset(int(year) for year in data),
            days_off=frozenset(found["days_off"]),
            shortened=frozenset(found["shortened"]),
            working_weekends=frozenset(found["working_weekends"] | moved_here),
        )

    def replaced_by(self, other: Self) -> Self:
        """This calendar with the other's years in place of its own."""

        def days(mine: frozenset[date], its: frozenset[date]) -> frozenset[date]:
            return frozenset(day for day in mine if day.year not in other.years) | its

        return type(self)(
            years=self.years | other.years,
            days_off=days(self.days_off, other.days_off),
            shortened=days(self.shortened, other.shortened),
            working_weekends=days(self.working_weekends, other.working_weekends),
        )

    def covers(self, year: int) -> bool:
        """Whether the official days off of the year are known."""
        return year in self.years

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked under the five-day week, moved days included."""
        if not self.covers(day.year):
            return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS
        if day in self.days_off:
            return False
        return day.weekday() < SATURDAY or day in self.working_weekends

    def is_shortened(self, day: date) -> bool:
        """Whether work ends an hour earlier, on the eve of a holiday (ст. 95 ТК РФ)."""
        return day in self.shortened and self.is_working_day(day)

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return self._nearest(day, DAY)

    def previous_working_day(self, day: date) -> date:
        """The last working day strictly before `day`."""
        return self._nearest(day, -DAY)

    def _nearest(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_working_day(day):
            day += step
        return day


def _days(year: str, item: str) -> Iterator[date]:
    first, _, last = item.partition("..")
    day = date.fromisoformat(f"{year}-{first}")
    end = date.fromisoformat(f"{year}-{last or first}")
    while day <= end:
        yield day
        day += DAY


@cache
def production_calendar() -> ProductionCalendar:
    """The production calendar that comes with the product, 2020-2026; read from the package once."""
    text = files("mcu").joinpath("data", "calendar_ru.json").read_text(encoding="utf-8")
    return ProductionCalendar.from_mapping(json.loads(text))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_HOURS: Mapping[str, str] = {
    **dict.fromkeys(("mon", "tue", "wed", "thu"), "09:00-18:00"),
    "fri": "09:00-17:00",
    "sat": "",
    "sun": "",
    "lunch": "13:00-14:00",
}


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a Center works on each day of the week, in its local time; the calendar says on which dates."""

    week: tuple[Span | None, ...]
    """Seven spans, Monday first; None where the day has no hours of its own."""
    lunch: Span | None

    def __post_init__(self) -> None:
        """Refuse hours in which no ordinary week has working time: adding minutes would never end."""
        if len(self.week) != len(WEEKDAYS):
            raise ValueError("Рабочее время: нужны все семь дней недели")
        for span in (*self.week, self.lunch):
            if span is not None:
                _check(span)
        if not any(self._without_lunch(span, shortened=True) for span in self.week[:SATURDAY]):
            raise ValueError("Рабочее время: с понедельника по пятницу нет ни часа работы")

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """Build from a charter's table: keys `mon`…`sun` and `lunch`, values `"09:00-18:00"`, `["09:00", "18:00"]`
        or empty for "none". What is left out is as by default: Mon-Thu 9-18, Fri 9-17, lunch 13-14.

        Raises ValueError with words for the person who wrote the charter.
        """
        unknown = sorted(set(settings) - set(DEFAULT_HOURS))
        if unknown:
            raise ValueError(f"Рабочее время: неизвестный ключ «{unknown[0]}»")
        spans = {name: _span(name, value) for name, value in {**DEFAULT_HOURS, **settings}.items()}
        return cls(week=tuple(spans[name] for name in WEEKDAYS), lunch=spans["lunch"])

    def spans(self, day: date, *, calendar: ProductionCalendar) -> tuple[Span, ...]:
        """The stretches of work of one date, in order, local time; empty on a day off.

        A worked Saturday or Sunday without hours of its own has Monday's: the day keeps the length of the working
        day it was exchanged for (приказ Минздравсоцразвития от 13.08.2009 № 588н, п. 1), and the government moves
        Mondays and Tuesdays; Friday's shorter hours would make the exchange a loss of working time.
        """
        if not calendar.is_working_day(day):
            return ()
        span = self.week[day.weekday()]
        if span is None and day.weekday() >= SATURDAY:
            span = self.week[MONDAY]
        return self._without_lunch(span, shortened=calendar.is_shortened(day))

    def _without_lunch(self, span: Span | None, *, shortened: bool) -> tuple[Span, ...]:
        if span is None:
            return ()
        start, end = span
        if shortened:
            end = end.replace(hour=end.hour - 1) if end.hour else time.min
        if self.lunch is None:
            return ((start, end),) if start < end else ()
        parts = [(start, min(end, self.lunch[0])), (max(start, self.lunch[1]), end)]
        return tuple((begin, finish) for begin, finish in parts if begin < finish)


def _check(span: Span) -> None:
    start, end = span
    if start >= end:
        raise ValueError(f"Рабочее время: начало {start:%H:%M} не раньше конца {end:%H:%M}")
    if any(edge.second or edge.microsecond or edge.tzinfo for edge in span):
        raise ValueError("Рабочее время задаётся целыми минутами местного времени")


def _span(name: str, value: object) -> Span | None:
    if not value:
        return None
    try:
        start, end = value.split("-") if isinstance(value, str) else list(cast("Iterable[object]", value))
        return _time(start), _time(end)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Рабочее время: «{name}» пишется как 09:00-18:00, а не {value!r}") from error


def _time(value: object) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value).strip())


def working_minutes(a: datetime, b: datetime, *, hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar) -> int:
    """How many whole-minute ticks counted from the second of `a` fall inside working time, up to and with `b`.

    The clock of «Инцидент Менеджмент»: ticks stand at `a` + 1 min, + 2 min …; a tick counts when it is after the
    opening and not after the end of a stretch of work, so a full working day has as many ticks as minutes whatever
    the second of `a`. Both are aware; 0 when `b` is not after `a`. Time grows with the number of days between.
    """
    a, b = _in_utc(a), _in_utc(b)
    if b <= a:
        return 0
    total = 0
    for opens, closes in _open_stretches(a, hours=hours, tz=tz, calendar=calendar):
        if opens >= b:
            break
        total += (min(closes, b) - a) // MINUTE - (max(opens, a) - a) // MINUTE
    return total


def working_time(a: datetime, b: datetime, *, hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar) -> timedelta:
    """How much working time lies between the moments, exactly, where `working_minutes` counts whole ticks."""
    a, b = _in_utc(a), _in_utc(b)
    total = timedelta()
    if b <= a:
        return total
    for opens, closes in _open_stretches(a, hours=hours, tz=tz, calendar=calendar):
        if opens >= b:
            break
        total += min(closes, b) - max(opens, a)
    return total


def add_working_minutes(
    start: datetime, minutes: int, *, hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar
) -> datetime:
    """The moment, aware UTC, by which `minutes` of working time have passed since `start`.

    Exact to the second: what starts outside working time starts to count at the next opening. `working_minutes`
    from `start` to the result is again `minutes`. An amount that runs out at the end of a day ends on that day, not
    at the next opening. Raises ValueError for a naive `start` or a negative amount, OverflowError past year 9999.
    """
    return add_working_time(start, minutes * MINUTE, hours=hours, tz=tz, calendar=calendar)


def add_working_time(
    start: datetime, length: timedelta, *, hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar
) -> datetime:
    """The same for any length: `working_time` from `start` to the result is again `length`."""
    start, left = _in_utc(start), length
    if left < timedelta():
        raise ValueError("an amount of working time must not be negative")
    if not left:
        return start
    stretches = _open_stretches(start, hours=hours, tz=tz, calendar=calendar)
    while True:
        opens, closes = next(stretches)
        begins = max(opens, start)
        if left <= closes - begins:
            return begins + left
        left -= closes - begins


def _open_stretches(
    since: datetime, *, hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar
) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of work that end after `since`, in order, as UTC moments, so that a change of the zone's offset
    is counted as it was lived; without end."""
    day, known = since.astimezone(tz).date(), _known_days(hours, tz, calendar)
    while True:
        stretches = known.get(day)
        if stretches is None:
            stretches = known[day] = tuple(
                (datetime.combine(day, start, tz).astimezone(UTC), datetime.combine(day, end, tz).astimezone(UTC))
                for start, end in hours.spans(day, calendar=calendar)
            )
        for opens, closes in stretches:
            if closes > since:
                yield opens, closes
        day += DAY


@lru_cache(maxsize=16)
def _known_days(hours: WorkingHours, tz: tzinfo, calendar: ProductionCalendar) -> dict[date, Stretches]:
    """Stretches of work of days that were asked for: terms of thousands of cases go over the same days again and again."""
    return {}


def _in_utc(moment: datetime) -> datetime:
    """Moments of one zone are subtracted and compared by the wall clock, which lies where the zone has summer time."""
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware of its time zone")
    return moment.astimezone(UTC)
