"""The terms of one person for a calendar program: what the person holds now, and may see now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from blocks.actors import Actor
from blocks.models import Center
from blocks.selectors import roster_of
from messages.models import Deadline, Message, MessageEvent
from messages.selectors.pressure import running_terms
from messages.selectors.terms.holding import held_by

MOST: Final = 500


@dataclass(slots=True)
class Moves:
    """How often a term of a case moved, and when it did last."""

    count: int
    last: datetime


def terms_held(actor: Actor, center: Center, now: datetime) -> list[Deadline]:
    """The nearest running terms of the cases that are the person's now. Two queries."""
    mine = Message.objects.visible_to(actor).open().filter(held_by(actor.user_id, roster_of(center, now)))
    rows = running_terms(center.pk).filter(message__in=mine.values("pk"))
    names = rows.select_related("rule", "message__source", "message__block", "message__topic")
    return list(names.defer("message__text", "message__search").order_by("due_at", "pk")[:MOST])


def moves_of(terms: Iterable[Deadline]) -> dict[tuple[int, str], Moves]:
    """By case and kind: what the history says of terms that moved. One query, by the index of a case's history."""
    found: dict[tuple[int, str], Moves] = {}
    rows = MessageEvent.objects.filter(message__in=[term.message_id for term in terms], code="term")
    for case, kind, at in rows.order_by("at", "id").values_list("message_id", "data__kind", "at"):
        known = found.setdefault((case, kind), Moves(0, at))
        known.count, known.last = known.count + 1, at
    return found
