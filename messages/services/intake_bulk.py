"""Thousands of messages taken in by one call: each as ``intake.take_in`` would take it, written together by hundreds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DataError, IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected

from blocks.actors import Actor
from blocks.models import Source
from mcu.errors import DomainError
from messages.services import center_lists, numbers, storing, term_book
from messages.services.incoming import IncomingMessage
from messages.services.intake import Arrival, Key, Known, arrived, case_of, key_of, look_up, taken_otherwise

logger = logging.getLogger(__name__)

CHUNK: Final = 500  # cases of one transaction: so long others of the Center wait for a number


@dataclass(frozen=True, slots=True)
class Landed:
    """A message that is there: its number, and whether this call made the case."""

    number: str
    created: bool


class NotStored(DomainError):
    """A message that the database itself does not take; the log says why."""


def take_in_many(
    *, actor: Actor, pushed: Sequence[tuple[Source, IncomingMessage]], now: datetime
) -> list[Landed | DomainError]:
    """Take each in once; what became of each, in their order: where it landed, or why it was refused.

    Those of one Center. A repeat is judged as ``take_in`` does, also among the messages themselves and while others push
    the same. What was taken before a failure of the database stays: the call may be made again.
    """
    judged: list[Arrival | DomainError] = []
    for source, payload in pushed:
        try:
            judged.append(arrived(actor=actor, source=source, payload=payload, now=now))
        except DomainError as refusal:
            judged.append(refusal)
    first: dict[Key, Arrival] = {}
    for one in judged:
        if isinstance(one, Arrival):
            first.setdefault(key_of(one), one)
    made: set[Key] = set()
    known: dict[Key, Known] = {}
    waiting = list(first.values())
    for begin in range(0, len(waiting), CHUNK):
        _take(waiting[begin : begin + CHUNK], known, made)
    return [_outcome(one, first, known, made) if isinstance(one, Arrival) else one for one in judged]


def _outcome(one: Arrival, first: dict[Key, Arrival], known: dict[Key, Known], made: set[Key]) -> Landed | DomainError:
    key = key_of(one)
    there = known.get(key)
    if there is None:
        return NotStored("Программа не справилась с этим сообщением; оно не сохранено. Сообщите об этом Центру.")
    if there.digest != one.digest:
        return taken_otherwise(there.number)
    return Landed(there.number, created=key in made and first[key] is one)


def _take(arrivals: Sequence[Arrival], known: dict[Key, Known], made: set[Key]) -> None:
    """Store those that are new in one transaction; adds what is there now. One whom the database refuses is left out."""
    try:
        stored = _store(arrivals, known)
    except (IntegrityError, DataError, OperationalError) as error:
        if isinstance(error, OperationalError) and not isinstance(error.__cause__, DeadlockDetected):
            raise
        if len(arrivals) > 1:
            half = len(arrivals) // 2
            _take(arrivals[:half], known, made)
            _take(arrivals[half:], known, made)
            return
        # Its twin may have come in another year of receipt, past our lock: then it is there now.
        known.update(look_up(map(key_of, arrivals)))
        if key_of(arrivals[0]) not in known:
            logger.error("a message was not stored", exc_info=error)
        return
    known.update(stored)
    made.update(stored)


def _store(arrivals: Sequence[Arrival], known: dict[Key, Known]) -> dict[Key, Known]:
    """Those of them that were new; the others are added to the known."""
    known.update(look_up(map(key_of, arrivals)))
    new = {key_of(one): one for one in arrivals if key_of(one) not in known}
    if not new:
        return {}
    actor, center, now = arrivals[0].actor, arrivals[0].source.center, arrivals[0].now
    with center_lists.known(center):
        cases = [case_of(one) for one in new.values()]
        planned = storing.plan(center=center, cases=cases, actor=actor, book=term_book.book_of(center), now=now)
    with transaction.atomic():
        # First the lock, then the look: whoever brings the same waits here, and finds them afterwards.
        numbers.hold(center, planned.years)
        came = look_up(new)
        messages = storing.store(planned.only(new.keys() - came.keys()) if came else planned)
    known.update(came)
    return {(one.source_id, one.external_id): Known(one.number, one.payload_hash) for one in messages}
