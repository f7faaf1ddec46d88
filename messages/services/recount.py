"""Terms of open cases worked out anew after the calendar or the rules changed: which would move, and moving them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from blocks.actors import Actor
from blocks.models import Center
from mcu import memo
from messages.models import Deadline, Message, MessageQuerySet
from messages.services import deadlines
from messages.services.term_book import TermBook, book_of, editions_of, facts_of, put_off_of
from messages.terms import Kind, Wanted

BATCH: Final = 500
Editions = Mapping[Kind, datetime]


@dataclass(frozen=True, slots=True)
class Move:
    """A running term of an open case that ends at another moment than it did; None: there was, or will be, no such term."""

    message_id: int
    number: str
    kind: Kind
    old_due_at: datetime | None
    new_due_at: datetime | None
    becomes_late: bool


def moves(
    center: Center,
    *,
    now: datetime,
    book: TermBook | None = None,
    among: MessageQuerySet | None = None,
    editions: Editions | None = None,
) -> Iterator[Move]:
    """Running terms that ``recount`` would move, in the order the cases came in; nothing is written.

    ``book``: the book to count by, where it is not the one in force; ``among``: only these cases, all open ones by default;
    ``editions``: kinds whose terms would go by the rules of that moment. Four queries a batch of cases, none a case.
    """
    for _, found in stale(center, now=now, book=book, among=among, editions=editions):
        yield from found


def stale(
    center: Center,
    *,
    now: datetime,
    book: TermBook | None = None,
    among: MessageQuerySet | None = None,
    editions: Editions | None = None,
) -> Iterator[tuple[int, list[Move]]]:
    """Cases that ``recount`` would change, by id, with the moves of each; none where only the moment of a threat changes."""
    book = book or book_of(center)
    cases = (Message.objects.get_queryset().open() if among is None else among).filter(center=center)
    batch = list(_plain(cases).order_by("pk")[:BATCH])
    while batch:
        yield from _stale_of(batch, book=book, now=now, editions=editions or {})
        batch = list(_plain(cases).filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH]) if len(batch) == BATCH else []


def recount(
    center: Center,
    message_ids: Iterable[int],
    *,
    now: datetime,
    actor: Actor,
    why: dict[str, Any],
    book: TermBook | None = None,
    editions: Editions | None = None,
) -> list[Move]:
    """Bring the terms of the cases to what the calendar and the rules now ask for; the running ones that moved.

    Each case is locked and changed in a transaction of its own: people work on meanwhile, and a run that was cut off is
    repeated as it was. ``why`` goes into the history beside each move. ``editions``, where given, are kept with the case.
    """
    with memo.remembering():
        book = book or book_of(center)
        return [
            move
            for message_id in message_ids
            for move in _one(center, message_id, book=book, now=now, actor=actor, why=why, editions=editions or {})
        ]


@transaction.atomic
def _one(
    center: Center,
    message_id: int,
    *,
    book: TermBook,
    now: datetime,
    actor: Actor,
    why: dict[str, Any],
    editions: Editions,
) -> list[Move]:
    """One case; nothing is written where it is as it should be or has been closed meanwhile."""
    rows = Message.objects.get_queryset().open().filter(center=center, pk=message_id)
    batch = list(_plain(rows).select_for_update(of=("self",), no_key=True))
    found = list(_stale_of(batch, book=book, now=now, editions=editions))
    for message in batch:
        if editions:
            message.editions = {**message.editions, **{str(kind): moment.isoformat() for kind, moment in editions.items()}}
            message.save(update_fields=["editions"])
        if found or editions:
            deadlines.sync(message, now=now, actor=actor, book=book, why=why)
    return [move for _, made in found for move in made]


def _plain(cases: MessageQuerySet) -> MessageQuerySet:
    """Cases without their texts, with what their terms depend on."""
    return cases.select_related("source", "leading__source").defer("search", "text", "leading__search", "leading__text")


def _stale_of(
    batch: Sequence[Message], *, book: TermBook, now: datetime, editions: Editions
) -> Iterator[tuple[int, list[Move]]]:
    """Three queries, whatever the number of cases."""
    running = _running(batch)
    put_off = put_off_of(batch)
    for message in batch:
        facts = facts_of(message, put_off[message.pk])
        wanted = book.wanted(message, facts, editions={**editions_of(message), **editions})
        asked = {one.kind: one for one in wanted if one.met_at is None and not one.void}
        pairs = [(kind, running[message.pk].get(kind), asked.get(kind)) for kind in Kind]
        changed = [pair for pair in pairs if _changes(pair[1], pair[2], book, now)]
        if changed:
            found = (_move(message, kind, row, one, now) for kind, row, one in changed)
            yield message.pk, [move for move in found if move.old_due_at != move.new_due_at]


def _running(batch: Sequence[Message]) -> dict[int, dict[Kind, Deadline]]:
    """Terms not met and still asked for, by case and kind. One query."""
    found: dict[int, dict[Kind, Deadline]] = defaultdict(dict)
    rows = Deadline.objects.filter(
        message__in=[message.pk for message in batch], cycle=F("message__cycle"), met_at__isnull=True, void_at__isnull=True
    )
    for row in rows:
        found[row.message_id][Kind(row.kind)] = row
    return found


def _changes(row: Deadline | None, one: Wanted | None, book: TermBook, now: datetime) -> bool:
    """Whether ``deadlines.sync`` would change the term. What has passed stays as it is."""
    if row is not None and row.due_at < now:
        return False
    if row is None or one is None:
        return not (row is None and one is None)
    if row.started_at != one.started_at:
        return True
    threat_at = book.threat_at(one.rule, row.started_at, one.due_at)
    return (row.due_at, row.threat_at, row.rule_id) != (one.due_at, threat_at, one.rule.id)


def _move(message: Message, kind: Kind, row: Deadline | None, one: Wanted | None, now: datetime) -> Move:
    """How the term changes."""
    old, new = row.due_at if row else None, one.due_at if one else None
    late_before, late_after = old is not None and old < now, new is not None and new < now
    return Move(message.pk, message.number, kind, old, new, becomes_late=late_after and not late_before)
