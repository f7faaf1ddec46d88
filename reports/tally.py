"""Counts by dimension, key and figure while a report is counted; whatever was not counted is 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reports.cases import UNKNOWN
from reports.shape import Pair


class Tally:
    """A table of counts; ``total`` is a dimension with the one key ``all``."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, dict[str, Pair]]] = defaultdict(dict)

    def add(self, figure: str, number: Pair, **keys: object) -> None:
        """Add to the total and to each dimension named, under its key (None: «не указано»)."""
        for dimension, key in (("total", "all"), *keys.items()):
            row = self._counts[dimension].setdefault(UNKNOWN if key is None else str(key), {})
            pair = row.setdefault(figure, Pair(now=0, before=0))
            pair["now"] += number["now"]
            pair["before"] += number["before"]

    def counts(self, dimension: str, key: str, figures: Iterable[str]) -> dict[str, Pair]:
        """The counts of one key, figure by figure."""
        row = self._counts[dimension].get(key, {})
        return {figure: row.get(figure) or Pair(now=0, before=0) for figure in figures}

    def has(self, dimension: str, key: str) -> bool:
        """Whether anything at all was counted under the key."""
        return any(pair["now"] or pair["before"] for pair in self._counts[dimension].get(key, {}).values())
