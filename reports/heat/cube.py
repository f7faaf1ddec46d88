"""The numbers of the heat map: every figure of ``reports.cases`` by topic and column, in one query whatever the size.

Only sums are kept, so that a total of cells is their sum: shares and means are worked out of the sums when shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.core.cache import cache
from django.db.models import Q, QuerySet, Sum

from blocks.actors import Actor
from blocks.models import Center
from messages import policies
from messages.models import Message
from reports import answers, cases, present
from reports import policies as readers
from reports.heat import kept
from reports.panels.numbers import Branch, count
from reports.periods import Period, Span, Stretch

NOBODY: Final = 0  # the key of «не указано»
SHORT_DAYS: Final = 45
KEPT_FOR: Final = 300  # seconds


class Axis(StrEnum):
    """What stands over the columns."""

    SETTLEMENT = "settlement"
    RECIPIENT = "recipient"

    @property
    def column(self) -> str:
        return f"{self.value}_id"


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of a cell, a row, a column or of all."""

    received: int = 0
    before: int = 0
    in_time: int = 0
    late: int = 0
    scores: int = 0
    points: int = 0
    overdue: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def change(self) -> int:
        """Of what was received, against the period before."""
        return self.received - self.before

    @property
    def share(self) -> float | None:
        """Answered in time of all answered that had a term; None where there were none."""
        asked = self.in_time + self.late
        return self.in_time / asked if asked else None

    @property
    def mean(self) -> float | None:
        """The mean of the applicants' scores; None without any."""
        return self.points / self.scores if self.scores else None


Key = tuple[int, int]  # a topic and a column; NOBODY for none
Cells = Mapping[Key, Sums]


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which period and for whom it is counted. ``before`` is as long as what of the period is over."""

    center: Center
    period: Period
    actor: Actor
    now: datetime

    @property
    def stretch(self) -> Stretch:
        return self.period.until(self.now)

    @property
    def before(self) -> Stretch:
        """The period before; of one that goes on, its part up to the same time, or all would seem to fall."""
        earlier = self.period.previous()
        if self.period.start <= self.now < self.period.end:
            return Span(earlier.start, min(earlier.start + (self.now - self.period.start), earlier.end))
        return earlier

    @property
    def visible(self) -> Q:
        """The cases that may be counted for this person: an observer gets the numbers of the whole Center."""
        return Q() if readers.counts_whole_center(self.actor) else policies.rows(self.actor)


def kept_cells(scope: Scope, axis: Axis) -> tuple[Cells, datetime]:
    """The cells and the moment they were counted at: over months they cost much and move slowly, so they are kept a while.

    With the cache down they are counted each time, as they always are for a part of the Center.
    """
    if scope.visible or scope.period.length <= SHORT_DAYS:
        return counted(scope, axis), scope.now
    key = f"heat:{scope.center.pk}:{scope.period.code}:{axis.value}"
    found: tuple[Cells, datetime] | None = cache.get(key)
    if found is None:
        found = counted(scope, axis), scope.now
        cache.set(key, found, KEPT_FOR)
    return found


def counted(scope: Scope, axis: Axis) -> Cells:
    """Every cell with a number in it. One query."""
    found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    numbers = count(_branches(scope, axis))
    for figure, adds in _ADDS.items():
        for cell in numbers.cells(figure):
            for name, sign in adds.items():
                found[cell.first, cell.second][name] += sign * cell.n
    for cell in numbers.cells("scores"):
        found[cell.first, cell.second]["points"] += round(cell.value or 0)
    return {key: Sums(**sums) for key, sums in found.items()}


# What each count adds to: of those answered and judged by a term, the late ones are not in time.
_ADDS: Final = {
    "received": {"received": 1},
    "before": {"before": 1},
    "overdue": {"overdue": 1},
    "scores": {"scores": 1},
    "judged": {"in_time": 1},
    "late": {"late": 1, "in_time": -1},
}


def _branches(scope: Scope, axis: Axis) -> list[Branch]:
    center, stretch = scope.center, scope.stretch

    def by_case(figure: str, rows: QuerySet[Message]) -> Branch:
        return Branch(figure, rows.filter(scope.visible), "topic_id", axis.column)

    given = answers.scores(center, stretch)
    if scope.visible:
        given = given.filter(message__in=Message.objects.filter(scope.visible))
    of_case = ("message__topic_id", f"message__{axis.column}")
    return [
        by_case("received", cases.received(center, stretch)),
        by_case("before", cases.received(center, scope.before)),
        by_case("overdue", present.overdue(center, scope.now)),
        Branch("scores", given, *of_case, value=Sum("score")),
        *(by_case("judged", part.judged) for part in kept.parts(center, stretch)),
        *(by_case("late", part.late) for part in kept.parts(center, stretch)),
    ]


def summed(cells: Iterable[Sums]) -> Sums:
    """All of them together."""
    return sum(cells, Sums())
