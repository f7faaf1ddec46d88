"""Notices: written with the change in one transaction, sent afterwards, retried with growing pauses.

The row is the notice in the person's list at once; the e-mail follows when mail is configured. Nothing here fails when
the mail server or Redis is down: the row waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils.encoding import iri_to_uri

from mcu.models import Outbox

BATCH: Final = 100
PAUSES: Final = (1, 2, 5, 15, 60, 240)  # minutes between tries; the last repeats
GIVE_UP_AFTER: Final = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell one person. ``key`` makes it happen once: the same key is never written twice."""

    key: str
    kind: str
    user_id: int
    subject: str
    body: str = ""
    path: str = ""
    center_slug: str = ""


def put(notices: Iterable[Notice], *, now: datetime, by_email: bool = True) -> int:
    """Write notices in the caller's transaction; repeated keys are passed over. Returns how many were asked for."""
    rows = [
        Outbox(
            key=notice.key,
            kind=notice.kind,
            user_id=notice.user_id,
            center_slug=notice.center_slug,
            subject=notice.subject[:300],
            body=notice.body,
            path=notice.path,
            created_at=now,
            by_email=by_email,
            next_try_at=now if by_email else None,
        )
        for notice in notices
    ]
    Outbox.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


def drain(*, now: datetime, limit: int = BATCH) -> int:
    """Send what is due by e-mail; returns how many went out. Safe with any number of workers (SKIP LOCKED).

    Each notice is sent in a transaction of its own, so a killed worker repeats at most the one it was sending. A notice
    is tried again after growing pauses; after many tries it stays in the list with its error.
    """
    if not settings.EMAIL_ENABLED:
        return 0
    connection = get_connection()
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            row = (
                Outbox.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("user")
                .filter(by_email=True, sent_at__isnull=True, next_try_at__lte=now)
                .order_by("next_try_at")
                .first()
            )
            if row is None:
                break
            sent += _send(row, connection, now)
            row.save()
    return sent


def _send(row: Outbox, connection: BaseEmailBackend, now: datetime) -> bool:
    row.attempts += 1
    if not row.user.email or not row.user.is_active:
        row.next_try_at, row.by_email = None, False
        return False
    try:
        EmailMessage(row.subject, _text(row), to=[row.user.email], connection=connection).send()
    except OSError as error:  # smtplib's errors are OSErrors
        row.error = f"{type(error).__name__}: {error}"[:2000]
        row.next_try_at = _next_try(row.attempts, now)
        return False
    row.sent_at, row.next_try_at, row.error = now, None, ""
    return True


def _next_try(attempts: int, now: datetime) -> datetime | None:
    if attempts >= GIVE_UP_AFTER:
        return None
    return now + timedelta(minutes=PAUSES[min(attempts, len(PAUSES)) - 1])


def _text(row: Outbox) -> str:
    # Quoted: a mail program ends a link at the first letter that is not Latin.
    link = f"{settings.PUBLIC_URL}{iri_to_uri(row.path)}" if row.path else ""
    return "\n\n".join(part for part in (row.body or row.subject, link) if part)
