"""How often the first choice and one of the first three is right, and what always saying the usual would give. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from messages.suggesting.model import Floats

FIRST: Final = 3


@dataclass(frozen=True, slots=True)
class OfChoice:
    """One choice: in how many cases it was right, how often it was named first, and how often both."""

    label: str
    right: int
    named: int
    hits: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of ``cases`` from 0 to 1; ``usual`` and ``usual3``: always the most frequent one, the three most frequent."""

    cases: int = 0
    top1: float = 0.0
    top3: float = 0.0
    usual: float = 0.0
    usual3: float = 0.0
    sure: float = 0.0  # the mean certainty of the first choice: honest where it is near top1
    choices: tuple[OfChoice, ...] = ()

    @property
    def helps(self) -> bool:
        """Better than always the most frequent choice, and not by chance of a case or two."""
        return self.cases > 0 and (self.top1 - self.usual) * self.cases > 2 * np.sqrt(self.cases) / 2

    def plain(self) -> dict[str, Any]:
        """As the lesson keeps it."""
        figures = ("top1", "top3", "usual", "usual3", "sure")
        shares = {name: round(float(getattr(self, name)), 4) for name in figures}
        return {"cases": self.cases, **shares, "helps": bool(self.helps)}


def accuracy_of(shares: Floats, given: npt.NDArray[np.int64], labels: Sequence[str]) -> Accuracy:
    """``shares``: a line for each case; ``given``: the place of what was right, -1 where it is not known or no choice."""
    known = np.flatnonzero(given >= 0)
    if not len(known) or not labels:
        return Accuracy()
    order = np.argsort(-shares[known], axis=1, kind="stable")[:, :FIRST]
    right = given[known]
    counts = np.bincount(right, minlength=len(labels))
    first = order[:, 0]
    usual = np.sort(counts)[::-1]
    return Accuracy(
        cases=len(known),
        top1=float(np.mean(first == right)),
        top3=float(np.mean((order == right[:, np.newaxis]).any(axis=1))),
        usual=float(usual[0] / len(known)),
        usual3=float(usual[:FIRST].sum() / len(known)),
        sure=float(np.mean(shares[known, first])),
        choices=tuple(
            OfChoice(label, int(counts[place]), int(np.sum(first == place)), int(np.sum((first == place) & (right == place))))
            for place, label in enumerate(labels)
        ),
    )
