"""A file of a list at work: every row in its own savepoint, the whole in one transaction, which a preview takes back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Protocol

from django.db import transaction

from blocks import policies
from blocks.actors import Actor
from blocks.models import Center, CharterLoad
from blocks.policies import Verdict
from blocks.services import editions
from blocks.services.history import demand
from blocks.services.lists import columns as reading
from blocks.services.lists.columns import Column, Values
from mcu.errors import Conflict, DomainError, Invalid
from mcu.uploads.brought import Brought

ADDED, CHANGED, CLOSED, OPENED, SAME, WRONG = "added", "changed", "closed", "opened", "same", "wrong"
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Done:
    """What became, or would become, of a row."""

    kind: str
    title: str
    words: tuple[str, ...] = ()
    link: str = ""  # of an invited person: to hand over, shown once


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file with what became of it."""

    line: int
    done: Done


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole file."""

    lines: list[Line] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Line]:
        """The rows of these kinds."""
        return [line for line in self.lines if line.done.kind in kinds]

    @property
    def work(self) -> int:
        """How many rows change something."""
        return len(self.lines) - len(self.of(SAME, WRONG))

    @property
    def digest(self) -> str:
        """Equal outcomes have equal digests: what was shown is what is done."""
        told = [(line.line, line.done.kind, line.done.title, line.done.words) for line in self.lines]
        return hashlib.sha256(repr(told).encode()).hexdigest()


class Lines:
    """Which line of the file each thing stands in: nothing may stand in two."""

    def __init__(self) -> None:
        self._seen: dict[object, int] = {}

    def once(self, thing: object, line: int) -> None:
        """Raise ``Invalid`` where an earlier line was about the same."""
        if self._seen.setdefault(thing, line) != line:
            raise Invalid("", {"": f"Повторяет строку {self._seen[thing]}: оставьте одну."})


class Moved(Conflict):
    """The list changed while the preview was looked at: something else would be done than what was shown."""


class ListFile(Protocol):
    """A list that has files: its columns, who keeps it, and what one row of a file does."""

    code: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    has_log: ClassVar[bool]  # whether changes are written into the Center's log of lists; the roster has its own history

    def __init__(self, center: Center, actor: Actor, now: datetime) -> None: ...

    @classmethod
    def may(cls, actor: Actor) -> Verdict:
        """Who brings files of the list."""

    def rows(self) -> list[list[object]]:
        """The list as it is, in the order of the columns."""

    def put(self, row: Values) -> Done:
        """Do what the row says, once. Raises ``Invalid`` and other foreseen errors; nothing of the row is kept then."""


def look(kind: type[ListFile], *, center: Center, actor: Actor, brought: Brought, now: datetime) -> Outcome:
    """What the file would do: it is done and taken back."""
    with transaction.atomic():
        outcome = _run(kind, center, actor, brought, now)
        transaction.set_rollback(True)
    return outcome


@transaction.atomic
def put_in(kind: type[ListFile], *, center: Center, actor: Actor, brought: Brought, digest: str, now: datetime) -> Outcome:
    """Do what was shown, all of it in one transaction. Raises ``Moved`` where it would be something else by now."""
    outcome = _run(kind, center, actor, brought, now)
    if outcome.digest != digest:
        raise Moved("Пока вы смотрели, список изменился. Ничего не внесено: проверьте строки ещё раз.")
    if kind.has_log and outcome.work:
        CharterLoad.objects.create(
            center=center,
            at=now,
            by=f"{actor.name}, список «{kind.title}», файл «{brought.name}»"[:200],
            digest=digest,
            changes=[
                f"{TITLES[line.done.kind]}: {line.done.title}" + "".join(f", {words}" for words in line.done.words)
                for line in outcome.of(ADDED, CHANGED, CLOSED, OPENED)
            ],
        )
    return outcome


TITLES = {
    ADDED: "добавлено",
    CHANGED: "изменено",
    CLOSED: "закрыто",
    OPENED: "снова открыто",
    SAME: "без изменений",
    WRONG: "не вносится",
}


def _run(kind: type[ListFile], center: Center, actor: Actor, brought: Brought, now: datetime) -> Outcome:
    demand(kind.may(actor))
    editions.lock(center.slug)
    work = kind(center, actor, now)
    rows = reading.read(kind.columns, brought)
    return Outcome([Line(row.line, _put(work, row)) for row in rows])


def _put(work: ListFile, row: Values) -> Done:
    title = _title(work, row)
    if row.wrong:
        return Done(WRONG, title, row.wrong)
    try:
        with transaction.atomic():
            return work.put(row)
    except Invalid as problem:
        return Done(WRONG, title, tuple(problem.fields.values()) or (problem.message,))
    except DomainError as problem:
        return Done(WRONG, title, (problem.message,))


def _title(work: ListFile, row: Values) -> str:
    """What the row calls itself: by the first column that it cannot be without, else by its code."""
    name = next(column.attribute for column in work.columns if column.needed)
    return str(row.says(name) or row.says("code") or "")[:_SHOWN]


def may_keep(actor: Actor) -> Verdict:
    """Topics and recipients are the head's and the support's."""
    return policies.may_keep_lists(actor)
