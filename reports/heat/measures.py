"""What a cell of the heat map may show: its value, its words, its shade and where its cases are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcu.templatetags.mcu_ui import num, percent, signed
from reports import wording
from reports.heat.cube import Sums

SHADES: Final = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """One of four; ``steps`` are the borders of its shades, from the best to the worst, where a deeper colour means worse."""

    code: str
    title: str
    legend: str
    value: Callable[[Sums], float | None]
    words: Callable[[Sums], str]
    said: Callable[[Sums], str]
    figure: Callable[[Sums], str]
    steps: tuple[float, ...] = ()
    is_now: bool = False  # stands now, whatever the period

    def level(self, sums: Sums, most: float) -> int:
        """The shade, 0 to 5: of a count by its part of the largest, of a mark by the borders."""
        value = self.value(sums)
        if value is None or (value <= 0 and not self.steps):
            return 0
        if self.steps:
            return 1 + sum(value < step for step in self.steps)
        return min(SHADES, max(1, math.ceil(math.sqrt(value / max(most, 1)) * SHADES - 1e-9)))


def _count(value: int) -> float | None:
    return value or None


def _received(sums: Sums) -> str:
    return f"поступило {num(sums.received)}, раньше {num(sums.before)} ({signed(sums.change)})"


def _in_time(sums: Sums) -> str:
    asked = sums.in_time + sums.late
    return f"в срок {num(sums.in_time)} из {num(asked)}" if asked else "ответов со сроком нет"


def _scored(sums: Sums) -> str:
    return f"средняя оценка {_mean(sums)}, оценок {num(sums.scores)}" if sums.scores else "оценок нет"


def _mean(sums: Sums) -> str:
    return "" if sums.mean is None else wording.mean(sums.mean)


MEASURES: Final = {
    measure.code: measure
    for measure in (
        Measure(
            "received",
            "Поступило",
            "Чем гуще цвет, тем больше поступило. Мелко — изменение к периоду раньше.",
            lambda sums: _count(sums.received),
            lambda sums: num(sums.received) if sums.received or sums.before else "",
            _received,
            lambda _: "received",
        ),
        Measure(
            "in_time",
            "В срок",
            "Доля ответов в срок; чем гуще цвет, тем ниже: до 95, 90, 80 и 60 %.",
            lambda sums: sums.share,
            lambda sums: "" if sums.share is None else percent(sums.share),
            _in_time,
            lambda sums: "late" if sums.late else "in_time",
            steps=(0.95, 0.9, 0.8, 0.6),
        ),
        Measure(
            "score",
            "Оценка заявителей",
            "Средняя оценка ответов; чем гуще цвет, тем ниже: до 4,5, 4, 3,5 и 3.",
            lambda sums: sums.mean,
            _mean,
            _scored,
            lambda _: "scored",
            steps=(4.5, 4, 3.5, 3),
        ),
        Measure(
            "overdue",
            "Просрочено сейчас",
            "Дела в работе с истекшим сроком на эту минуту; чем гуще цвет, тем больше.",
            lambda sums: _count(sums.overdue),
            lambda sums: num(sums.overdue) if sums.overdue else "",
            lambda sums: f"просрочено сейчас {num(sums.overdue)}",
            lambda _: "overdue",
            is_now=True,
        ),
    )
}
