"""Signs of life: when each thing that must happen by itself last did, and when it last failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from celery.schedules import crontab
from django.conf import settings

from mcu.models import Heartbeat

BACKUP: Final = "backup"
_DAY: Final = 24
_PATIENCE: Final = 3  # missed runs before somebody must look
_AT_LEAST: Final = timedelta(minutes=5)
NAMES: Final = {
    "sweep-deadlines": "Проверка сроков",
    "make-exports": "Выгрузки",
    "finish-bulk-runs": "Действия над многими сообщениями",
    "remove-exports": "Уборка старых выгрузок",
    "mail-letters": "Письма с ответами",
    "close-answered": "Закрытие отвеченных",
    "drain-outbox": "Уведомления почтой",
    "push-outbox": "Уведомления на устройства",
    "make-digests": "Сводка дня",
    "make-problemators": "Проблематор",
    "clear-sessions": "Уборка старых входов",
}


@dataclass(frozen=True, slots=True)
class Beat:
    """A recurring thing: when it last went well, and whether it is late or its last run failed."""

    name: str
    at: datetime | None
    late: bool
    error: str


def beat(name: str, now: datetime, **data: Any) -> None:
    """It went well."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "data": data})


def failed(name: str, now: datetime, error: str) -> None:
    """It was tried and did not go."""
    Heartbeat.objects.update_or_create(name=f"failed:{name}", defaults={"at": now, "data": {"error": error[:500]}})


def entry_of(task: str) -> str:
    """The name in the schedule of a task; empty for one that is not on it."""
    return next((entry for entry, row in settings.CELERY_BEAT_SCHEDULE.items() if row["task"] == task), "")


def of_schedule(found: dict[str, Heartbeat], now: datetime) -> list[Beat]:
    """Everything on the schedule, in its order. ``found``: heartbeats by name."""
    return [_beat(entry, period_of(row["schedule"]), found, now) for entry, row in settings.CELERY_BEAT_SCHEDULE.items()]


def period_of(schedule: Any) -> timedelta:
    """How often it is meant to happen."""
    if not isinstance(schedule, crontab):
        return timedelta(seconds=float(schedule))
    hours, minutes = len(vars(schedule)["hour"]), len(vars(schedule)["minute"])
    return timedelta(hours=_DAY / hours) if hours < _DAY else timedelta(hours=1) / minutes


def _beat(entry: str, period: timedelta, found: dict[str, Heartbeat], now: datetime) -> Beat:
    good, bad = found.get(f"task:{entry}"), found.get(f"failed:task:{entry}")
    late = good is None or now - good.at > max(_PATIENCE * period, _AT_LEAST)
    error = str(bad.data.get("error", "")) if bad is not None and (good is None or bad.at > good.at) else ""
    return Beat(NAMES.get(entry, entry), good.at if good else None, late, error)
