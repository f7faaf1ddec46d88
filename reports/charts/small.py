"""Small multiples: many little lines on one scale, to be compared at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import percent
from reports.charts.pen import Pen, fit, join
from reports.charts.plot import Point, runs
from reports.charts.shapes import NO_DATA, Series, finite, nice

WIDE, HIGH, HEAD = 168, 40, 42
FOOT = HEAD + HIGH
GAP = 24


def multiples(series: Sequence[Series], *, title: str, across: int = 3, share: bool = False, paper: bool = False) -> SafeString:
    """On a page a list that folds by itself, on paper one drawing, so many ``across``."""
    values = [value for one in series for value in (*(mark.value for mark in one.marks), *one.plan)]
    most = nice(max([finite(value) for value in values] or [0]))
    if not paper:
        alone = ((_alone(one, most, share=share),) for one in series)
        return format_html('<ul class="multiples" aria-label="{}">{}</ul>', title, format_html_join("", "<li>{}</li>", alone))
    pen = Pen(title, paper=True)
    wide, high = WIDE + GAP, FOOT + GAP + 8
    placed = (
        (number % across * wide, number // across * high, _small(pen, one, most, share=share))
        for number, one in enumerate(series)
    )
    drawn = format_html_join("", '<g transform="translate({} {})">{}</g>', placed)
    return pen.sheet("multiples", across * wide - GAP, max(-(-len(series) // across), 1) * high, drawn)


def _alone(one: Series, most: float, *, share: bool) -> SafeString:
    pen = Pen(one.name, paper=False)
    drawn = _small(pen, one, most, share=share)
    return pen.sheet("small", WIDE, FOOT + 16, drawn)


def _small(pen: Pen, one: Series, most: float, *, share: bool) -> SafeString:
    last = one.marks[-1] if one.marks else None
    points = _placed([mark.value for mark in one.marks], most)
    drawn = [
        pen.text("text", 0, 12, fit(one.name, WIDE)),
        pen.text("strong", 0, 29, _headline(one, share=share)),
        pen.line("axis", 0, FOOT, WIDE, FOOT),
        *(pen.path("plan", run) for run in runs(_placed(one.plan, most)) if len(run) > 1),
        *(pen.path("line1", run) for run in runs(points) if len(run) > 1),
    ]
    for point, mark in zip(points, one.marks, strict=True):
        if point is not None:
            step = WIDE / len(one.marks)
            dot = pen.circle("dot1", *point, 3 if mark is last else 2)
            box = (point[0] - step / 2, HEAD - 6, step, HIGH + 6)
            drawn.append(pen.mark(mark.url, f"{one.name}, {mark.said}", dot, hit=box))
    return join(*drawn, _dates(pen, one))


def _headline(one: Series, *, share: bool) -> str:
    """The last date's number, never an earlier one's: «нет данных за октябрь»."""
    if all(mark.value is None for mark in one.marks):
        return NO_DATA
    last = one.marks[-1]
    if last.value is None:
        return fit(f"{NO_DATA} за {last.label}", WIDE)
    return percent(last.value) if share and not last.words else last.shown


def _placed(values: Sequence[float | None], most: float) -> list[Point | None]:
    return [None if value is None else _place(number, len(values), value / most) for number, value in enumerate(values)]


def _place(number: int, count: int, part: float) -> Point:
    return WIDE * (number + 0.5) / count, FOOT - max(min(finite(part), 1), 0) * HIGH


def _dates(pen: Pen, one: Series) -> SafeString:
    """The first and the last date."""
    if not one.marks:
        return SafeString("")
    first = pen.text("label", 0, FOOT + 13, one.marks[0].label)
    return join(first, pen.text("label", WIDE, FOOT + 13, one.marks[-1].label, "end")) if len(one.marks) > 1 else first
