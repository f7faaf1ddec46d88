"""What a person wants to be told and when: chosen ways and quiet hours. Pure but for the row that is passed in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mcu.calendar import ProductionCalendar, production_calendar
from mcu.clock import zone
from mcu.models import NoticeSettings, User
from mcu.outbox.groups import CHECK, Group, Way

_DAY = timedelta(days=1)
_LONGEST_SILENCE = 60  # days and nights in a row; a calendar with more days off than that is a mistake


def settings_of(user: User) -> NoticeSettings | None:
    """What the person has chosen; None where nothing was. No query if it was read with the person."""
    return getattr(user, "notice_settings", None)  # no row is an AttributeError too


def wants(settings: NoticeSettings | None, group: Group, way: Way) -> bool:
    """Whether notices of the group leave by the way: as chosen, else as by default."""
    chosen = settings.ways.get(group.code) if settings and group is not CHECK else None
    return way in (group.ways if chosen is None else chosen)


def held_until(
    settings: NoticeSettings | None, now: datetime, *, calendar: ProductionCalendar | None = None
) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in, aware UTC; None outside of them.

    ``calendar`` says which days are off; without it the years that come with the product, nothing is read here.
    Nights and days off that touch are one silence: what comes on Friday evening waits until Monday morning.
    """
    if settings is None or (settings.quiet_from is None and not settings.quiet_days_off):
        return None
    tz, calendar = zone(settings.timezone), calendar or production_calendar()
    local = now.astimezone(tz)
    for _ in range(_LONGEST_SILENCE):
        end = _end_of_quiet(settings, local, tz, calendar)
        if end is None:
            break
        local = end
    return local.astimezone(UTC) if local > now else None


def _end_of_quiet(settings: NoticeSettings, local: datetime, tz: ZoneInfo, calendar: ProductionCalendar) -> datetime | None:
    today = local.date()
    if settings.quiet_days_off and not calendar.is_working_day(today):
        return _at(today + _DAY, time.min, tz)
    start, end = settings.quiet_from, settings.quiet_until
    if start is None or end is None:
        return None
    clock = local.time()
    if start < end:
        return _at(today, end, tz) if start <= clock < end else None
    if clock >= start:
        return _at(today + _DAY, end, tz)
    return _at(today, end, tz) if clock < end else None


def _at(day: date, moment: time, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, moment, tz)
