"""The heat matrix: rows by columns, a shade and the number in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from reports.charts.pen import LETTER, SIZE, Pen, breadth, fit
from reports.charts.shapes import NO_DATA, Cell

HIGH, WIDE, ROOM = 26, 46, 200
DARK: Final = 5  # the shade on which words are light
SLOPE: Final = 34  # how high the heads of the columns are, in letters that fit


def matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Cell]],
    *,
    title: str,
    wide: int = WIDE,
    paper: bool = False,
) -> SafeString:
    """``cells[row][column]``. The names of columns stand upright, so that many find room."""
    pen = Pen(title, paper=paper)
    left = min(ROOM, max([breadth(name) + 10 for name in rows] or [0]))
    head = min(SLOPE * SIZE * LETTER, max([breadth(name) + 8 for name in columns] or [0]))
    drawn = [_head(pen, name, left + (n + 0.5) * wide, head) for n, name in enumerate(columns)]
    for number, name in enumerate(rows):
        top = head + number * HIGH
        drawn.append(pen.text("text", 0, top + 17, fit(name, left - 8)))
        for place, cell in enumerate(cells[number]):
            drawn.append(_cell(pen, cell, f"{name}, {columns[place]}", (left + place * wide, top, wide, HIGH)))
    return pen.sheet("matrix", max(left + len(columns) * wide, 1), max(head + len(rows) * HIGH, HIGH), *drawn)


def _head(pen: Pen, name: str, x: float, head: float) -> SafeString:
    return pen.text("label", x + 4, head - 5, fit(name, head), turned=True)


def _cell(pen: Pen, cell: Cell, of: str, box: tuple[float, float, float, float]) -> SafeString:
    x, y, wide, high = box
    level = max(0, min(cell.level, DARK))
    drawn = [pen.rect(f"heat{level}", x, y, wide, high)]
    if cell.shown:
        drawn.append(pen.text("light" if level == DARK else "text", x + wide / 2, y + 17, fit(cell.shown, wide), "middle"))
    return pen.mark(cell.url, f"{of}: {cell.shown or NO_DATA}", *drawn)
