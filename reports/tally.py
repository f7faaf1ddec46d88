"""Counts by dimension, key and figure while a report is counted; whatever was not counted is 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from reports.cases import UNKNOWN
from reports.shape import SIDES, MaybePair, Pair, Side

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

    def ratio(self, dimension: str, key: str, part: str, *whole: str, digits: int = 4) -> MaybePair:
        """A share or a mean for the three sides; None where there is nothing to divide by (no data, never 0)."""
        values: list[float | None] = []
        for side in SIDES:
            row = self._counts[side].get((dimension, key), _NOTHING)
            divided_by = sum(row.get(figure, 0) for figure in whole)
            values.append(round(row.get(part, 0) / divided_by, digits) if divided_by else None)
        return MaybePair(now=values[0], before=values[1], year=values[2])

    def has(self, dimension: str, key: str) -> bool:
        """Whether anything at all was counted under the key."""
        return any(any(counts.get((dimension, key), _NOTHING).values()) for counts in self._counts.values())

    def keys(self, dimension: str) -> set[str]:
        """The keys under which something was counted."""
        return {key for counts in self._counts.values() for named, key in counts if named == dimension}


_EVERYTHING: Final = (TOTAL, ALL)
