"""Filters kept under a name, and how a person has the register."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, Value

from blocks.actors import Actor
from blocks.models import Center
from messages.models import SavedFilter
from messages.selectors.register.columns import IN_ADDRESS
from messages.selectors.register.filters import Filters
from messages.selectors.register.found import register

COUNTED: Final = 1000  # a count says no more than that


@dataclass(frozen=True, slots=True)
class Saved:
    """A kept filter as a line of the menu; ``address`` is the register's query with its columns."""

    pk: int
    name: str
    query: str
    address: str
    shared: bool
    own: bool
    owner: str
    first: bool = False
    count: str = ""  # how many it finds now, where that was asked for


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person has: own filters, the Center's shared ones, own columns, the address the register opens with."""

    mine: list[Saved] = field(default_factory=list)
    shared: list[Saved] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    opens: str = ""

    @property
    def all(self) -> list[Saved]:
        return [*self.mine, *self.shared]

    @property
    def groups(self) -> list[tuple[str, list[Saved]]]:
        return [("Мои отборы", self.mine), ("Общие", self.shared)]


def kept(actor: Actor, center: Center) -> Kept:
    """One query."""
    rows = SavedFilter.objects.filter(Q(owner=actor.user_id) | Q(shared=True), center=center).select_related("owner")
    own = next((row for row in rows if row.owner_id == actor.user_id and not row.name), None)
    opens = own.query if own else ""
    saved = sorted((_saved(row, actor, opens) for row in rows if row.name), key=lambda one: one.name.casefold())
    return Kept(
        mine=[one for one in saved if one.own and not one.shared],
        shared=[one for one in saved if one.shared],
        columns=tuple(own.columns) if own else (),
        opens=opens,
    )


def address_of(query: str, columns: list[str] | tuple[str, ...]) -> str:
    """The register's query: filters first, the columns after them."""
    return urlencode({**dict(parse_qsl(query)), **({IN_ADDRESS: ",".join(columns)} if columns else {})}, safe=",")


def counted(own: Kept, *, actor: Actor, center: Center, now: datetime) -> Kept:
    """The same with how many cases each finds now. One query for all, and one for each that looks for words."""
    parts = []
    for one in own.all:
        rows = register(actor=actor, center=center, filters=Filters.read(dict(parse_qsl(one.query))), now=now)
        parts.append(rows.order_by().annotate(part=Value(one.pk)).values_list("part")[: COUNTED + 1])
    found: Counter[int] = Counter()
    if parts:
        found.update(pk for (pk,) in (parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]))

    def said(rows: list[Saved]) -> list[Saved]:
        return [replace(one, count=f"{COUNTED}+" if found[one.pk] > COUNTED else str(found[one.pk])) for one in rows]

    return replace(own, mine=said(own.mine), shared=said(own.shared))


def _saved(row: SavedFilter, actor: Actor, opens: str) -> Saved:
    address = address_of(row.query, row.columns)
    return Saved(
        pk=row.pk,
        name=row.name,
        query=row.query,
        address=address,
        shared=row.shared,
        own=row.owner_id == actor.user_id,
        owner=row.owner.short_name,
        first=bool(opens) and opens == address,
    )
