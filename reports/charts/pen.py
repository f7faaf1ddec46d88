"""The pen that every chart is drawn with: for a page it writes classes, for paper the attributes themselves.

On a page colours come from the tokens by static/css/charts.css and marks are links. On paper (``paper=True``) the drawing
stands alone: colours and type are written out, links are left out, and typst sets it with the product's PT Sans.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import svgnum
from reports.charts.shapes import finite

SIZE: Final = 12  # of letters, in units of the drawing: pixels of a page that shows it at its own width
LETTER: Final = 0.62  # the mean width of a letter, of its size
INK, GREY, EDGE, LINE, PALE, BLUE, RED, AMBER = (
    "#1b1d20",
    "#575c63",
    "#85888c",
    "#dcdad3",
    "#ecebe6",
    "#1c4fb5",
    "#b0221a",
    "#b87400",
)
_TEXT: Final = {"fill": INK, "font-size": f"{SIZE}"}
_STROKE: Final = {"fill": "none", "stroke-width": "2", "stroke-linejoin": "round"}
# How each role looks on paper; charts.css says the same with tokens for pages.
PAPER: Final[Mapping[str, Mapping[str, str]]] = {
    "text": _TEXT,
    "label": {**_TEXT, "fill": GREY},
    "strong": {**_TEXT, "font-weight": "700"},
    "light": {**_TEXT, "fill": "#ffffff"},
    "bar": {"fill": EDGE},
    "base": {"fill": PALE},
    "tick": {"fill": INK},
    "axis": {"stroke": EDGE, "stroke-width": "1"},
    "grid": {"stroke": LINE, "stroke-width": "1"},
    "plan": {"fill": "none", "stroke": INK, "stroke-width": "1.5", "stroke-dasharray": "6 4"},
    "line1": {**_STROKE, "stroke": BLUE},
    "line2": {**_STROKE, "stroke": INK, "stroke-dasharray": "2 3"},
    "line3": {**_STROKE, "stroke": AMBER, "stroke-dasharray": "10 3"},
    "line4": {**_STROKE, "stroke": EDGE, "stroke-dasharray": "10 3 2 3"},
    "dot1": {"fill": BLUE},
    "dot2": {"fill": INK},
    "dot3": {"fill": AMBER},
    "dot4": {"fill": EDGE},
    "part1": {"fill": "#b5b7b9", "stroke": INK, "stroke-width": "0.5"},
    "part2": {"stroke": INK, "stroke-width": "0.5"},
    "part3": {"fill": "#ffffff", "stroke": INK, "stroke-width": "0.5"},
    "part4": {"stroke": INK, "stroke-width": "0.5"},
    "part5": {"fill": INK},
    "hatch": {"stroke": INK, "stroke-width": "1.2"},
    "hatch-ground": {"fill": PALE},
    "speck": {"fill": INK},
    "place-calm": {"fill": "#ffffff", "fill-opacity": "0.85", "stroke": INK, "stroke-width": "1.5"},
    "place-some": {"stroke": INK, "stroke-width": "1.5"},
    "place-much": {"fill": RED, "fill-opacity": "0.9", "stroke": INK, "stroke-width": "1.5"},
    "halo": {**_TEXT, "stroke": "#ffffff", "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"},
    "leader": {"stroke": GREY, "stroke-width": "0.75"},
    "heat0": {"fill": "#ffffff", "stroke": LINE, "stroke-width": "1"},
    "heat1": {"fill": "#e8edf7", "stroke": "#ffffff", "stroke-width": "1"},
    "heat2": {"fill": "#d1dbef", "stroke": "#ffffff", "stroke-width": "1"},
    "heat3": {"fill": "#b0c1e4", "stroke": "#ffffff", "stroke-width": "1"},
    "heat4": {"fill": "#8ea6d6", "stroke": "#ffffff", "stroke-width": "1"},
    "heat5": {"fill": BLUE, "stroke": "#ffffff", "stroke-width": "1"},
}
# Filled by a pattern, so that they differ without colour too.
_PATTERNS: Final[Mapping[str, str]] = {"part2": "hatch", "part4": "speck", "place-some": "hatch"}


class Pen:
    """Draws one chart. Keeps which patterns were used and whether anything became a link."""

    def __init__(self, title: str, *, paper: bool) -> None:
        self.title, self.paper = title, paper
        self._prefix = f"c{zlib.crc32(title.encode()):x}"
        self._patterns: set[str] = set()
        self._linked = False

    def rect(self, role: str, x: float, y: float, width: float, height: float) -> SafeString:
        return self._tag("rect", role, {"x": x, "y": y, "width": max(finite(width), 0), "height": max(finite(height), 0)})

    def line(self, role: str, x1: float, y1: float, x2: float, y2: float) -> SafeString:
        return self._tag("line", role, {"x1": x1, "y1": y1, "x2": x2, "y2": y2})

    def circle(self, role: str, x: float, y: float, radius: float) -> SafeString:
        return self._tag("circle", role, {"cx": x, "cy": y, "r": radius})

    def path(self, role: str, points: Sequence[tuple[float, float]], *, closed: bool = False) -> SafeString:
        """A broken line through the points."""
        steps = " ".join(f"{'L' if place else 'M'}{_n(x)} {_n(y)}" for place, (x, y) in enumerate(points))
        return self._tag("path", role, {}, {"d": f"{steps}Z" if closed else steps})

    def text(self, role: str, x: float, y: float, words: str, anchor: str = "start", *, turned: bool = False) -> SafeString:
        """Words on the baseline ``y``; ``anchor`` is start, middle or end; ``turned`` they read upwards."""
        marks = {"text-anchor": anchor} if anchor != "start" else {}
        if turned:
            marks["transform"] = f"rotate(-90 {_n(x)} {_n(y)})"
        return self._tag("text", role, {"x": x, "y": y}, marks, words)

    def mark(
        self, url: str, words: str, *drawn: SafeString, hit: tuple[float, float, float, float] | None = None
    ) -> SafeString:
        """A mark with its name: on a page a link to its cases; ``hit`` is the box that takes the pointer and the focus."""
        inner = join(*drawn)
        if self.paper:
            return inner
        box = self.rect("hit", *hit) if hit else SafeString("")
        if not url:
            return format_html('<g role="img" aria-label="{}"><title>{}</title>{}{}</g>', words, words, box, inner)
        self._linked = True
        return format_html(
            '<a class="chart__mark" href="{}" aria-label="{}"><title>{}</title>{}{}</a>', url, words, words, box, inner
        )

    def sheet(self, kind: str, width: float, height: float, *drawn: SafeString) -> SafeString:
        """The whole drawing with its name."""
        defs = self._defs()
        if self.paper:
            return format_html(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" font-family="PT Sans">'
                "<title>{title}</title>{defs}{drawn}</svg>",
                w=_n(width),
                h=_n(height),
                title=self.title,
                defs=defs,
                drawn=join(*drawn),
            )
        return format_html(
            '<svg class="chart chart--{kind}" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="{role}" '
            'aria-label="{title}" focusable="false">{defs}{drawn}</svg>',
            kind=kind,
            w=_n(width),
            h=_n(height),
            role="group" if self._linked else "img",
            title=self.title,
            defs=defs,
            drawn=join(*drawn),
        )

    def _tag(
        self,
        name: str,
        role: str,
        numbers: Mapping[str, float],
        words: Mapping[str, str] | None = None,
        inner: str = "",
    ) -> SafeString:
        attributes = {key: _n(value) for key, value in numbers.items()} | dict(words or {}) | self._look(role)
        written = format_html_join("", ' {}="{}"', attributes.items())
        if name == "text":
            return format_html("<text{}>{}</text>", written, inner)
        return format_html("<{}{}/>", name, written)

    def _look(self, role: str) -> dict[str, str]:
        look = dict(PAPER[role]) if self.paper else {"class": f"chart__{role}"}
        if pattern := _PATTERNS.get(role):
            self._patterns.add(pattern)
            look["fill"] = f"url(#{self._prefix}-{pattern})"
        return look

    def _defs(self) -> SafeString:
        drawn = {
            "hatch": lambda: join(
                self.rect("hatch-ground", 0, 0, 6, 6), self.path("hatch", [(-1, 1), (1, -1)]),
                self.path("hatch", [(0, 6), (6, 0)]), self.path("hatch", [(5, 7), (7, 5)]),
            ),
            "speck": lambda: join(self.rect("hatch-ground", 0, 0, 6, 6), self.circle("speck", 2, 2, 1.1)),
        }  # fmt: skip
        parts = [
            format_html(
                '<pattern id="{}-{}" width="6" height="6" patternUnits="userSpaceOnUse">{}</pattern>',
                self._prefix,
                name,
                drawn[name](),
            )
            for name in sorted(self._patterns)
        ]
        return format_html("<defs>{}</defs>", join(*parts)) if parts else SafeString("")


def join(*parts: SafeString) -> SafeString:
    """Pieces of a drawing one after another."""
    return format_html_join("", "{}", ((part,) for part in parts))


def fit(words: str, width: float, size: float = SIZE) -> str:
    """The words cut to the width, with an ellipsis; the whole of them stands in the mark's name."""
    room = max(int(width / (size * LETTER)), 1)
    return words if len(words) <= room else words[: max(room - 1, 1)].rstrip() + "…"


def breadth(words: str, size: float = SIZE) -> float:
    """About how wide the words are."""
    return len(words) * size * LETTER


def _n(value: float) -> str:
    return svgnum(finite(value))
