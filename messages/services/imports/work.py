"""What the worker does with a file of messages: takes it, judges it or puts it in; a dead worker's file is taken over."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from mcu import outbox
from mcu.errors import DomainError, NotAllowed
from mcu.outbox import Notice
from mcu.uploads.tables import Unread
from messages.models import MessageImport
from messages.services.imports import asking
from messages.services.imports.passes import Lost, Pass, own

log = logging.getLogger(__name__)

SILENT: Final = timedelta(seconds=60)  # a worker without a sign of life for so long is dead
TRIES: Final = 3
_State = MessageImport.State


@transaction.atomic
def take(*, now: datetime) -> MessageImport | None:
    """The next file to work on, marked as taken; ``None`` when there is none or one is worked on. One query when idle.

    One at a time, so that a long file leaves the other worker to the terms of cases.
    """
    rows = list(
        MessageImport.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state__in=(_State.READING, _State.RUNNING))
        .order_by("asked_at", "pk")[:50]
    )
    silent = now - SILENT
    if any(row.beat_at and row.beat_at > silent for row in rows):
        return None
    for row in rows:
        if row.attempts < TRIES:
            row.attempts, row.beat_at = row.attempts + 1, now
            row.save(update_fields=["attempts", "beat_at"])
            return row
        _give_up(row, "обработчик трижды остановился на нём", now)
    return None


def work(*, row: MessageImport, clock: Callable[[], datetime]) -> None:
    """Judge a file that was taken, or put it in. ``clock`` gives the moment: a long work shows signs of life."""
    try:
        found = Pass(row, actor_of(row, clock()), clock)
        if row.state == _State.READING:
            read(found)
        else:
            run(found)
    except Lost:
        log.warning("import %s was taken by another worker or cancelled", row.pk)
    except (Unread, DomainError) as problem:
        fail(row, problem.message if isinstance(problem, DomainError) else str(problem), clock())
    except Exception:
        reference = secrets.token_hex(4).upper()
        log.exception("import %s stopped, reference %s", row.pk, reference)
        _stumbled(row, reference, clock())


def actor_of(row: MessageImport, now: datetime) -> Actor:
    """Whoever brought the file, in the roles of now; the program where the command did."""
    center = Center.objects.get(pk=row.center_id)
    if row.user is None:
        return actors.system(center)
    actor = actors.person(user=row.user, center=center, now=now)
    if not row.user.is_active or row.format not in asking.formats_of(actor, center):
        raise NotAllowed("У вас больше нет роли, в которой вносят эти сообщения.")
    return actor


def read(found: Pass) -> MessageImport:
    """Judge every row of the file; it then waits for the person's word."""
    row, words = found.row, found.judge()
    with transaction.atomic():
        own(
            row,
            state=_State.READY,
            error="",
            layout=words,
            total=found.done,
            done=0,
            counts=found.counts,
            beat_at=None,
            attempts=0,
        )
        row.refresh_from_db()
        _tell(row, f"Файл «{row.name[:60]}» проверен: строк — {found.done}", found.clock())
    return row


def run(found: Pass) -> MessageImport:
    """Put the file in, from behind the last batch that is done; the file itself is then taken away."""
    found.put_in()
    row, counts, now = found.row, found.counts, found.clock()
    with transaction.atomic():
        own(row, state=_State.DONE, finished_at=now, error="")
        row.refresh_from_db()
        asking.forget_file(row)
        row.save(update_fields=["file"])
        _tell(row, f"Файл «{row.name[:60]}» внесён: новых — {counts['made']}, дополнено — {counts['updated']}", now)
    return row


@transaction.atomic
def fail(row: MessageImport, words: str, now: datetime) -> None:
    """Say why the file is not put in, and take it away."""
    held = _held(row)
    if held is not None:
        held.state, held.error, held.finished_at = _State.FAILED, words, now
        asking.forget_file(held)
        held.save()
        _tell(held, f"Файл «{row.name[:60]}» не внесён", now)


@transaction.atomic
def _stumbled(row: MessageImport, reference: str, now: datetime) -> None:
    """Leave it to the next try, or say with a reference that it did not work out."""
    held = _held(row)
    if held is None:
        return
    if held.attempts < TRIES:
        held.beat_at = None
        held.save(update_fields=["beat_at"])
    else:
        _give_up(held, f"номер для технического специалиста — {reference}", now)


def _held(row: MessageImport) -> MessageImport | None:
    """The file's row, locked, while this worker is the one that has it."""
    mine = MessageImport.objects.select_for_update(of=("self",)).filter(pk=row.pk, state=row.state, attempts=row.attempts)
    return mine.first()


def _give_up(row: MessageImport, why: str, now: datetime) -> None:
    kept = ""
    if row.state == _State.RUNNING:
        kept = f" Внесено строк: {row.done} из {row.total}. Внесите файл снова: внесённое не повторится."
    row.state, row.finished_at = _State.FAILED, now
    row.error = f"Файл не удалось обработать после {TRIES} попыток: {why}.{kept}"
    asking.forget_file(row)
    row.save()
    log.error("import %s given up: %s", row.pk, why)
    _tell(row, f"Файл «{row.name[:60]}» не внесён", now)


def _tell(row: MessageImport, words: str, now: datetime) -> None:
    """The person who brought it, unless the page with its progress is open."""
    if row.user_id is None or asking.is_watched(row.pk):
        return
    outbox.put(
        [
            Notice(
                key=f"import:{row.pk}:{row.state}",
                kind="import",
                user_id=row.user_id,
                subject=words,
                path=f"/{row.center.slug}/messages/imports/{row.pk}/",
                center_slug=row.center.slug,
            )
        ],
        now=now,
    )
