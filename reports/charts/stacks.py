"""Weeks as columns of parts one over another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from reports.charts.pen import Pen, breadth, join
from reports.charts.plot import BASE, FOOT, HIGH, Plot
from reports.charts.shapes import Series, finite, nice, plain

PARTS: Final = 5  # fills that differ without colour
THICK: Final = 0.7  # of a week's place
KEY: Final = 20  # the height of a line of the key


def stacked(series: Sequence[Series], *, title: str, width: int = 560, paper: bool = False) -> SafeString:
    """A series a part, the first at the foot; all have the same weeks. What the parts are stands over the columns."""
    pen = Pen(title, paper=paper)
    weeks = list(zip(*(one.marks for one in series), strict=True))
    sums = [sum(finite(mark.value) for mark in week) for week in weeks]
    plot = Plot(pen, right=width, count=len(weeks), most=nice(max(sums or [0])))
    key, rows = _key(pen, [one.name for one in series], width)
    drawn = [plot.grid(), plot.dates(series[0].marks if series else ())]
    for number, whole in enumerate(sums):
        drawn.append(_week(plot, series, number))
        if breadth(plain(whole)) <= plot.step:
            drawn.append(pen.text("strong", plot.x(number), plot.y(whole) - 4, plain(whole), "middle"))
    body = format_html('<g transform="translate(0 {})">{}</g>', rows * KEY, join(*drawn))
    return pen.sheet("stacked", width, rows * KEY + BASE + FOOT, key, body)


def _week(plot: Plot, series: Sequence[Series], number: int) -> SafeString:
    drawn, foot, wide = [], float(BASE), plot.step * THICK
    for place, one in enumerate(series):
        mark = one.marks[number]
        high = finite(mark.value) / plot.most * HIGH
        if high > 0:
            foot -= high
            part = plot.pen.rect(f"part{place % PARTS + 1}", plot.x(number) - wide / 2, foot, wide, high)
            drawn.append(plot.pen.mark(mark.url, f"{one.name}, {mark.said}", part))
    return join(*drawn)


def _key(pen: Pen, names: Sequence[str], width: float) -> tuple[SafeString, int]:
    """What each part is, and how many lines that took."""
    drawn, x, row = [], 0.0, 0
    for number, name in enumerate(names):
        wide = breadth(name) + 34
        if x and x + wide > width:
            x, row = 0.0, row + 1
        drawn.append(pen.rect(f"part{number % PARTS + 1}", x + 0.5, row * KEY + 2, 14, 12))
        drawn.append(pen.text("text", x + 20, row * KEY + 13, name))
        x += wide
    return join(*drawn), (row + 1 if names else 0)
