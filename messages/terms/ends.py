"""When a term ends and what happens on the way: pure arithmetic on moments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from mcu.calendar import MINUTE, ProductionCalendar, WorkingHours, add_working_minutes, working_minutes
from messages.terms.rules import PERCENT, DayCount, OnDayOff, Rule, Unit

HOLDER = "responsible"
"""The audience of warnings: whoever holds the case."""

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens once in the life of a term: `warn_50`, `breach`, `escalate_1` …, told to one audience."""

    code: str
    at: datetime
    to: str


def due_at(rule: Rule, started_at: datetime, *, tz: tzinfo, calendar: ProductionCalendar, hours: WorkingHours) -> datetime:
    """When a term that started at `started_at` (aware) ends, aware UTC.

    Hours are exact; days end with the last microsecond of the last day in `tz`. A term of days that would end on a
    day off is moved as the rule says, but never to a day before the one it started on.
    """
    if started_at.tzinfo is None:
        raise ValueError("started_at must be aware of its time zone")
    if rule.unit is Unit.HOURS:
        return started_at.astimezone(UTC) + timedelta(hours=rule.amount)
    if rule.unit is Unit.WORKING_HOURS:
        return add_working_minutes(started_at, rule.amount * 60, hours=hours, tz=tz, calendar=calendar)
    first_day = started_at.astimezone(tz).date()
    return _end_of_day(_off_days_off(rule, _last_day(rule, first_day, calendar), first_day, calendar), tz)


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

    Warnings go to the holder when their share of the term is gone, on the working clock for terms of working hours
    and by the wall clock for the rest. The breach stands at `due_at` and tells the first rung if that rung has no
    delay, else the holder; the remaining rungs are `escalate_1`, `escalate_2` …
    """
    found = []
    whole = due_at - started_at
    worked = 0
    if rule.unit is Unit.WORKING_HOURS:
        worked = working_minutes(started_at, due_at, hours=hours, tz=tz, calendar=calendar)
    for share in sorted(rule.warn_shares):
        if rule.unit is Unit.WORKING_HOURS:
            at = add_working_minutes(started_at, int(worked * share), hours=hours, tz=tz, calendar=calendar)
        else:
            at = started_at + whole * share
        found.append(Step(f"warn_{round(share * PERCENT)}", at.astimezone(UTC), HOLDER))

    at_once = bool(rule.ladder) and rule.ladder[0].after == timedelta()
    found.append(Step("breach", due_at.astimezone(UTC), rule.ladder[0].to if at_once else HOLDER))
    for number, rung in enumerate(rule.ladder[1:] if at_once else rule.ladder, start=1):
        at = due_at + rung.after
        if rung.working:
            minutes = rung.after // MINUTE
            at = add_working_minutes(due_at, minutes, hours=hours, tz=tz, calendar=calendar)
        found.append(Step(f"escalate_{number}", at.astimezone(UTC), rung.to))
    return tuple(sorted(found, key=lambda step: step.at))
