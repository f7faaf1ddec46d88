"""Many counts in one query: every number of a panel is a branch of one UNION, each read by its own index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Aggregate, Count, F, FloatField, IntegerField, Max, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

KEPT_FOR: Final = 300  # seconds
NOBODY: Final = 0  # the key of cases without a block or a responsible
_COLUMNS: Final = ("cell_figure", "cell_first", "cell_second", "cell_n", "cell_value")


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows counted under a name, apart by one or two keys where they are given; ``value`` is one more aggregate."""

    figure: str
    rows: QuerySet[Any]
    first: str | Combinable | None = None
    second: str | Combinable | None = None
    value: Aggregate | None = None
    n: Aggregate | None = None

    def query(self) -> QuerySet[Any, Any]:
        """One part of the UNION."""
        keys = {
            "cell_figure": Value(self.figure),
            "cell_first": _key(self.first),
            "cell_second": _key(self.second),
        }
        value = Max(Value(0.0), output_field=FloatField()) if self.value is None else self.value
        counted: QuerySet[Any, Any] = (
            self.rows.order_by()
            .values(**keys)
            .annotate(cell_n=self.n or Count("*"), cell_value=Cast(value, FloatField()))
            .values_list(*_COLUMNS)
        )
        return counted


@dataclass(frozen=True, slots=True)
class Cell:
    first: int
    second: int
    n: int
    value: float | None


class Numbers:
    """What was counted, by figure. Plain data, so that it can be kept."""

    def __init__(self, cells: dict[str, list[Cell]]) -> None:
        self._cells = cells

    def with_(self, other: Numbers) -> Numbers:
        """Both together."""
        return Numbers(self._cells | other._cells)

    def total(self, figure: str) -> int:
        """The count of a figure whatever its keys."""
        return sum(cell.n for cell in self._cells.get(figure, ()))

    def value(self, figure: str) -> float | None:
        """The one value of a figure without keys; None where there was nothing to reckon it of."""
        cells = [cell for cell in self._cells.get(figure, ()) if cell.n]
        return cells[0].value if cells else None

    def values_by_first(self, figure: str) -> dict[int, float | None]:
        return {cell.first: cell.value for cell in self._cells.get(figure, ())}

    def by_first(self, figure: str) -> dict[int, int]:
        """Counts by the first key."""
        return _summed((cell.first, cell.n) for cell in self._cells.get(figure, ()))

    def by_second(self, figure: str) -> dict[int, int]:
        """Counts by the second key."""
        return _summed((cell.second, cell.n) for cell in self._cells.get(figure, ()))

    def cells(self, figure: str) -> list[Cell]:
        return self._cells.get(figure, [])


def count(branches: Sequence[Branch]) -> Numbers:
    """All branches in one query."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    first, *others = [branch.query() for branch in branches]
    for figure, one, two, n, value in first.union(*others, all=True) if others else first:
        cells[figure].append(Cell(one, two, n, value))
    return Numbers(cells)


def kept(key: str, branches: Callable[[], Sequence[Branch]]) -> Numbers:
    """The same for counts that move slowly and cost much (weeks, medians): kept for some minutes under the key.

    With the cache down they are counted each time.
    """
    found: Numbers | None = cache.get(key)
    if found is None:
        found = count(branches())
        cache.set(key, found, KEPT_FOR)
    return found


def _key(key: str | Combinable | None) -> Combinable:
    if key is None:
        return Value(NOBODY)
    return Coalesce(F(key) if isinstance(key, str) else key, Value(NOBODY), output_field=IntegerField())


def _summed(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for key, n in pairs:
        found[key] += n
    return dict(found)
