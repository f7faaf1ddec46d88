"""Signs of life: when each thing that must happen by itself last did, and when it last failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from celery.schedules import crontab
from django.conf import settings
from django.db import connection

from mcu.models import Heartbeat

BACKUP: Final = "backup"
SWEEP: Final = "sweep"
SWEEP_MAX_AGE: Final = timedelta(minutes=5)
AHEAD: Final = timedelta(minutes=1)  # further in the future no honest clock has written it
_WRONG: Final = timedelta(hours=1)
_DAY: Final = 24
_PATIENCE: Final = 3  # missed runs before somebody must look
_AT_LEAST: Final = timedelta(minutes=5)
NAMES: Final = {
    "sweep-deadlines": "Проверка сроков",
    "make-exports": "Выгрузки",
    "import-messages": "Внесение файлов",
    "remove-imports": "Уборка внесённых файлов",
    "remove-idempotent-calls": "Уборка ответов на повторные вызовы",
    "tell-webhooks": "Лента изменений, оповещение программ",
    "gather-usage": "Счёт вызовов программ",
    "finish-bulk-runs": "Действия над многими сообщениями",
    "move-open-cases": "Перевод открытых дел",
    "remove-exports": "Уборка старых выгрузок",
    "mail-letters": "Письма с ответами",
    "read-mailboxes": "Почтовые ящики",
    "close-answered": "Закрытие отвеченных",
    "drain-outbox": "Уведомления почтой",
    "push-outbox": "Уведомления на устройства",
    "make-digests": "Сводка дня",
    "make-reports": "Отчёты по расписанию",
    "apply-rules": "Автоправила",
    "make-asked-reports": "Отчёты по просьбе",
    "forecast": "Прогноз опозданий",
    "learn-pace": "Уроки прогноза",
    "learn": "Уроки подсказок",
    "clear-sessions": "Уборка старых входов",
}


@dataclass(frozen=True, slots=True)
class Beat:
    """A recurring thing: when it last went well, and whether it is late or its last run failed."""

    name: str
    at: datetime | None
    late: bool
    error: str


_FORWARD: Final = """
INSERT INTO mcu_heartbeat AS kept (name, at, data) VALUES (%(name)s, %(at)s, '{}')
ON CONFLICT (name) DO UPDATE
SET at = CASE WHEN kept.at > %(wrong)s THEN excluded.at ELSE greatest(kept.at, excluded.at) END
"""


def beat_forward(name: str, now: datetime) -> None:
    """It went well as of ``now``; a slower worker that began earlier does not take it back. Keeps the data. One query.

    Only what is hours ahead is taken back: the clock that wrote it was wrong.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORWARD, {"name": name, "at": now, "wrong": now + _WRONG})


@dataclass(frozen=True, slots=True)
class Outage:
    """The last time in which nothing swept: after the last sweep before it (None: there was none) until the first after it."""

    since: datetime | None
    until: datetime

    def missed(self, moment: datetime, now: datetime) -> bool:
        """Whether what was planned for the moment waits only because nothing swept then."""
        return now - moment > SWEEP_MAX_AGE and (self.since is None or self.since < moment) and moment <= self.until


def outage(now: datetime, *, keep: bool = True) -> Outage | None:
    """The last time down, this one among them; kept, so that it is known after a worker killed at once. At most two queries.

    ``keep=False`` only looks: for a sweep of some other moment than the present one.
    """
    beat = Heartbeat.objects.filter(name=SWEEP).first()
    if beat is None:
        return Outage(None, now)
    if now - beat.at > SWEEP_MAX_AGE:
        if keep:
            down = [beat.at.isoformat(), now.isoformat()]
            Heartbeat.objects.filter(name=SWEEP).update(data={**beat.data, "down": down})
        return Outage(beat.at, now)
    kept = beat.data.get("down")
    return Outage(datetime.fromisoformat(kept[0]), datetime.fromisoformat(kept[1])) if kept else None


def is_fresh(at: datetime, now: datetime) -> bool:
    """Whether the last sweep was in time; one of the future tells that some clock is wrong, so nothing is known."""
    return -AHEAD <= now - at <= SWEEP_MAX_AGE


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
