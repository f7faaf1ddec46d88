"""Lines over time, with the plan as a dashed line and gaps where there is no data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.safestring import SafeString

from reports.charts.pen import SIZE, Pen, breadth, fit, join
from reports.charts.plot import BASE, FOOT, Plot, runs
from reports.charts.shapes import Series, finite, nice

STYLES: Final = 4  # of lines; a fifth would look like one of them
NAME: Final = 130  # the room that the names of lines may take
PLAN: Final = "план"


def lines(series: Sequence[Series], *, title: str, width: int = 560, share: bool = False, paper: bool = False) -> SafeString:
    """Several lines bear their names at the right. ``share``: values of 0…1, their scale in percents."""
    pen = Pen(title, paper=paper)
    values = [value for one in series for value in (*(mark.value for mark in one.marks), *one.plan)]
    names = [fit(one.name, NAME) for one in series] if len(series) > 1 else []
    planned = any(value is not None for one in series for value in one.plan)
    room = max([breadth(name) for name in names] or [breadth(PLAN) if planned else 0])
    plot = Plot(
        pen,
        right=width - room - (24 if names else 10),
        count=max([len(one.marks) for one in series] or [0]),
        most=nice(max([finite(value) for value in values] or [0])),
    )
    drawn = [plot.grid(share=share), plot.dates(series[0].marks if series else ())]
    for number, one in enumerate(series):
        drawn.append(_plan(plot, one))
        drawn.append(_line(plot, one, number % STYLES + 1, alone=not names))
    return pen.sheet("lines", width, BASE + FOOT, *drawn, _ends(plot, series, names))


def _line(plot: Plot, one: Series, style: int, *, alone: bool) -> SafeString:
    pen, points = plot.pen, plot.points([mark.value for mark in one.marks])
    drawn = [pen.path(f"line{style}", run) for run in runs(points) if len(run) > 1]
    for point, mark in zip(points, one.marks, strict=True):
        if point is None:
            continue
        x, y = point
        inner = [_dot(pen, style, point)]
        if alone and breadth(mark.shown) <= plot.step:
            inner.append(pen.text("halo", x, y - 8, mark.shown, "middle"))
        words = mark.said if alone else f"{one.name}, {mark.said}"
        drawn.append(pen.mark(mark.url, words, *inner, hit=(x - 10, y - 10, 20, 20)))
    return join(*drawn)


_SHAPES: Final = {
    2: ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    3: ((0, -5), (5, 0), (0, 5), (-5, 0)),
    4: ((0, -5), (5, 4), (-5, 4)),
}


def _dot(pen: Pen, style: int, at: tuple[float, float]) -> SafeString:
    """Another shape for each line: a disc, a square, a diamond, a triangle."""
    x, y = at
    if style not in _SHAPES:
        return pen.circle(f"dot{style}", x, y, 4)
    return pen.path(f"dot{style}", [(x + dx, y + dy) for dx, dy in _SHAPES[style]], closed=True)


def _plan(plot: Plot, one: Series) -> SafeString:
    drawn = []
    for run in runs(plot.points(one.plan)):
        (first, y1), (last, y2) = run[0], run[-1]
        drawn.append(plot.pen.path("plan", [(first - plot.step / 2, y1), *run, (last + plot.step / 2, y2)]))
    return join(*drawn)


def _ends(plot: Plot, series: Sequence[Series], names: Sequence[str]) -> SafeString:
    """The names of the lines where they end, or of the plan of the only one; none over another."""
    wanted: list[tuple[float, str, int]] = []
    for number, one in enumerate(series):
        values = [mark.value for mark in one.marks] if names else one.plan
        last = next((value for value in reversed(values) if value is not None), None)
        if last is not None:
            wanted.append((plot.y(last), names[number] if names else PLAN, number % STYLES + 1))
    drawn, free = [], float("-inf")
    for y, name, style in sorted(wanted):
        free = max(y + 4, free + SIZE + 3)
        if names:
            drawn.append(_dot(plot.pen, style, (plot.right + 12, free - 4)))
        drawn.append(plot.pen.text("text", plot.right + (22 if names else 8), free, name))
    return join(*drawn)
