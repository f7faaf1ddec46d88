"""The Center's auto-rules: ready to be asked, what stops them, what they handed over and how often they missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from blocks.models import Center
from mcu.text import folded
from messages.automatic import Facts, Rule, phrase_of
from messages.models import AutoMove, AutoRule, Message
from messages.selectors.auto_rule_names import Names, names_of

RECENT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a rule handed over and missed."""

    moved: int = 0
    missed: int = 0

    @property
    def share(self) -> int | None:
        """Of its hand-overs, those that people left as they were, in per cent."""
        return round(100 * (self.moved - self.missed) / self.moved) if self.moved else None


def in_force(center: Center) -> QuerySet[AutoRule]:
    """The Center's rules in their order, without those taken out of the list."""
    rules = AutoRule.objects.filter(center=center, closed_at__isnull=True)
    return rules.select_related("tag", "responsible").order_by("order", "pk")


def find_rule(center: Center, pk: int) -> AutoRule | None:
    """A rule of the Center, taken out of the list or not. One query."""
    return AutoRule.objects.filter(center=center, pk=pk).select_related("tag", "responsible", "created_by").first()


def ready_rules(center: Center, now: datetime, *, until: AutoRule | None = None) -> list[Rule]:
    """Rules that are switched on and can be carried out; of these, only those before ``until``. Three queries."""
    rules = [rule for rule in in_force(center) if rule.enabled_at and _before(rule, until)]
    names = names_of(center, now) if rules else None
    return [ready(rule) for rule in rules if names and not stops(rule, names)]


def _before(rule: AutoRule, other: AutoRule | None) -> bool:
    return other is None or other._state.adding or (rule.order, rule.pk) < (other.order, other.pk)


def ready(rule: AutoRule) -> Rule:
    """The rule as it is asked."""
    return Rule(
        pk=rule.pk or 0,
        name=rule.name,
        version=rule.version,
        sources=frozenset(rule.sources),
        topics=frozenset(rule.topics),
        settlements=frozenset(rule.settlements),
        phrases=tuple(map(phrase_of, rule.words)),
        without=tuple(map(phrase_of, rule.without_words)),
        sender=" ".join(folded(rule.sender).split()),
        confidence=rule.confidence,
        block_id=rule.block_id,
        recipient_id=rule.recipient_id,
        responsible_id=rule.responsible_id,
        fast_track=rule.fast_track,
        tag=rule.tag.name if rule.tag else "",
    )


FACTS: Final = ("source_id", "topic_id", "settlement_id", "text", "url", "applicant__name", "applicant__email")


def with_facts(messages: QuerySet[Message], *more: str) -> QuerySet[Message, dict[str, Any]]:
    """Cases as rows of what rules ask, and ``more``. No query."""
    rows: QuerySet[Message, dict[str, Any]] = messages.values("pk", *FACTS, *more)
    return rows


def facts_of(row: Mapping[str, Any]) -> Facts:
    sender = (row["applicant__name"], row["applicant__email"], row["url"])
    return Facts(
        source_id=row["source_id"],
        topic_id=row["topic_id"],
        settlement_id=row["settlement_id"],
        text=row["text"],
        sender="\n".join(part for part in sender if part),
    )


def stops(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """Why the rule cannot be carried out: what it hands over to is no more. Such a rule is passed over."""
    found = []
    if rule.block_id and not names.is_open("block", rule.block_id):
        found.append(f"блок «{names.name('block', rule.block_id)}» закрыт")
    if rule.recipient_id and not names.is_open("recipient", rule.recipient_id):
        found.append(f"получатель «{names.name('recipient', rule.recipient_id)}» закрыт")
    if rule.responsible and rule.block_id not in names.responsibles().get(rule.responsible.pk, ("", set()))[1]:
        found.append(f"{rule.responsible.short_name} больше не отвечает за этот блок")
    return tuple(found)


def tallies_of(center: Center, *, since: datetime) -> dict[int, Tally]:
    """Hand-overs and misses of every rule of the Center since the moment. One query, by the index alone."""
    rules = AutoRule.objects.filter(center=center).values("pk")
    moves = AutoMove.objects.filter(rule__in=rules, at__gte=since).order_by().values("rule_id")
    counted = moves.annotate(moved=Count("pk"), missed=Count("pk", filter=Q(missed_at__isnull=False)))
    return {row["rule_id"]: Tally(row["moved"], row["missed"]) for row in counted}


def moves_of(rule: AutoRule) -> QuerySet[AutoMove]:
    """Hand-overs of the rule, the last first, with their cases."""
    moves = AutoMove.objects.filter(rule=rule).select_related("message", "message__block", "message__source")
    return moves.order_by("-at", "-pk")
