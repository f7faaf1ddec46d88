"""The model as pages use it: numpy alone, the same features as at learning. A guess is a share for every choice. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from messages.suggesting.words import phrases, pieces, stems

Floats = npt.NDArray[np.floating]
KINDS: Final = ("block", "topic", "recipient")
PARTS: Final = ("phrases", "pieces", "marks")  # groups of features; each is brought to length one by itself
TRUST_TOPIC: Final = 0.5  # how much of the word about a block comes from its topics
TRUST_HABIT: Final = 0.5  # … about a recipient from where cases of the topic went
_KNOWN: Final = 0.5
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of a message: its text and marks like «place:12» that may be told from one another, nothing else."""

    text: str
    marks: tuple[str, ...] = ()

    def features(self, part: str) -> Sequence[str]:
        """The features of one part, with repetitions."""
        if part == "phrases":
            return phrases(self.text)
        return pieces(self.text) if part == "pieces" else self.marks


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice with its share of certainty from 0 to 1."""

    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Part:
    """A group of features: which are known, how rare each is, how much the group weighs."""

    terms: tuple[str, ...]
    rarity: Floats
    weight: float
    places: Mapping[str, int] = field(repr=False)

    @classmethod
    def of(cls, terms: Sequence[str], rarity: Floats, weight: float) -> Part:
        return cls(tuple(terms), rarity, weight, {term: place for place, term in enumerate(terms)})

    def vector(self, features: Sequence[str]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places and values of the known features: 1 + ln of how often each is met, by rarity, of length ``weight``."""
        counts = Counter(place for feature in features if (place := self.places.get(feature)) is not None)
        places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        values = (1 + np.log(often)) * self.rarity[places]
        length = float(np.sqrt(values @ values))
        return places, values * (self.weight / length) if length else values


@dataclass(frozen=True)
class Model:
    """Weights of every feature for every choice, and how the three questions hang together."""

    parts: tuple[Part, ...]  # by PARTS
    labels: Mapping[str, tuple[str, ...]]  # by KINDS
    weights: npt.NDArray[np.float16]  # a line for each feature, parts one after another; columns: choices, kinds in their order
    bias: Floats
    slopes: Mapping[str, float]  # how steeply a score becomes a share
    block_of_topic: Floats  # shares: a line for each topic
    recipient_of_topic: Floats

    @cached_property
    def _columns(self) -> dict[str, slice]:
        ends = np.cumsum([0, *(len(self.labels[kind]) for kind in KINDS)])
        return {kind: slice(ends[place], ends[place + 1]) for place, kind in enumerate(KINDS)}

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *np.cumsum([len(part.terms) for part in self.parts]).tolist()]

    def vector(self, letter: Letter) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places and values of all features of the letter that are known."""
        found = [part.vector(letter.features(name)) for name, part in zip(PARTS, self.parts, strict=True)]
        places = np.concatenate([places + start for (places, _), start in zip(found, self._starts, strict=False)])
        return places, np.concatenate([values for _, values in found])

    def scores(self, letter: Letter) -> Floats:
        """The bare sum of weights, for each column."""
        places, values = self.vector(letter)
        total: Floats = values @ self.weights[places].astype(np.float64) + self.bias
        return total

    def shares(self, letter: Letter) -> dict[str, Floats]:
        """How certain each choice of each kind is, by the order of ``labels``; each kind sums up to one."""
        scores = self.scores(letter)[np.newaxis]
        trust = self._trust(letter)
        own = {
            kind: trust * softmax(scores[:, columns], self.slopes[kind]) + (1 - trust) * self._usual[kind]
            for kind, columns in self._columns.items()
        }
        agreed = agree(own, self.block_of_topic, self.recipient_of_topic)
        return {kind: found[0] for kind, found in agreed.items()}

    def _trust(self, letter: Letter) -> float:
        """One where at least half of the words are known; a letter of other words is met as usual, not with certainty."""
        words = set(stems(letter.text))
        known = sum(word in self.parts[0].places for word in words)
        return min(known / (_KNOWN * len(words)), 1.0) if words else 0.0

    @cached_property
    def _usual(self) -> dict[str, Floats]:
        """How often each choice is made, of which the bias tells."""
        found = {kind: np.maximum(self.bias[columns], _LEAST) for kind, columns in self._columns.items()}
        return {kind: shares / max(float(shares.sum()), _LEAST) for kind, shares in found.items()}

    def guess(self, letter: Letter, first: int = 3) -> dict[str, list[Choice]]:
        """The likeliest choices of each kind, the best first."""
        return {kind: self._best(kind, found, first) for kind, found in self.shares(letter).items()}

    def _best(self, kind: str, shares: Floats, first: int) -> list[Choice]:
        order = np.argsort(-shares, kind="stable")[:first]
        return [Choice(self.labels[kind][place], float(shares[place])) for place in order]


def softmax(scores: Floats, slope: float) -> Floats:
    """Shares of each line."""
    if not scores.shape[1]:
        return scores
    steep = scores * slope
    raised = np.exp(steep - steep.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def agree(own: Mapping[str, Floats], block_of_topic: Floats, recipient_of_topic: Floats) -> dict[str, Floats]:
    """Let the three questions hear each other: topics speak for blocks, blocks for topics, topics for recipients."""
    block, topic, recipient = (own[kind] for kind in KINDS)
    if topic.shape[1] and block.shape[1]:
        by_topic = topic @ block_of_topic
        block = _mixed(block, by_topic, TRUST_TOPIC)
        topic = topic * ((block / np.maximum(by_topic, _LEAST)) @ block_of_topic.T)
        topic = topic / np.maximum(topic.sum(axis=1, keepdims=True), _LEAST)
    if topic.shape[1] and recipient.shape[1]:
        recipient = _mixed(recipient, topic @ recipient_of_topic, TRUST_HABIT)
    return {"block": block, "topic": topic, "recipient": recipient}


def _mixed(first: Floats, second: Floats, trust: float) -> Floats:
    """Both words multiplied, the second with the weight ``trust``, summing up to one again."""
    raised = np.exp((1 - trust) * np.log(first + _LEAST) + trust * np.log(second + _LEAST))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares
