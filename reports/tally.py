"""Counts by dimension, key and figure while a report is counted; whatever was not counted is 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from reports.cases import UNKNOWN
from reports.shape import SIDES, MaybePair, Pair, Ratio, Side

TOTAL: Final = "total"
ALL: Final = "all"
_NOTHING: Final[dict[str, int]] = {}


class Tally:
    """A table of counts for each side; ``total`` is a dimension with the one key ``all``."""

    def __init__(self) -> None:
        self._counts: dict[Side, dict[tuple[str, str], dict[str, int]]] = {side: defaultdict(dict) for side in SIDES}

    def add(self, side: Side, numbers: Mapping[str, int], keys: Mapping[str, object]) -> None:
        """Add figures to the total and to each dimension named, under its key (None: «не указано»)."""
        counts = self._counts[side]
        places = [(dimension, UNKNOWN if key is None else str(key)) for dimension, key in keys.items()]
        for place in (_EVERYTHING, *places):
            row = counts[place]
            for figure, number in numbers.items():
                row[figure] = row.get(figure, 0) + number

    def pair(self, dimension: str, key: str, figure: str) -> Pair:
        """One count for the three sides."""
        now, before, year = (counts.get((dimension, key), _NOTHING).get(figure, 0) for counts in self._counts.values())
        return Pair(now=now, before=before, year=year)

    def counts(self, dimension: str, key: str, figures: Iterable[str]) -> dict[str, Pair]:
        """The counts of one key, figure by figure."""
        return {figure: self.pair(dimension, key, figure) for figure in figures}

    def ratio(self, dimension: str, key: str, part: str, *whole: str, digits: int = 4, unit: int = 1) -> dict[Side, Ratio]:
        """A share or a mean on each side; None where there is nothing to divide by. ``unit``: what the part is counted in."""
        found: dict[Side, Ratio] = {}
        for side in SIDES:
            row = self._counts[side].get((dimension, key), _NOTHING)
            numerator, denominator = row.get(part, 0) / unit, sum(row.get(figure, 0) for figure in whole)
            value = round(numerator / denominator, digits) if denominator else None
            found[side] = Ratio(value=value, numerator=round(numerator, 3), denominator=denominator)
        return found

    def has(self, dimension: str, key: str) -> bool:
        """Whether anything at all was counted under the key."""
        return any(any(counts.get((dimension, key), _NOTHING).values()) for counts in self._counts.values())

    def keys(self, dimension: str) -> set[str]:
        """The keys under which something was counted."""
        return {key for counts in self._counts.values() for named, key in counts if named == dimension}


def values(ratio: dict[Side, Ratio]) -> MaybePair:
    """A share or a mean without what it was divided of."""
    return MaybePair(now=ratio["now"]["value"], before=ratio["before"]["value"], year=ratio["year"]["value"])


_EVERYTHING: Final = (TOTAL, ALL)
