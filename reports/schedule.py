"""When reports are due: by the charter's weekday or day of the month, at its local time. Pure, but for the charter read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from blocks.charters.settings_schema import ReportPlan
from blocks.models import Center
from mcu.clock import local_midnight
from mcu.errors import Invalid
from reports import wording
from reports.kinds import Kind
from reports.periods import Kind as PeriodKind
from reports.periods import Period, last_full_month, last_full_week, month_of, parse_period, week_of

# How many periods that were missed are made up for at most: a quarter of weeks, a year of months.
LOOK_BACK: Final = 12


def due_period(kind: Kind, plan: ReportPlan, *, now: datetime, center: Center) -> Period:
    """The last period whose draft should be there at ``now``."""
    tz = center.tz
    period = last_over(kind, now, tz)
    day = period.last + timedelta(days=plan.day)
    return period if now >= datetime.combine(day, plan.at, tzinfo=tz) else period.previous()


def last_over(kind: Kind, now: datetime, tz: ZoneInfo) -> Period:
    """The last week or month that is over."""
    return last_full_week(now, tz) if kind.weekly else last_full_month(now, tz)


def fits(kind: Kind, period: Period) -> bool:
    """Whether the kind is made of periods of this length."""
    return period.kind is (PeriodKind.WEEK if kind.weekly else PeriodKind.MONTH)


def demand_over(kind: Kind, period: Period, now: datetime) -> None:
    """Raises Invalid for a period of another length than the kind's, or one that is not over."""
    if not fits(kind, period):
        problem = f"{kind.title} составляется за {'неделю' if kind.weekly else 'месяц'}, а «{period.code}» — другой период."
        raise Invalid(problem, {"period": problem})
    if period.end > now:
        problem = (
            f"Период {wording.period(period)} ещё не закончился: отчёт составляется после него, "
            f"с {period.end.astimezone(period.tz):%d.%m.%Y}."
        )
        raise Invalid(problem, {"period": problem})


def period_of(code: str, kind: Kind, *, now: datetime, tz: ZoneInfo) -> Period:
    """The period of an address or a command; empty: the last that is over. Raises Invalid."""
    if not code:
        return last_over(kind, now, tz)
    return parse_period(code, now=now, tz=tz)


def of_report(first: date, *, weekly: bool, tz: ZoneInfo) -> Period:
    """The period of a kept report by its first local day."""
    if weekly:
        return week_of(local_midnight(first, tz), tz)
    return month_of(first, tz)
