"""Bars and columns: numbers side by side, with a tick where each stood the period before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from reports.charts.pen import Pen, breadth, fit
from reports.charts.shapes import Mark, finite

NARROW: Final = 460  # under this the labels stand over the bars, as on a phone
ROW, THICK, NUMBER = 24, 14, 62
OVER: Final = 40  # a row whose label stands over its bar
COLUMN_TOP, COLUMN_HIGH, COLUMN_FOOT, COLUMN_GAP = 18, 120, 20, 10


@dataclass(frozen=True, slots=True)
class _Rows:
    """How rows of bars lie: ``left`` is where bars begin, ``length`` the full one, ``row`` the height of a row."""

    width: float
    left: float
    length: float
    row: float
    full: float

    @property
    def over(self) -> bool:
        return self.row == OVER


def bars(marks: Sequence[Mark], *, title: str, width: int = 360, most: float | None = None, paper: bool = False) -> SafeString:
    """Horizontal bars, one a row; the tick across a bar is the period before. ``most`` is the full length."""
    pen = Pen(title, paper=paper)
    narrow = width < NARROW
    left = 0 if narrow else width * 0.4
    rows = _Rows(width, left, width - left - NUMBER, OVER if narrow else ROW, _full(marks, most))
    drawn = [_bar(pen, mark, number * rows.row, rows) for number, mark in enumerate(marks)]
    return pen.sheet("bars", width, max(len(marks), 1) * rows.row, *drawn)


def _bar(pen: Pen, mark: Mark, top: float, rows: _Rows) -> SafeString:
    y = top + (OVER - THICK - 4 if rows.over else (ROW - THICK) / 2)
    name, room = (y - 5, rows.width) if rows.over else (y + THICK - 3, rows.left - 10)
    drawn = [
        pen.text("text", 0, name, fit(mark.label, room)),
        pen.rect("base", rows.left, y, rows.length, THICK),
        pen.rect("bar", rows.left, y, min(finite(mark.value) / rows.full, 1) * rows.length, THICK),
    ]
    if mark.before is not None:
        tick = min(max(finite(mark.before), 0) / rows.full * rows.length, rows.length - 2)
        drawn.append(pen.rect("tick", rows.left + tick, y - 3, 2, THICK + 6))
    drawn.append(pen.text("strong", rows.width, y + THICK - 3, mark.shown, "end"))
    return pen.mark(mark.url, mark.said, *drawn, hit=(0, top, rows.width, rows.row))


def column_chart(
    marks: Sequence[Mark], *, title: str, width: int = 520, most: float | None = None, paper: bool = False
) -> SafeString:
    """Columns from left to right; numbers over them, labels under them, the period before as a tick across."""
    pen = Pen(title, paper=paper)
    full = _full(marks, most)
    step = width / max(len(marks), 1)
    drawn = [_column(pen, mark, number * step, step, full) for number, mark in enumerate(marks)]
    foot = COLUMN_TOP + COLUMN_HIGH
    return pen.sheet("columns", width, foot + COLUMN_FOOT, pen.line("axis", 0, foot, width, foot), *drawn)


def _column(pen: Pen, mark: Mark, x: float, step: float, full: float) -> SafeString:
    foot, thick, middle = COLUMN_TOP + COLUMN_HIGH, max(step - COLUMN_GAP, step / 2), x + step / 2
    high = min(finite(mark.value) / full, 1) * COLUMN_HIGH
    before = min(finite(mark.before) / full, 1) * COLUMN_HIGH
    left = middle - thick / 2
    drawn = [pen.rect("bar", left, foot - high, thick, high)]
    if mark.before is not None:
        drawn.append(pen.rect("tick", left - 3, foot - before - 1, thick + 6, 2))
    over = max(high, before) if mark.before is not None and before - high < COLUMN_TOP else high
    shown = mark.shown if breadth(mark.shown) <= step else ""
    drawn += [
        pen.text("strong", middle, foot - over - 5, shown, "middle"),
        pen.text("label", middle, foot + 15, fit(mark.label, step), "middle"),
    ]
    return pen.mark(mark.url, mark.said, *drawn, hit=(x, 0, step, foot + COLUMN_FOOT))


def _full(marks: Sequence[Mark], most: float | None) -> float:
    numbers = [most] if most else [value for mark in marks for value in (mark.value, mark.before)]
    return max([finite(value) for value in numbers] or [0]) or 1
