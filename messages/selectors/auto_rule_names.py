"""The Center's lists that auto-rules name rows of, and today's people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When

from blocks.models import Block, Center, Recipient, Settlement, Source, Topic
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from mcu import memo


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the Center's lists, closed ones too."""

    name: str
    is_open: bool
    block_id: int | None = None  # of a topic


@dataclass(frozen=True, slots=True)
class Names:
    """The Center's lists by kind and id, and today's people."""

    rows: Mapping[str, Mapping[int, Known]]
    roster: Roster

    def name(self, kind: str, pk: int | None) -> str:
        known = self.rows[kind].get(pk or 0)
        return known.name if known else ""

    def is_open(self, kind: str, pk: int | None) -> bool:
        known = self.rows[kind].get(pk or 0)
        return known is not None and known.is_open

    def choices(self, kind: str) -> list[tuple[int, str]]:
        """What is still open, in the order of the charter."""
        return [(pk, known.name) for pk, known in self.rows[kind].items() if known.is_open]

    def responsibles(self) -> dict[int, tuple[str, set[int]]]:
        """Who answers for which blocks today: name and blocks by the person's id."""
        found: dict[int, tuple[str, set[int]]] = {}
        for post in self.roster.posts:
            if post.grant.role == Role.BLOCK_RESPONSIBLE and post.grant.block_id:
                found.setdefault(post.user_id, (post.name, set()))[1].add(post.grant.block_id)
        return found


def names_of(center: Center, now: datetime) -> Names:
    """The Center's lists, closed rows too, and its people. Two queries."""
    return memo.remembered(("names of rules", center.pk), lambda: _read_names(center, now))


def _read_names(center: Center, now: datetime) -> Names:
    parts = [
        _part("source", Source.objects.all(), "short"),
        _part("block", Block.objects.all(), "short"),
        _part("topic", Topic.objects.all(), "name", "block_id"),
        _part("settlement", Settlement.objects.all(), "name"),
        _part("recipient", Recipient.objects.all(), "name"),
    ]
    of_center = [part.filter(center=center) for part in parts]
    rows: dict[str, dict[int, Known]] = {kind: {} for kind in ("source", "block", "topic", "settlement", "recipient")}
    for kind, _, name, pk, state, block_id in sorted(of_center[0].union(*of_center[1:], all=True), key=lambda row: row[:3]):
        rows[kind][pk] = Known(name, state == "open", block_id or None)
    return Names(rows, roster_of(center, now))


def _part(kind: str, rows: QuerySet[Any], name: str, block: str = "") -> QuerySet[Any, Any]:
    state = Case(When(closed_at__isnull=True, then=Value("open")), default=Value("closed"), output_field=CharField())
    named = rows.order_by().annotate(
        row_kind=Value(kind), row_name=F(name), row_state=state, row_block=F(block) if block else Value(0)
    )
    found: QuerySet[Any, Any] = named.values_list("row_kind", "order", "row_name", "pk", "row_state", "row_block")
    return found
