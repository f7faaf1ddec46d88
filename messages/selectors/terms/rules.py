"""The page of rules: those in force by kind, their earlier editions, and who changed what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from blocks.models import Center, DeadlineRule
from messages.models import RuleChange
from messages.selectors.terms import rule_words as said
from messages.terms import Kind

LOG: Final = 30


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a rule in words."""

    row: DeadlineRule
    conditions: str
    basis: str
    amount: str
    counted: str
    warnings: str
    ladder: list[str]
    pauses: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it is in force (or was last) and its earlier editions, the latest first."""

    edition: Edition
    earlier: list[Edition]


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one kind."""

    kind: str
    title: str
    lines: list[RuleLine]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a Center."""

    groups: list[Group]
    ended: list[RuleLine]


def rules_of(center: Center) -> Rules:
    """The rules with every edition. One query."""
    editions: dict[str, list[DeadlineRule]] = defaultdict(list)
    rows = DeadlineRule.objects.filter(center=center).select_related("source", "topic", "made_by")
    for row in rows.order_by("order", "-pk"):
        editions[row.code].append(row)
    in_force: dict[str, list[RuleLine]] = defaultdict(list)
    ended = []
    for of_code in sorted(editions.values(), key=lambda of_code: of_code[0].order):
        of_code.sort(key=lambda row: row.pk, reverse=True)
        line = RuleLine(edition_of(of_code[0]), [edition_of(row) for row in of_code[1:]])
        if of_code[0].closed_at is None:
            in_force[of_code[0].kind].append(line)
        else:
            ended.append(line)
    groups = [Group(kind, said.kind_words(kind), in_force[kind]) for kind in Kind if in_force[kind]]
    return Rules(groups, ended)


def edition_of(row: DeadlineRule) -> Edition:
    """An edition in words; source and topic are joined by the caller."""
    return Edition(
        row=row,
        conditions=said.conditions_words(row),
        basis=said.basis_words(row),
        amount=said.amount_words(row),
        counted=said.counted_words(row),
        warnings=said.warnings_words(row),
        ladder=said.ladder_words(row),
        pauses=said.pauses_words(row),
    )


def changes_of(center: Center) -> list[RuleChange]:
    """The last changes, the newest first. One query."""
    return list(RuleChange.objects.filter(center=center).order_by("-at", "-pk")[:LOG])


def find_edition(center: Center, pk: int) -> DeadlineRule | None:
    """The edition if it is the Center's, whether in force or not. One query."""
    return DeadlineRule.objects.filter(center=center, pk=pk).select_related("source", "topic").first()
