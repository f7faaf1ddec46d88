"""Which rules fit a message and what they do: the first with a block acts, marking ones before it add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from mcu.text import folded
from messages.automatic.words import Phrase, Text


@dataclass(frozen=True)
class Facts:
    """What rules ask about a message: as it came, before anybody has sorted it."""

    source_id: int
    topic_id: int | None = None
    settlement_id: int | None = None
    text: str = ""
    sender: str = ""  # name, mail and link, one under another

    @cached_property
    def written(self) -> Text:
        return Text(self.text)

    @cached_property
    def signed(self) -> str:
        return " ".join(folded(self.sender).split())


@dataclass(frozen=True, slots=True)
class Hint:
    """What the Center's own cases suggest; ``confidence`` in per cent."""

    block_id: int
    recipient_id: int | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule made ready to be asked many times. Empty conditions mean «any»."""

    pk: int
    name: str
    version: int = 1
    sources: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()
    settlements: frozenset[int] = frozenset()
    phrases: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    sender: str = ""
    confidence: int | None = None
    block_id: int | None = None
    recipient_id: int | None = None
    responsible_id: int | None = None
    fast_track: bool = False
    tag: str = ""

    @property
    def moves(self) -> bool:
        """Whether it hands over; else it only marks and the next rules are asked too."""
        return self.block_id is not None or self.confidence is not None

    def fits(self, facts: Facts) -> bool:
        """Whether every condition but the confidence holds; cheap ones first."""
        if self.sources and facts.source_id not in self.sources:
            return False
        if self.topics and facts.topic_id not in self.topics:
            return False
        if self.settlements and facts.settlement_id not in self.settlements:
            return False
        if self.sender and self.sender not in facts.signed:
            return False
        if self.phrases and not any(phrase.stands_in(facts.written) for phrase in self.phrases):
            return False
        return not any(phrase.stands_in(facts.written) for phrase in self.without)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a message: who marks it, who hands it over, and where to."""

    markers: tuple[Rule, ...] = field(default=())
    mover: Rule | None = None
    block_id: int | None = None
    recipient_id: int | None = None

    def __bool__(self) -> bool:
        return bool(self.markers) or self.mover is not None


def decide(rules: Iterable[Rule], facts: Facts, hint: Callable[[], Hint | None]) -> Decision:
    """Ask the rules in their order. ``hint`` is called only where a rule by confidence fits otherwise, and once."""
    markers: list[Rule] = []
    asked: list[Hint | None] = []
    for rule in rules:
        if not rule.fits(facts):
            continue
        if not rule.moves:
            markers.append(rule)
            continue
        if rule.confidence is None:
            return Decision(tuple(markers), rule, rule.block_id, rule.recipient_id)
        if not asked:
            asked.append(hint())
        if (found := asked[0]) is not None and found.confidence >= rule.confidence:
            return Decision(tuple(markers), rule, found.block_id, found.recipient_id)
    return Decision(tuple(markers))
