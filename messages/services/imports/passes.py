"""One pass over a file: judging every row, or putting every row in, batch by batch.

Rows are put in by batches, each in one transaction with its lines of the report and the count of what is done: whoever
takes over goes on behind the last whole batch, so nothing is done twice or half.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from blocks.actors import Actor
from blocks.models import Center
from mcu.bulk import copy_in
from mcu.uploads.tables import Line, Unread, kind_of
from messages.exchange import sheets
from messages.exchange.sheets import Opened
from messages.models import ImportRow, MessageImport
from messages.services import term_book
from messages.services.imports.directory import Directory, directory_of
from messages.services.imports.judging import Judge, Judged
from messages.services.imports.putting import put
from messages.services.term_book import TermBook

BATCH: Final = 1000
COUNTS: Final = {
    ImportRow.Kind.MADE: "made",
    ImportRow.Kind.UPDATED: "updated",
    ImportRow.Kind.UNCHANGED: "unchanged",
    ImportRow.Kind.CONFLICT: "conflicts",
    ImportRow.Kind.ERROR: "errors",
}


class Lost(Exception):
    """Another worker has taken the file, or it was cancelled: this one stops."""


@dataclass(slots=True)
class Pass:
    """A file being gone through. ``clock`` gives the moment: a long work shows signs of life; ``step`` is told of rows."""

    row: MessageImport
    actor: Actor
    clock: Callable[[], datetime]
    step: Callable[[int], object] = lambda rows: None
    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0

    def judge(self) -> str:
        """Judge every row; nothing is written to cases. How the file is laid out. Begins anew when it was broken off."""
        ImportRow.objects.filter(file=self.row).delete()
        with _Table.of(self.row, self.actor, self.clock()) as table:
            for batch in table.batches():
                rows = table.judge.judge(batch)
                self.done += len(rows)
                self.counts.update(_counted(rows))
                with transaction.atomic():
                    own(self.row, done=self.done, beat_at=self.clock())
                    _report(self.row, rows)
                self.step(len(rows))
            if not self.done:
                raise Unread("В файле нет ни одной строки под заголовками.")
            return table.opened.words

    def put_in(self) -> None:
        """Put every row in, from behind the last batch that is done."""
        self.counts.update(self.row.counts if self.row.done else {})
        with _Table.of(self.row, self.actor, self.clock()) as table:
            for batch in table.batches():
                self.done += len(batch)
                if self.done <= self.row.done:
                    table.judge.told(batch)  # remembered, to know a repetition by
                    continue
                seen = dict(table.judge.seen)
                try:
                    rows = self._put(table, batch)
                except IntegrityError:  # the same number was pushed at the same moment: it is known now
                    table.judge.seen = seen
                    rows = self._put(table, batch)
                self.counts.update(_counted(rows))
                self.step(len(rows))

    @transaction.atomic
    def _put(self, table: _Table, batch: list[Line]) -> list[Judged]:
        """One batch whole."""
        now = self.clock()
        table.judge.now = now
        rows = table.judge.judge(batch, lock=True)
        put(rows, directory=table.directory, book=table.book, import_id=self.row.pk, now=now)
        own(self.row, done=self.done, counts=self.counts + _counted(rows), beat_at=now)
        ImportRow.objects.filter(file=self.row, line__range=(rows[0].line, rows[-1].line)).delete()
        _report(self.row, rows)
        return rows


@dataclass(slots=True)
class _Table:
    """The file with whatever its rows are judged and put in by."""

    opened: Opened
    judge: Judge
    directory: Directory
    book: TermBook

    @classmethod
    def of(cls, row: MessageImport, actor: Actor, now: datetime) -> _Table:
        """Open the file. Raises ``Unread``."""
        center = Center.objects.get(pk=row.center_id)
        directory = directory_of(center, row.format, actor)
        path = default_storage.path(str(row.file.name))
        with open(path, "rb") as content:
            kind = kind_of(File(content, name=row.name))
        opened = sheets.read(path, kind, row.format)
        return cls(opened, Judge(directory, opened.layout, now), directory, term_book.book_of(center))

    def batches(self) -> Iterator[list[Line]]:
        while batch := list(islice(self.opened.lines, BATCH)):
            yield batch

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *problem: object) -> None:
        self.opened.close()


def own(row: MessageImport, **values: Any) -> None:
    """Write into the file's row while this worker is the one that has it. Raises ``Lost``."""
    held = MessageImport.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    if not held.update(**values):
        raise Lost


def _counted(rows: Sequence[Judged]) -> Counter[str]:
    return Counter(COUNTS[ImportRow.Kind(one.kind)] for one in rows)


def _report(row: MessageImport, rows: Sequence[Judged]) -> None:
    """What became of the rows. One statement."""
    lines = (
        (row.pk, one.line, one.key[:200], str(one.kind), one.words, one.message.pk if one.message else None) for one in rows
    )
    copy_in(ImportRow, ("file_id", "line", "key", "kind", "words", "message_id"), lines)
