"""What the worker does with a file of messages: reads and judges it, later puts it in; a dead worker's file is taken over.

Rows are put in by batches, each in one transaction with its lines of the report and the count of what is done: whoever
takes over goes on behind the last whole batch, so nothing is done twice or half.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from mcu import outbox
from mcu.bulk import copy_in
from mcu.errors import DomainError, NotAllowed
from mcu.outbox import Notice
from mcu.uploads.tables import Line, Unread
from messages.exchange import sheets
from messages.exchange.sheets import Opened
from messages.models import ImportRow, MessageImport
from messages.services import term_book
from messages.services.imports import asking
from messages.services.imports.directory import Directory, directory_of
from messages.services.imports.judging import Judge, Judged
from messages.services.imports.putting import put
from messages.services.term_book import TermBook

log = logging.getLogger(__name__)

SILENT: Final = timedelta(seconds=60)  # a worker without a sign of life for so long is dead
TRIES: Final = 3
BATCH: Final = 1000
COUNTS: Final = {
    ImportRow.Kind.MADE: "made",
    ImportRow.Kind.UPDATED: "updated",
    ImportRow.Kind.UNCHANGED: "unchanged",
    ImportRow.Kind.CONFLICT: "conflicts",
    ImportRow.Kind.ERROR: "errors",
}
_State = MessageImport.State


class _Lost(Exception):
    """Another worker has taken the file, or it was cancelled: this one stops."""


@transaction.atomic
def take(*, now: datetime) -> MessageImport | None:
    """The next file to work on, marked as taken; ``None`` when there is none or one is worked on. One query when idle."""
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
    """Read and judge a file that was taken, or put it in. ``clock`` gives the moment: a long work shows signs of life."""
    now = clock()
    try:
        actor = actor_of(row, now)
        if row.state == _State.READING:
            read(row=row, actor=actor, clock=clock)
        else:
            run(row=row, actor=actor, clock=clock)
    except _Lost:
        log.warning("import %s was taken by another worker or cancelled", row.pk)
    except (Unread, DomainError) as problem:
        words = problem.message if isinstance(problem, DomainError) else str(problem)
        _fail(row, f"Файл не внесён. {words}" if row.state == _State.READING else words, clock())
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


def read(*, row: MessageImport, actor: Actor, clock: Callable[[], datetime], step: Callable[[int], None] | None = None) -> None:
    """Judge every row of the file; nothing is written to cases. Begins anew when it was broken off."""
    ImportRow.objects.filter(file=row).delete()
    counts: Counter[str] = Counter()
    with _opened(row, actor, clock()) as work_:
        done = 0
        for batch in _batches(work_.opened.lines, BATCH):
            rows = work_.judge.judge(batch)
            done += len(rows)
            counts.update(COUNTS[ImportRow.Kind(one.kind)] for one in rows)
            with transaction.atomic():
                _owned(row, done=done, beat_at=clock())
                report(row, rows)
            if step:
                step(len(rows))
        if not done:
            raise Unread("В файле нет ни одной строки под заголовками.")
        words = work_.opened.words
    with transaction.atomic():
        _owned(row, state=_State.READY, layout=words, total=done, done=0, counts=counts, beat_at=None, attempts=0)
        row.refresh_from_db()
        _tell(row, f"Файл «{row.name[:60]}» проверен: строк — {done}", clock())


def run(*, row: MessageImport, actor: Actor, clock: Callable[[], datetime], step: Callable[[int], None] | None = None) -> None:
    """Put the file in, from behind the last batch that is done."""
    counts: Counter[str] = Counter(row.counts if row.done else {})
    with _opened(row, actor, clock()) as work_:
        done = 0
        for batch in _batches(work_.opened.lines, BATCH):
            if done + len(batch) <= row.done:
                work_.judge.told(batch)  # remembered, to know a repetition by
                done += len(batch)
                continue
            rows = _put(row, batch, work_, counts, done + len(batch), clock)
            done += len(batch)
            if step:
                step(len(rows))
    with transaction.atomic():
        held = MessageImport.objects.select_for_update().get(pk=row.pk)
        if held.state != _State.RUNNING or held.attempts != row.attempts:
            raise _Lost
        held.state, held.finished_at, held.error = _State.DONE, clock(), ""
        asking.forget_file(held)
        held.save()
        _tell(held, f"Файл «{row.name[:60]}» внесён: новых — {counts['made']}, дополнено — {counts['updated']}", clock())


@dataclass(slots=True)
class _Work:
    opened: Opened
    judge: Judge
    directory: Directory
    book: TermBook

    def __enter__(self) -> _Work:
        return self

    def __exit__(self, *problem: object) -> None:
        self.opened.close()


def _opened(row: MessageImport, actor: Actor, now: datetime) -> _Work:
    path, kind = asking.place_of(row)
    center = Center.objects.get(pk=row.center_id)
    directory = directory_of(center, row.format, actor)
    opened = sheets.read(default_storage.path(path), kind, row.format)
    return _Work(opened, Judge(directory, opened.layout, now), directory, term_book.book_of(center))


def _put(
    row: MessageImport, batch: list[Line], work_: _Work, counts: Counter[str], done: int, clock: Callable[[], datetime]
) -> list[Judged]:
    """One batch whole. A push of the same number at the same moment makes it be judged once more."""
    seen = dict(work_.judge.seen)
    try:
        rows = _put_once(row, batch, work_, counts, done, clock)
    except IntegrityError:
        work_.judge.seen = seen
        rows = _put_once(row, batch, work_, counts, done, clock)
    counts.update(COUNTS[ImportRow.Kind(one.kind)] for one in rows)
    return rows


def _put_once(
    row: MessageImport, batch: list[Line], work_: _Work, counts: Counter[str], done: int, clock: Callable[[], datetime]
) -> list[Judged]:
    with transaction.atomic():
        now = clock()
        work_.judge.now = now
        rows = work_.judge.judge(batch, lock=True)
        put(rows, directory=work_.directory, book=work_.book, import_id=row.pk, now=now)
        said = Counter(COUNTS[ImportRow.Kind(one.kind)] for one in rows) + counts
        _owned(row, done=done, counts=said, beat_at=now)
        ImportRow.objects.filter(file=row, line__in=[one.line for one in rows]).delete()
        report(row, rows)
    return rows


def report(row: MessageImport, rows: list[Judged]) -> None:
    """What became of the rows. One statement."""
    lines = (
        (row.pk, one.line, one.key[:200], str(one.kind), one.words, one.message.pk if one.message else None) for one in rows
    )
    copy_in(ImportRow, ("file_id", "line", "key", "kind", "words", "message_id"), lines)


def _batches(lines: Iterator[Line], size: int) -> Iterator[list[Line]]:
    with closing(lines):  # type: ignore[type-var]
        while batch := list(islice(lines, size)):
            yield batch


def _owned(row: MessageImport, **values: Any) -> None:
    """Write into the file's row while this worker is the one that has it."""
    held = MessageImport.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    if not held.update(**values):
        raise _Lost


@transaction.atomic
def _fail(row: MessageImport, words: str, now: datetime) -> None:
    held = MessageImport.objects.select_for_update().filter(pk=row.pk, state=row.state, attempts=row.attempts).first()
    if held is not None:
        held.state, held.error, held.finished_at = _State.FAILED, words, now
        asking.forget_file(held)
        held.save()
        _tell(held, f"Файл «{row.name[:60]}» не внесён", now)


@transaction.atomic
def _stumbled(row: MessageImport, reference: str, now: datetime) -> None:
    """Leave it to the next try, or say with a reference that it did not work out."""
    held = MessageImport.objects.select_for_update().filter(pk=row.pk, state=row.state, attempts=row.attempts).first()
    if held is None:
        return
    if held.attempts < TRIES:
        held.beat_at = None
        held.save(update_fields=["beat_at"])
    else:
        _give_up(held, f"номер для технического специалиста — {reference}", now)


def _give_up(row: MessageImport, why: str, now: datetime) -> None:
    was_running = row.state == _State.RUNNING
    row.state, row.finished_at = _State.FAILED, now
    kept = f" Внесено строк: {row.done} из {row.total}; внесите файл снова, внесённое не повторится." if was_running else ""
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
