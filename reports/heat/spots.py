"""Проблемные точки (R97): where messages grow, answers come late or displease, worst first, with the words that say why."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcu.templatetags.mcu_ui import num, percent, signed
from reports import wording
from reports.heat.cube import NOBODY, Cells, Key, Sums

LINES: Final = 10
# A spot has at least so many messages, late answers, scores or overdue cases: of fewer nothing follows.
MESSAGES, GROWN, LATE, SCORES, OVERDUE = 5, 3, 2, 3, 3
LATE_SHARE, LOW_MEAN = 0.2, 3.5
_SURE: Final = 2.0  # growth of so many deviations of a Poisson count is hardly chance


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell is a spot: in words, how much it weighs, and the figure whose cases show it."""

    words: str
    weight: float
    figure: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell with its reasons, the heaviest first."""

    key: Key
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> float:
        return sum(reason.weight for reason in self.reasons)


def spots(cells: Cells, limit: int = LINES) -> list[Spot]:
    """The worst cells; one without a topic or a column is no place where something could be done."""
    found = [Spot(key, reasons) for key, sums in cells.items() if NOBODY not in key and (reasons := _reasons(sums))]
    return sorted(found, key=lambda spot: (-spot.weight, spot.key))[:limit]


def _reasons(sums: Sums) -> tuple[Reason, ...]:
    found = [reason for test in _TESTS if (reason := test(sums)) is not None]
    return tuple(sorted(found, key=lambda reason: -reason.weight))


def _growing(sums: Sums) -> Reason | None:
    sure = sums.change / math.sqrt(max(sums.before, 1))
    if sums.received < MESSAGES or sums.change < GROWN or sure < _SURE:
        return None
    return Reason(f"поступило {num(sums.received)}, раньше {num(sums.before)} ({signed(sums.change)})", sure, "received")


def _late(sums: Sums) -> Reason | None:
    asked = sums.in_time + sums.late
    if sums.late < LATE or sums.late < LATE_SHARE * asked:
        return None
    share = sums.late / asked
    words = f"с опозданием {num(sums.late)} из {num(asked)} ({percent(share)})"
    return Reason(words, share * math.sqrt(sums.late) * 4, "late")


def _displeasing(sums: Sums) -> Reason | None:
    if sums.mean is None or sums.scores < SCORES or sums.mean >= LOW_MEAN:
        return None
    words = f"средняя оценка {wording.mean(sums.mean)}, оценок {num(sums.scores)}"
    return Reason(words, (LOW_MEAN - sums.mean) * math.sqrt(sums.scores), "scored")


def _overdue(sums: Sums) -> Reason | None:
    if sums.overdue < OVERDUE:
        return None
    return Reason(f"просрочено сейчас {num(sums.overdue)}", math.sqrt(sums.overdue), "overdue")


_TESTS: Final[tuple[Callable[[Sums], Reason | None], ...]] = (_growing, _late, _displeasing, _overdue)
