"""Time at the edges: the current moment and the local time of a Center.

Inside everything is aware and in UTC; services take ``now`` as an argument and never read a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone


def utc_now() -> datetime:
    """The current moment, aware, UTC. Only views, tasks and commands call it."""
    return timezone.now()


def database_now() -> datetime:
    """The current moment by the database's clock, aware, UTC: one clock for all workers, whatever theirs say. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


@cache
def zone(name: str) -> ZoneInfo:
    """Time zone by its IANA name (``Asia/Yekaterinburg``)."""
    return ZoneInfo(name)


def local_iso(moment: datetime | None, tz: ZoneInfo) -> str | None:
    """The moment as programs are told it: whole seconds with the Center's offset (RFC 3339)."""
    return moment.astimezone(tz).isoformat(timespec="seconds") if moment else None


def local_midnight(day: date, tz: ZoneInfo) -> datetime:
    """The moment (UTC) at which the local day begins."""
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def monday_of(moment: datetime, tz: ZoneInfo) -> date:
    """The Monday of the local week that holds the moment."""
    local = moment.astimezone(tz).date()
    return local - timedelta(days=local.weekday())
