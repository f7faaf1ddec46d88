"""Rules as the charters have them, and moments as people write them, for the tests of terms."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mcu.calendar import WorkingHours, production_calendar
from messages.terms import DayCount, Kind, OnDayOff, Rule, Rung, StartsOn, Unit

CALENDAR = production_calendar()
HOURS = WorkingHours.from_settings({})
EKB = ZoneInfo("Asia/Yekaterinburg")
MOSCOW = ZoneInfo("Europe/Moscow")

HOUR_LADDER = (
    Rung("responsible", timedelta()),
    Rung("block_curator", timedelta(hours=1)),
    Rung("head", timedelta(hours=3)),
)
IM_AGREE = Rule(
    id=1,
    kind=Kind.AGREE,
    starts_on=StartsOn.HANDED_OVER,
    amount=3,
    unit=Unit.HOURS,
    ladder=HOUR_LADDER,
    basis="Регл. 2.5",
)
APPROVE = Rule(id=2, kind=Kind.APPROVE, starts_on=StartsOn.AGREED, amount=1, unit=Unit.WORKING_HOURS, internal=True)
PUBLISH = Rule(id=3, kind=Kind.PUBLISH, starts_on=StartsOn.APPROVED, amount=1, unit=Unit.WORKING_HOURS, internal=True)
POS_ANSWER = Rule(id=4, kind=Kind.ANSWER, starts_on=StartsOn.RECEIVED, amount=25, unit=Unit.CALENDAR_DAYS)


def appeal(rule_id: int, kind: Kind, starts_on: StartsOn, amount: int, on_day_off: OnDayOff = OnDayOff.AS_IS) -> Rule:
    """A term of 59-ФЗ: calendar days, the day of the event is day 1."""
    return Rule(
        id=rule_id,
        kind=kind,
        starts_on=starts_on,
        amount=amount,
        unit=Unit.CALENDAR_DAYS,
        day_count=DayCount.INCLUSIVE,
        on_day_off=on_day_off,
        regime="appeal",
    )


REGISTER = appeal(5, Kind.REGISTER, StartsOn.RECEIVED, 3)
REDIRECT = appeal(6, Kind.REDIRECT, StartsOn.REGISTERED, 7)
APPEAL_ANSWER = appeal(7, Kind.ANSWER, StartsOn.REGISTERED, 30, OnDayOff.PREVIOUS_WORKING_DAY)


def at(text: str, tz: ZoneInfo = EKB) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz)


def local(moment: datetime, tz: ZoneInfo = EKB) -> str:
    assert moment.tzinfo is UTC
    return moment.astimezone(tz).strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
