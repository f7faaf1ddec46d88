"""Keyset pages: the place in a list is the last row's sort value and id, so page 500 costs what page 1 does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q, QuerySet

from messages.models import Message

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Order:
    """By one moment with the id as tie-break, up or down."""

    field: str
    descending: bool

    def by(self, *, backwards: bool = False) -> tuple[str, str]:
        sign = "-" if self.descending != backwards else ""
        return f"{sign}{self.field}", f"{sign}id"


NEAREST_TERM: Final = Order("next_due_at", descending=False)
NEWEST: Final = Order("received_at", descending=True)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; the cursors are empty at its ends."""

    items: list[Message]
    newer: str
    older: str


def page(rows: QuerySet[Message], order: Order, *, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """The page after or before a cursor; a cursor that is no cursor gives the first page. One query."""
    backwards = bool(before) and not after
    place = _read(before if backwards else after)
    if place is None:
        backwards, found = False, rows
    else:
        found = rows.filter(_beyond(order, place, backwards=backwards))
    items = list(found.order_by(*order.by(backwards=backwards))[: size + 1])
    more, items = len(items) > size, items[:size]
    if backwards:
        items.reverse()
    has_newer = more if backwards else place is not None
    has_older = True if backwards else more
    return Page(
        items,
        newer=_write(items[0], order) if items and has_newer else "",
        older=_write(items[-1], order) if items and has_older else "",
    )


def _beyond(order: Order, place: tuple[datetime, int], *, backwards: bool) -> Q:
    """Rows beyond the place. The first condition alone lets the index start there."""
    than = "lt" if order.descending != backwards else "gt"
    moment, pk = place
    return Q(**{f"{order.field}__{than}e": moment}) & (Q(**{f"{order.field}__{than}": moment}) | Q(**{f"id__{than}": pk}))


def _write(message: Message, order: Order) -> str:
    return f"{getattr(message, order.field).isoformat()}_{message.pk}"


def cursor_before(message: Message, order: Order) -> str:
    """A cursor after which this very row comes first."""
    return f"{getattr(message, order.field).isoformat()}_{message.pk + (1 if order.descending else -1)}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    moment, _, pk = cursor.rpartition("_")
    try:
        read = datetime.fromisoformat(moment)
        place = read.astimezone(UTC), int(pk)  # the database takes no offset of a whole day, which Python reads
    except (ValueError, OverflowError):
        return None
    return place if read.tzinfo and 0 < place[1] < 2**63 else None
