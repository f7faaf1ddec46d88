"""The names that numbers stand under: blocks of the Center in the charter's order, people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import CharField, Value

from blocks.models import Block, Center
from mcu.models import User
from reports.panels.numbers import NOBODY


@dataclass(frozen=True, slots=True)
class Names:
    """``blocks`` in order with their short names; ``people`` by id."""

    blocks: dict[int, str]
    people: dict[int, str]


def names_of(center: Center, people: Iterable[int] = ()) -> Names:
    """Open blocks and the people asked for. One query."""
    blocks = (
        Block.objects.filter(center=center, closed_at__isnull=True)
        .order_by()
        .annotate(kind=Value("block", CharField()))
        .values_list("kind", "order", "pk", "short")
    )
    users = (
        User.objects.filter(pk__in=set(people) - {NOBODY})
        .order_by()
        .annotate(kind=Value("person", CharField()), place=Value(0))
        .values_list("kind", "place", "pk", "full_name")
    )
    rows = sorted(blocks.union(users, all=True))
    return Names(
        blocks={pk: name for kind, _, pk, name in rows if kind == "block"},
        people={pk: User(full_name=name).short_name for kind, _, pk, name in rows if kind == "person"},
    )
