"""The field that lines and stacked weeks are drawn on: its scale, its grid and its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import percent
from reports.charts.pen import Pen, breadth, join
from reports.charts.shapes import Mark, finite, plain

TOP, HIGH, FOOT, LEFT = 18, 170, 22, 46
BASE: Final = TOP + HIGH
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """From the axis of values to ``right``, ``count`` steps wide, values of 0 to ``most``."""

    pen: Pen
    right: float
    count: int
    most: float

    @property
    def step(self) -> float:
        """How wide one mark's place is."""
        return (self.right - LEFT) / max(self.count, 1)

    def x(self, number: int) -> float:
        """The middle of a mark's place."""
        return LEFT + self.step * (number + 0.5)

    def y(self, value: float | None) -> float:
        """Where a value lies, within the field."""
        return TOP + HIGH * (1 - max(min(finite(value) / self.most, 1), 0))

    def points(self, values: Sequence[float | None]) -> list[Point | None]:
        """Where the values lie; None where there is no data."""
        return [None if value is None else (self.x(number), self.y(value)) for number, value in enumerate(values)]

    def grid(self, *, share: bool = False) -> SafeString:
        """The lines of nothing, half and all of the scale, with their numbers."""
        drawn = []
        for part in (0, 0.5, 1):
            value = self.most * part
            y = self.y(value)
            words = percent(value) if share else plain(value)
            drawn.append(self.pen.line("grid" if part else "axis", LEFT, y, self.right, y))
            drawn.append(self.pen.text("label", LEFT - 6, y + 4, words, "end"))
        return join(*drawn)

    def dates(self, marks: Sequence[Mark]) -> SafeString:
        """The labels under the marks, as many as find room."""
        widest = max([breadth(mark.label) + 8 for mark in marks] or [1])
        every = max(int(-(-widest // max(self.step, 1))), 1)
        return join(
            *(
                self.pen.text("label", self.x(number), BASE + 16, mark.label, "middle")
                for number, mark in enumerate(marks)
                if number % every == 0
            )
        )


def runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """The stretches without a gap."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [run for run in found if run]
