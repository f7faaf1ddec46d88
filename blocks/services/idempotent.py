"""Calls made under an ``Idempotency-Key``: made once, their answer kept for a day and given again to a repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from blocks.models import IdempotentCall
from mcu.errors import Conflict

KEPT_FOR: Final = timedelta(days=1)
# Longer than any call may take (gunicorn.conf.py): who has been at it for so long was killed.
GIVEN_UP_AFTER: Final = timedelta(minutes=3)
_MAKE: Final = """
INSERT INTO blocks_idempotentcall (client_id, key, digest, status, headers, body, at)
VALUES (%s, %s, %s, NULL, '{}', '', %s) ON CONFLICT (client_id, key) DO NOTHING RETURNING id
"""


class OtherCall(Conflict):
    """The key was used for another call before."""


class StillRunning(Conflict):
    """The same call is being made at this moment."""


@dataclass(frozen=True, slots=True)
class Held:
    """The right to make the call, for whoever got the row."""

    pk: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def begin(*, client_id: int, key: str, digest: str, now: datetime) -> Held | Answer:
    """The right to make the call, or the answer that was given to it. Raises ``OtherCall`` and ``StillRunning``.

    The row comes first and is unique, so of two processes one makes the call. One that was killed in between left its row
    unfinished: after ``GIVEN_UP_AFTER`` the next takes it over, which calls that are safe to repeat allow.
    """
    made = _made(client_id, key, digest, now)
    if made is not None:
        return Held(made, now)
    row = IdempotentCall.objects.filter(client_id=client_id, key=key).first()
    if row is None:  # given free or removed in this very moment
        raise StillRunning("Такой же вызов только что закончился. Повторите его через секунду.")
    if row.at <= now - KEPT_FOR:
        return _taken_over(row, digest, now)
    if row.digest != digest:
        raise OtherCall(
            "Под этим Idempotency-Key уже был другой вызов: другой адрес или другое тело. Ничего не сделано; "
            "для нового вызова возьмите новый ключ."
        )
    if row.status is not None:
        return Answer(row.status, row.body, row.headers)
    if row.at <= now - GIVEN_UP_AFTER:
        return _taken_over(row, digest, now)
    raise _running()


def finish(held: Held, answer: Answer) -> None:
    """Keep the answer, unless another has taken the call over meanwhile."""
    _mine(held).update(status=answer.status, headers=answer.headers, body=answer.body)


def give_up(held: Held) -> None:
    """The call came to nothing, so it may be made again under its key."""
    _mine(held).delete()


def remove_old(*, now: datetime) -> int:
    """Take away what has been kept for a day; says how many."""
    gone, _ = IdempotentCall.objects.filter(at__lte=now - KEPT_FOR).delete()
    return gone


def _made(client_id: int, key: str, digest: str, now: datetime) -> int | None:
    """The new row; None where there is one under this key: a twin is usual, and no error to stand in the server's log."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, [client_id, key, digest, now])
        found = cursor.fetchone()
    return found[0] if found else None


def _taken_over(row: IdempotentCall, digest: str, now: datetime) -> Held:
    unchanged = Q(pk=row.pk, at=row.at, status=row.status)
    if not IdempotentCall.objects.filter(unchanged).update(digest=digest, status=None, headers={}, body="", at=now):
        raise _running()
    return Held(row.pk, now)


def _mine(held: Held) -> QuerySet[IdempotentCall]:
    return IdempotentCall.objects.filter(pk=held.pk, at=held.at, status__isnull=True)


def _running() -> StillRunning:
    return StillRunning("Такой же вызов ещё выполняется. Повторите его через несколько секунд: получите тот же ответ.")
