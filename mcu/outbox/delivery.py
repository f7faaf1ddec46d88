"""Delivering what the outbox holds: each way by its own rows, tries and errors, in runs of bounded time.

Rows are claimed by moving their next try some minutes on (SKIP LOCKED), sent outside of any transaction and saved one by
one: several workers never send the same row, and a killed one repeats at most the row it was sending.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol

from django.db import transaction

from mcu import memo
from mcu.models import Heartbeat, Outbox
from mcu.outbox.errors import NothingToReach, Refused, Resting, Unreachable
from mcu.outbox.groups import Way
from mcu.outbox.mail import Mail
from mcu.outbox.push import Push
from mcu.outbox.rows import first_try

logger = logging.getLogger(__name__)

BATCH: Final = 100
PAUSES: Final = (1, 2, 5, 15, 60, 240)  # minutes between tries; the last repeats
GIVE_UP_AFTER: Final = 30
RUN_SECONDS: Final = 10.0  # a run ends after the letter during which they are over
CLAIMED_FOR: Final = timedelta(minutes=5)  # longer than any run: then another worker takes the row
REST: Final = timedelta(minutes=1)  # of a way whose server does not answer
_CHUNK: Final = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the outbox that keep the state of one way."""

    wanted: str
    done_at: str
    try_at: str
    attempts: str
    error: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.wanted, self.done_at, self.try_at, self.attempts, self.error)


COLUMNS: Final = {
    Way.EMAIL: Columns("by_email", "sent_at", "next_try_at", "attempts", "error"),
    Way.PUSH: Columns("by_push", "pushed_at", "push_try_at", "push_attempts", "push_error"),
}


class Sender(Protocol):
    """One way out, open for a run."""

    def reaches(self, row: Outbox) -> bool: ...

    def send(self, row: Outbox) -> None:
        """Deliver; raises Refused, Unreachable, Resting or NothingToReach."""


def sender_of(way: Way, now: datetime) -> AbstractContextManager[Sender]:
    """The sender of the way for one run."""
    return Mail() if way is Way.EMAIL else Push(now)


def drain(*, now: datetime, limit: int = BATCH, ways: Iterable[Way] = tuple(Way)) -> int:
    """Send what is due; returns how many deliveries were made. Safe with any number of workers.

    A row is tried again after growing pauses; after many tries it stays in the list with its error. When the server of a
    way does not answer, the run ends and the way rests for a minute, so that no run waits for it letter by letter.
    """
    return sum(_Run(way, now, limit).go() for way in ways if _ready(way, now))


def _ready(way: Way, now: datetime) -> bool:
    if way is Way.EMAIL and not Mail.enabled():
        return False
    return not Heartbeat.objects.filter(name=silence(way), at__gt=now - REST).exists()


def silence(way: Way) -> str:
    """The name under which it is kept that the server of the way does not answer."""
    return f"outbox-{way}-silent"


class _Run:
    """One run of one way."""

    def __init__(self, way: Way, now: datetime, limit: int) -> None:
        self.way, self.now, self.left = way, now, limit
        self.columns = COLUMNS[way]
        self.until = monotonic() + RUN_SECONDS
        self.sent = 0

    def go(self) -> int:
        with memo.remembering(), sender_of(self.way, self.now) as sender:
            while self.left > 0 and (rows := self._claim()):
                self.left -= len(rows)
                if not self._send(rows, sender):
                    break
        if self.sent:
            Heartbeat.objects.filter(name=silence(self.way)).delete()
        return self.sent

    @transaction.atomic
    def _claim(self) -> list[Outbox]:
        """Rows due, taken from other workers for some minutes. Two queries, for push one more."""
        columns = self.columns
        due = {columns.wanted: True, f"{columns.done_at}__isnull": True, f"{columns.try_at}__lte": self.now}
        found = Outbox.objects.select_for_update(of=("self",), skip_locked=True).select_related("user__notice_settings")
        if self.way is Way.PUSH:
            found = found.prefetch_related("user__push_devices")
        rows = list(found.filter(**due).order_by(columns.try_at)[: min(_CHUNK, self.left)])
        self._move(rows, self.now + CLAIMED_FOR)
        return rows

    def _move(self, rows: Sequence[Outbox], moment: datetime) -> None:
        if rows:
            Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(**{self.columns.try_at: moment})

    def _send(self, rows: list[Outbox], sender: Sender) -> bool:
        """Whether the run may go on."""
        for place, row in enumerate(rows):
            if monotonic() > self.until:
                self._move(rows[place:], self.now)
                return False
            try:
                self._one(row, sender)
            except Unreachable as problem:
                self._failed(row, str(problem))
                self._move(rows[place + 1 :], self.now)
                beat = {"at": self.now, "data": {"error": str(problem)[:500]}}
                Heartbeat.objects.update_or_create(name=silence(self.way), defaults=beat)
                return False
        return True

    def _one(self, row: Outbox, sender: Sender) -> None:
        """Decided anew: the person may have chosen otherwise since it was written, or quiet hours have begun."""
        moment = first_try(self.way, row, row.user, reachable=sender.reaches(row), now=self.now)
        if moment is None:
            self._keep(row, wanted=False, try_at=None)
        elif moment > self.now:
            self._keep(row, try_at=moment)
        else:
            self._try(row, sender)

    def _try(self, row: Outbox, sender: Sender) -> None:
        try:
            sender.send(row)
        except Unreachable:
            raise
        except Resting:
            self._keep(row, try_at=self.now + REST)
        except NothingToReach as problem:
            self._keep(row, wanted=False, try_at=None, error=str(problem))
        except Refused as problem:
            self._failed(row, str(problem))
        except Exception as problem:
            # One row that nothing can be done with must not stop all the others at every run.
            logger.exception("notice %s could not be sent by %s", row.pk, self.way)
            self._failed(row, f"{type(problem).__name__}: {problem}")
        else:
            self.sent += 1
            tries = getattr(row, self.columns.attempts) + 1
            self._keep(row, done_at=self.now, try_at=None, attempts=tries, error="")

    def _failed(self, row: Outbox, error: str) -> None:
        tries = getattr(row, self.columns.attempts) + 1
        pause = timedelta(minutes=PAUSES[min(tries, len(PAUSES)) - 1])
        again = None if tries >= GIVE_UP_AFTER else self.now + pause
        self._keep(row, try_at=again, attempts=tries, error=error[:2000])

    def _keep(self, row: Outbox, **state: object) -> None:
        """Save only this way's columns: another worker may be delivering the same row by the other way."""
        for name, value in state.items():
            setattr(row, getattr(self.columns, name), value)
        row.save(update_fields=self.columns.all)
