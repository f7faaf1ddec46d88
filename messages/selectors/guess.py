"""What the Center's own cases suggest for a message. The newest lesson is kept in memory by each process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from django.db.models import BigIntegerField, Case, F, QuerySet, When

from blocks.models import Center
from mcu import memo
from messages.models import Lesson, Message
from messages.suggesting import KINDS, Letter, Model, from_bytes

log = logging.getLogger(__name__)

_KEPT_CENTERS: Final = 4  # lessons in the memory of a process, those asked for last
_lock = Lock()
_kept: dict[int, tuple[int, _Known | None]] = {}  # by Center: which lesson, and what it knows


@dataclass(frozen=True, slots=True)
class _Known:
    """A lesson in use: the model and which of its questions it answers better than the usual choice."""

    model: Model
    helps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guess:
    """One row of the Center with how certain it is, from 0 to 1."""

    pk: int
    share: float


@dataclass(frozen=True, slots=True)
class Guesses:
    """Blocks, topics and recipients, the likeliest first; empty where the lessons do not help."""

    block: tuple[Guess, ...] = ()
    topic: tuple[Guess, ...] = ()
    recipient: tuple[Guess, ...] = ()
    shares: Mapping[int, float] = field(default_factory=dict)  # of every block


NOTHING: Final = Guesses()
_MOST: Final = 30  # of each kind are told, enough for those of one block


def marks_of(*, settlement_id: int | None, source_id: int | None) -> tuple[str, ...]:
    """What beside its words tells messages apart."""
    found = {"place": settlement_id, "source": source_id}
    return tuple(f"{name}:{pk}" for name, pk in found.items() if pk is not None)


def lesson_in_use(center_id: int) -> QuerySet[Lesson, int | None]:
    """The key of the Center's newest lesson if it is in use, as a query or a part of one."""
    newest = Lesson.objects.filter(center_id=center_id).order_by("-learned_at", "-pk")
    return newest.values_list(Case(When(in_use=True, then=F("pk")), output_field=BigIntegerField()), flat=True)[:1]


def guess(message: Message) -> Guesses:
    """What like decisions suggest for the message; nothing where the Center has no lesson in use.

    The message was found with ``lesson`` (``lesson_in_use``): so no query is needed while the lesson stays the same.
    """
    known = _known(message.center_id, vars(message)["lesson"])
    if known is None:
        return NOTHING
    marks = marks_of(settlement_id=message.settlement_id, source_id=message.source_id)
    return _guesses(known, Letter(message.text, marks))


def guess_many(center: Center, rows: Iterable[Mapping[str, Any]]) -> list[Guesses]:
    """The same for many rows with ``text``, ``settlement_id`` and ``source_id``. One query, in a bulk job one for all."""
    known = _known(center.pk, memo.remembered(("lesson in use", center.pk), lesson_in_use(center.pk).first))
    if known is None:
        return [NOTHING for _ in rows]
    return [
        _guesses(known, Letter(row["text"], marks_of(settlement_id=row["settlement_id"], source_id=row["source_id"])))
        for row in rows
    ]


def _guesses(known: _Known, letter: Letter) -> Guesses:
    found = known.model.guess(letter, _MOST)
    told: dict[str, Sequence[Guess]] = {
        kind: tuple(Guess(int(one.label), one.share) for one in found[kind]) if kind in known.helps else () for kind in KINDS
    }
    return Guesses(**{kind: tuple(told[kind]) for kind in KINDS}, shares={one.pk: one.share for one in told["block"]})


def _known(center_id: int, lesson_id: int | None) -> _Known | None:
    """What the lesson in use knows; its weights are read once a process and lesson."""
    if lesson_id is None:
        with _lock:
            _kept.pop(center_id, None)
        return None
    with _lock:
        kept = _kept.pop(center_id, None)
        if kept is None or kept[0] != lesson_id:
            kept = (lesson_id, _read(lesson_id))
        _kept[center_id] = kept  # the one asked for last stands at the end
        while len(_kept) > _KEPT_CENTERS:
            del _kept[next(iter(_kept))]
        return kept[1]


def _read(lesson_id: int) -> _Known | None:
    """None for weights that cannot be used: the desk then does without, and the log says why."""
    lesson = Lesson.objects.filter(pk=lesson_id).first()
    if lesson is None:
        return None
    try:
        model = from_bytes(bytes(lesson.weights))
        for kind in KINDS:
            list(map(int, model.labels[kind]))  # keys of rows
    except ValueError as broken:  # BrokenModel is one
        log.error("the lesson %s cannot be used: %s", lesson_id, broken)
        return None
    return _Known(model, frozenset(kind for kind in KINDS if lesson.accuracy.get(kind, {}).get("helps")))
