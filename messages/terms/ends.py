"""When a term ends and what happens on the way: pure arithmetic on moments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from mcu.calendar import (
    MINUTE,
    ProductionCalendar,
    WorkingHours,
    add_working_minutes,
    add_working_time,
    working_minutes,
    working_time,
)
from messages.terms.rules import IN_HOURS, PERCENT, DayCount, OnDayOff, Rule, Rung, Unit, When

HOLDER = "responsible"
"""The audience of warnings: whoever holds the case."""

UNDER_THREAT_FROM = 0.8
"""The share of a term gone from which it is «под угрозой» where its rule has no warning."""

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens once in the life of a term: `warn_50`, `breach`, `escalate_1` …, told to one audience."""

    code: str
    at: datetime
    to: str
    ways: tuple[str, ...] = ()
    """Ways the charter prescribes for the notice; empty: as the person chose."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock of a term stood: from a question to the applicant until its answer, or its limit."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """An interim answer: when it was posted, and the end of the day by which the answer is promised."""

    posted_at: datetime
    until: datetime
    told: bool = True
    """Whether this case's own applicant was told: not by what another case promised before they were merged."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """The Center's working time."""

    tz: tzinfo
    calendar: ProductionCalendar
    hours: WorkingHours

    def worked(self, a: datetime, b: datetime) -> int:
        return working_minutes(a, b, hours=self.hours, tz=self.tz, calendar=self.calendar)

    def add(self, start: datetime, minutes: int) -> datetime:
        return add_working_minutes(start, minutes, hours=self.hours, tz=self.tz, calendar=self.calendar)

    def longer(self, due: datetime, begun: datetime, ended: datetime) -> datetime:
        """The end put off by the working time between the moments, to the second: else a later start might end earlier."""
        length = working_time(begun, ended, hours=self.hours, tz=self.tz, calendar=self.calendar)
        return add_working_time(due, length, hours=self.hours, tz=self.tz, calendar=self.calendar)

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(self.tz)
        spans = self.hours.spans(local.date(), calendar=self.calendar)
        return any(opens <= local.time() < closes for opens, closes in spans)

    def opening(self, moment: datetime) -> datetime:
        """The moment itself in working time, else the next opening."""
        return moment if self.is_open(moment) else self.add(moment, 1) - MINUTE

    def after(self, due_at: datetime, rung: Rung) -> datetime:
        if not rung.working:
            return due_at + rung.after
        minutes = rung.after // MINUTE
        return self.add(due_at, minutes) if minutes else self.opening(due_at)


def due_at(rule: Rule, started_at: datetime, *, tz: tzinfo, calendar: ProductionCalendar, hours: WorkingHours) -> datetime:
    """When a term that started at `started_at` (aware) ends, aware UTC.

    Hours are exact; days end with the last microsecond of the last day in `tz`. A term of days that would end on a
    day off is moved as the rule says, but never to a day before the one it started on.
    """
    return end(rule, started_at, (), tz=tz, calendar=calendar, hours=hours)


def end(
    rule: Rule,
    started_at: datetime,
    put_off: Iterable[Pause | Promise],
    *,
    tz: tzinfo,
    calendar: ProductionCalendar,
    hours: WorkingHours,
) -> datetime:
    """When the term ends with what put it off, in order of time. What came after the end puts nothing off: late stays late.

    A pause lengthens a term of hours by its own length on the rule's clock, a term of days by the days from the one it
    began on to the one it ended on. A promise moves the end to its day, never back.
    """
    if started_at.tzinfo is None:
        raise ValueError("started_at must be aware of its time zone")
    # In UTC throughout: moments of one zone are subtracted by the wall clock, which lies over a change of it.
    started_at, clock = started_at.astimezone(UTC), _Clock(tz, calendar, hours)
    changes = sorted(put_off, key=_came_at)
    return (
        _end_of_hours(rule, started_at, changes, clock)
        if rule.unit in IN_HOURS
        else _end_of_days(rule, started_at, changes, clock)
    )


def _came_at(one: Pause | Promise) -> datetime:
    return one.posted_at if isinstance(one, Promise) else one.since


def _end_of_hours(rule: Rule, started_at: datetime, changes: Iterable[Pause | Promise], clock: _Clock) -> datetime:
    working = rule.unit is Unit.WORKING_HOURS
    length = timedelta(hours=rule.amount)
    due = clock.add(started_at, length // MINUTE) if working else started_at + length
    for one in changes:
        if _came_at(one) > due:
            continue
        if isinstance(one, Promise):
            due = max(due, one.until)
            continue
        begun, ended = (max(moment.astimezone(UTC), started_at) for moment in (one.since, one.until))
        due = clock.longer(due, begun, ended) if working else due + (ended - begun)
    return due


def _end_of_days(rule: Rule, started_at: datetime, changes: Iterable[Pause | Promise], clock: _Clock) -> datetime:
    first_day = started_at.astimezone(clock.tz).date()
    day = _last_day(rule, first_day, clock.calendar)
    due = _end_of_day(_off_days_off(rule, day, first_day, clock.calendar), clock.tz)
    counted = _first_counted(rule, first_day, clock.calendar)
    for one in changes:
        if _came_at(one) > due:
            continue
        if isinstance(one, Promise):
            if one.until > due:
                day, due = one.until.astimezone(clock.tz).date(), one.until
        elif (later := _later(rule, day, one, max(_day_of(max(one.since, started_at), clock), counted), clock)) > day:
            day = later
            due = _end_of_day(_off_days_off(rule, day, first_day, clock.calendar), clock.tz)
    return due


def _day_of(moment: datetime, clock: _Clock) -> date:
    return moment.astimezone(clock.tz).date()


def _first_counted(rule: Rule, started_on: date, calendar: ProductionCalendar) -> date:
    """Where a term counts its first day, the first working one: a wait that ends on it took none of the term's days."""
    inclusive = rule.unit is Unit.WORKING_DAYS and rule.day_count is DayCount.INCLUSIVE
    return calendar.next_working_day(started_on - DAY) if inclusive else started_on


