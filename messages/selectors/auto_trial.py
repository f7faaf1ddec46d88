"""A rule tried on past messages: what it would have done, and where people had sent them. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.db.models.functions import Left

from blocks.actors import Actor
from blocks.models import Center
from messages.automatic import Hint, Rule, decide
from messages.masking import mask_for
from messages.models import AutoMove, AutoRule, Message, MessageQuerySet
from messages.selectors.auto_hints import hints_of
from messages.selectors.auto_rules import facts_of, ready, ready_rules, with_facts
from messages.selectors.rows import HEAD_LENGTH, MASKED_LENGTH
from messages.workflow import State

FEW: Final = 500
MOST: Final = 5000
_CASE: Final = ("center_id", "state", "block_id", "by_rule", "received_at")


@dataclass(frozen=True, slots=True)
class Sample:
    """Which past messages: the last ones, of a period where it is named. Never more than ``MOST``."""

    size: int = FEW
    since: datetime | None = None
    until: datetime | None = None

    def of(self, center: Center) -> MessageQuerySet:
        """Newest first. No query."""
        found = Message.objects.get_queryset().filter(center=center)
        if self.since:
            found = found.filter(received_at__gte=self.since)
        if self.until:
            found = found.filter(received_at__lt=self.until)
        return found.order_by("-received_at", "-id")[: min(self.size, MOST)]


@dataclass(frozen=True, slots=True)
class Hit:
    """A past message that the rule would have taken: where to, and where it is."""

    pk: int
    block_id: int | None
    real_block_id: int | None
    by_rule: bool

    @property
    def differs(self) -> bool:
        return self.block_id is not None and self.real_block_id is not None and self.block_id != self.real_block_id


@dataclass(slots=True)
class Trial:
    """What the rule would have done with a sample."""

    looked: int = 0
    since: datetime | None = None  # the oldest and the newest message looked at
    until: datetime | None = None
    hits: list[Hit] = field(default_factory=list)
    taken: Counter[int] = field(default_factory=Counter)
    """Messages that fit and that an earlier rule would have handed over first, by that rule."""

    @property
    def same(self) -> int:
        return sum(hit.block_id == hit.real_block_id for hit in self._by_people)

    @property
    def other(self) -> int:
        return sum(hit.differs for hit in self._by_people)

    @property
    def nowhere(self) -> int:
        """Still to be sorted, sent on to other bodies or left without an answer."""
        return sum(hit.real_block_id is None for hit in self.hits)

    @property
    def by_rules(self) -> int:
        """Handed over by rules and left so: they say nothing about what people would have done."""
        return sum(hit.by_rule and hit.real_block_id is not None for hit in self.hits)

    @property
    def agreement(self) -> int | None:
        """How often people had sent them to the same block, in per cent."""
        judged = self.same + self.other
        return round(100 * self.same / judged) if judged else None

    @property
    def differing(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.differs]

    @property
    def _by_people(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.real_block_id is not None and not hit.by_rule]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A past message as a line of the trial."""

    number: str
    url: str
    received_at: datetime
    source: str
    text: str
    would: str
    real: str
    differs: bool


def try_rule(center: Center, rule: AutoRule, sample: Sample, *, now: datetime) -> Trial:
    """Ask the rule, after those before it, about past messages, by suggestion of ``FEW`` at most. Eight queries at most."""
    tried, earlier = ready(rule), ready_rules(center, now, until=rule)
    if any(one.confidence is not None for one in (tried, *earlier)):
        sample = replace(sample, size=min(sample.size, FEW))  # a suggestion takes its milliseconds
    by_rule = Exists(AutoMove.objects.filter(message=OuterRef("pk"), missed_at__isnull=True))
    rows = list(with_facts(sample.of(center).annotate(by_rule=by_rule), *_CASE))
    trial = Trial(len(rows), rows[-1]["received_at"] if rows else None, rows[0]["received_at"] if rows else None)
    fitting = [(row, facts) for row in rows if tried.fits(facts := facts_of(row))]
    hints = _hints(center, [row for row, _ in fitting], tried, *earlier)
    for row, facts in fitting:
        hint = partial(hints.get, row["pk"])
        first = decide(earlier, facts, hint).mover
        if first is not None:
            trial.taken[first.pk] += 1
        elif decision := decide([tried], facts, hint):
            trial.hits.append(Hit(row["pk"], decision.block_id, row["block_id"], row["by_rule"]))
    return trial


def _hints(center: Center, rows: list[Mapping[str, Any]], *rules: Rule) -> dict[int, Hint | None]:
    """Suggestions for all of them at once, where a rule asks for any."""
    if not rows or all(rule.confidence is None for rule in rules):
        return {}
    return dict(zip((row["pk"] for row in rows), hints_of(center, rows), strict=True))


def rows_of(hits: list[Hit], *, center: Center, actor: Actor, blocks: Mapping[int, str]) -> list[TrialRow]:
    """Lines for some of the hits, in their order. One query."""
    shown = Message.objects.filter(pk__in=[hit.pk for hit in hits]).select_related("source").defer("text")
    messages = {message.pk: message for message in shown.annotate(head=Left("text", MASKED_LENGTH))}
    return [_row(hit, messages[hit.pk], center, actor, blocks) for hit in hits if hit.pk in messages]


def _row(hit: Hit, message: Message, center: Center, actor: Actor, blocks: Mapping[int, str]) -> TrialRow:
    text = mask_for(actor, message, vars(message)["head"])
    real = blocks.get(hit.real_block_id or 0, "")
    return TrialRow(
        number=message.number,
        url=f"/{center.slug}/messages/{message.number}/",
        received_at=message.received_at,
        source=message.source.short,
        text=text if len(text) <= HEAD_LENGTH else f"{text[:HEAD_LENGTH]}…",
        would=blocks.get(hit.block_id or 0, ""),
        real=real or State(message.state).label,
        differs=hit.differs,
    )
