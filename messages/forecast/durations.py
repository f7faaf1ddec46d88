"""How long things of one kind take: gathered one by one, kept as quantiles, asked for the share that takes longer."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

STEPS: Final = 40
"""Into how many equal parts the quantiles cut what was seen: 0, 2.5, 5 … 100 per cent."""

_MEDIAN: Final = 0.5
_P90: Final = 0.9


@dataclass(frozen=True, slots=True)
class Durations:
    """Of ``count`` durations seen to their end, in seconds: quantiles from the 0th to the 100th per cent in equal steps."""

    count: int
    quantiles: tuple[int, ...]

    def longer(self, seconds: float) -> float:
        """The share that takes longer than so many seconds; never grows with them, never 0.

        Between two quantiles it falls evenly. Beyond the longest seen it falls as one of ``count + 1`` would, ever slower:
        what has stood longer than anything before may stand as long again.
        """
        shortest, longest = self.quantiles[0], max(self.quantiles[-1], 1)
        rest = 1 / (self.count + 1)
        if seconds <= shortest:
            return 1.0
        if seconds >= longest:
            return rest * longest / seconds
        place = bisect_right(self.quantiles, seconds) - 1
        low, high = self.quantiles[place], self.quantiles[place + 1]
        gone = (place + (seconds - low) / (high - low)) / (len(self.quantiles) - 1)
        return rest + (1 - rest) * (1 - gone)


@dataclass(slots=True)
class Tally:
    """Durations as they are met; those not seen to their end are known to be at least so long."""

    ended: array[int] = field(default_factory=lambda: array("q"))
    cut: array[int] = field(default_factory=lambda: array("q"))

    def add(self, seconds: float, *, ended: bool) -> None:
        (self.ended if ended else self.cut).append(round(max(seconds, 0)))

    @property
    def count(self) -> int:
        return len(self.ended)

    def quantile(self, share: float) -> int:
        """The time by which this share has ended; the longest known where fewer have."""
        return self._quantiles([share])[0]

    def median(self) -> int:
        return self.quantile(_MEDIAN)

    def p90(self) -> int:
        return self.quantile(_P90)

    def durations(self) -> Durations:
        """What is kept of them."""
        return Durations(self.count, tuple(self._quantiles([place / STEPS for place in range(STEPS + 1)])))

    def _quantiles(self, shares: Sequence[float]) -> list[int]:
        """By the product-limit estimate (Kaplan, Meier 1958): what was cut short counts for as long as it was seen."""
        steps = list(_ended_by(self.ended, self.cut))
        if not steps:
            return [0] * len(shares)
        longest = max([steps[-1][0], *self.cut]) if steps[-1][1] < 1 else steps[-1][0]
        found = []
        for share in shares:
            found.append(next((seconds for seconds, gone in steps if gone >= share - 1e-9), longest))
        return found


def _ended_by(ended: Iterable[int], cut: Iterable[int]) -> Iterable[tuple[int, float]]:
    """Each moment at which something ended, with the share that has ended by then."""
    seen = sorted([*((seconds, 0) for seconds in ended), *((seconds, 1) for seconds in cut)])
    left, staying = len(seen), 1.0
    for seconds, same in groupby(seen, key=lambda one: one[0]):
        marks = [mark for _, mark in same]
        if over := marks.count(0):
            staying *= 1 - over / left
            yield seconds, 1 - staying
        left -= len(marks)