def _later(rule: Rule, day: date, pause: Pause, begun: date, clock: _Clock) -> date:
    """The last day moved by the days that a pause took."""
    ended = _day_of(pause.until, clock)
    if rule.unit is Unit.CALENDAR_DAYS:
        return day + max(ended - begun, timedelta())
    while begun < ended:
        begun += DAY
        if clock.calendar.is_working_day(begun):
            day = clock.calendar.next_working_day(day)
    return day


def _last_day(rule: Rule, started_on: date, calendar: ProductionCalendar) -> date:
    """The last day of a term, before days off are looked at."""
    day_zero = started_on - DAY if rule.day_count is DayCount.INCLUSIVE else started_on
    if rule.unit is Unit.CALENDAR_DAYS:
        return day_zero + rule.amount * DAY
    day = day_zero
    for _ in range(rule.amount):
        day = calendar.next_working_day(day)
    return day


def _off_days_off(rule: Rule, day: date, started_on: date, calendar: ProductionCalendar) -> date:
    if rule.on_day_off is OnDayOff.AS_IS or calendar.is_working_day(day):
        return day
    if rule.on_day_off is OnDayOff.NEXT_WORKING_DAY:
        return calendar.next_working_day(day)
    # In the New Year holidays the working day before may precede the message itself.
    earlier = calendar.previous_working_day(day)
    return earlier if earlier >= started_on else day


def _end_of_day(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day + DAY, time.min, tz).astimezone(UTC) - TICK


def steps(
    rule: Rule,
    started_at: datetime,
    due_at: datetime,
    *,
    tz: tzinfo,
    calendar: ProductionCalendar,
    hours: WorkingHours,
) -> tuple[Step, ...]:
    """Everything the sweep does for one term, in order of time; codes are unique within a term.

    Warnings go to the holder when their share of the term is gone or their amount of it is left, on the working clock for
    terms of working hours and by the wall clock for the rest; an amount that the term never had warns of nothing. The
    breach stands at `due_at` and tells the first rung without a delay that is made in such hours, else the holder; the
    remaining rungs are `escalate_1`, `escalate_2` … by their place in the ladder.
    """
    started_at, due_at, clock = started_at.astimezone(UTC), due_at.astimezone(UTC), _Clock(tz, calendar, hours)
    found = list(_warnings(rule, started_at, due_at, clock))
    at_once = bool(rule.ladder) and rule.ladder[0].after == timedelta()
    first = next((rung for rung in rule.ladder if rung.after == timedelta() and _is_made(rung, due_at, clock)), None)
    breach = Step("breach", due_at, first.to if first else HOLDER, first.ways if first else ())
    found.append(breach)
    for number, rung in enumerate(rule.ladder, start=0 if at_once else 1):
        at = clock.after(due_at, rung)
        if rung is not first and number and _is_made(rung, at, clock):
            found.append(Step(f"escalate_{number}", at, rung.to, rung.ways))
    return tuple(sorted(found, key=lambda step: step.at))


def threat_at(
    rule: Rule,
    started_at: datetime,
    due_at: datetime,
    *,
    tz: tzinfo,
    calendar: ProductionCalendar,
    hours: WorkingHours,
) -> datetime:
    """From when a term is «под угрозой»: its last warning, or 80 % of it by the wall clock where its rule has none."""
    started_at, due_at = started_at.astimezone(UTC), due_at.astimezone(UTC)
    warnings = _warnings(rule, started_at, due_at, _Clock(tz, calendar, hours))
    return max((step.at for step in warnings), default=started_at + (due_at - started_at) * UNDER_THREAT_FROM)


def _is_made(rung: Rung, at: datetime, clock: _Clock) -> bool:
    return rung.when is When.ALWAYS or clock.is_open(at) == (rung.when is When.WORKING)


def _warnings(rule: Rule, started_at: datetime, due_at: datetime, clock: _Clock) -> Iterator[Step]:
    working = rule.unit is Unit.WORKING_HOURS
    whole = due_at - started_at
    worked = clock.worked(started_at, due_at) if working else 0
    for share in sorted(rule.warn_shares):
        at = clock.add(started_at, int(worked * share)) if working else started_at + whole * share
        yield Step(f"warn_{round(share * PERCENT)}", at, HOLDER)
    for left in sorted(rule.warn_before, reverse=True):
        minutes = left // MINUTE
        if working and minutes < worked:
            yield Step(f"warn_{minutes}m", clock.add(started_at, worked - minutes), HOLDER)
        elif not working and left < whole:
            yield Step(f"warn_{minutes}m", due_at - left, HOLDER)
