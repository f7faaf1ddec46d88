"""Keyset pages: the place in a list is the last row's moment and id, so page 500 costs what page 1 does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

PAGE: Final = 50

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Order:
    """By one moment with the id as tie-break, up or down."""

    field: str
    descending: bool

    def by(self, *, backwards: bool = False) -> tuple[str, str]:
        sign = "-" if self.descending != backwards else ""
        return f"{sign}{self.field}", f"{sign}id"


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page of a list; the cursors are empty at its ends."""

    items: list[M]
    newer: str
    older: str


def page(rows: QuerySet[M], order: Order, *, after: str = "", before: str = "", size: int = PAGE) -> Page[M]:
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
        newer=_cursor(items[0], order) if items and has_newer else "",
        older=_cursor(items[-1], order) if items and has_older else "",
    )


def cursor_before(row: Model, order: Order) -> str:
    """A cursor after which this very row comes first."""
    return _cursor(row, order, step=1 if order.descending else -1)


def is_cursor(words: str) -> bool:
    """Whether the words are a place in a list."""
    return _read(words) is not None


def _beyond(order: Order, place: tuple[datetime, int], *, backwards: bool) -> Q:
    """Rows beyond the place. The first condition alone lets the index start there."""
    than = "lt" if order.descending != backwards else "gt"
    moment, pk = place
    return Q(**{f"{order.field}__{than}e": moment}) & (Q(**{f"{order.field}__{than}": moment}) | Q(**{f"id__{than}": pk}))


def _cursor(row: Model, order: Order, *, step: int = 0) -> str:
    return f"{getattr(row, order.field).isoformat()}_{row.pk + step}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    moment, _, pk = cursor.rpartition("_")
    try:
        read = datetime.fromisoformat(moment)
        place = read.astimezone(UTC), int(pk)  # the database takes no offset of a whole day, which Python reads
    except (ValueError, OverflowError):
        return None
    return place if read.tzinfo and 0 < place[1] < 2**63 else None
