"""The map of settlements: circles where they lie, as large as their messages, darker the more of their answers was late."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from mcu.templatetags.mcu_ui import num
from reports.charts.pen import SIZE, Pen, breadth, join
from reports.charts.shapes import Place, finite

MARGIN, LEAST, LARGEST, KEY = 34.0, 4.0, 26.0, 24
SOME, MUCH = 0.1, 0.3  # shares of late answers from which a circle is hatched, from which it is full
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The map; who found no room for a label on it, who has no coordinates: both are listed beside it."""

    svg: SafeString
    unlabelled: tuple[Place, ...]
    off_map: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    place: Place
    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        return self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius


def settlements(places: Sequence[Place], *, title: str, width: int = 560, paper: bool = False) -> Drawn:
    """The map of those with coordinates; the largest circles lie lowest and are labelled first."""
    pen = Pen(title, paper=paper)
    spots, high = _placed([place for place in places if place.on_map], width)
    spots.sort(key=lambda spot: (-spot.place.count, spot.place.name))
    labels, unlabelled = _labelled(spots, width, high)
    drawn = [pen.mark(spot.place.url, spot.place.said, _circle(pen, spot)) for spot in spots]
    drawn += [pen.text("halo", x, y, words) for x, y, words in labels]
    svg = pen.sheet("places", width, high + KEY, *drawn, _key(pen, high))
    return Drawn(svg, tuple(unlabelled), tuple(place for place in places if not place.on_map))


def _circle(pen: Pen, spot: _Spot) -> SafeString:
    """The circle, and a wider one that takes the pointer where it is small."""
    return join(
        *([] if pen.paper else [pen.circle("hit", spot.x, spot.y, max(spot.radius, 12))]),
        pen.circle(_tone(spot.place.late), spot.x, spot.y, spot.radius),
    )


def _tone(late: float | None) -> str:
    if late is None or late < SOME:
        return "place-calm"
    return "place-some" if late < MUCH else "place-much"


def _placed(places: Sequence[Place], width: float) -> tuple[list[_Spot], float]:
    """A plain projection: a degree of longitude is shorter by the cosine of the middle latitude."""
    if not places:
        return [], MARGIN * 2
    lats, lons = [finite(place.lat) for place in places], [finite(place.lon) for place in places]
    shrink = max(math.cos(math.radians((min(lats) + max(lats)) / 2)), 0.05)
    wide, tall = (max(lons) - min(lons)) * shrink, max(lats) - min(lats)
    room = width - 2 * MARGIN - 90  # at the right, for the labels of the easternmost
    scale = min(room / wide if wide else math.inf, room * 0.7 / tall if tall else math.inf)
    scale = scale if math.isfinite(scale) else 0.0
    left = MARGIN + (room - wide * scale) / 2
    most = max([place.count for place in places] + [1])
    spots = [
        _Spot(
            place,
            left + (lon - min(lons)) * shrink * scale,
            MARGIN + (max(lats) - lat) * scale,
            max(LEAST, LARGEST * math.sqrt(max(place.count, 0) / most)),
        )
        for place, lat, lon in zip(places, lats, lons, strict=True)
    ]
    return spots, tall * scale + 2 * MARGIN


def _labelled(spots: Sequence[_Spot], width: float, high: float) -> tuple[list[tuple[float, float, str]], list[Place]]:
    """Each label at the first side of its circle where it touches nothing; without such a side it goes to the list."""
    taken: list[Box] = [spot.box for spot in spots]
    labels, unlabelled = [], []
    for spot in spots:
        words = f"{spot.place.name} {num(spot.place.count)}"
        free = next((box for box in _sides(spot, breadth(words)) if _fits(box, taken, width, high)), None)
        if free is None:
            unlabelled.append(spot.place)
            continue
        taken.append(free)
        labels.append((free[0], free[3] - 3, words))
    return labels, unlabelled


def _sides(spot: _Spot, wide: float) -> list[Box]:
    x, y, off, slope = spot.x, spot.y, spot.radius + 4, spot.radius * 0.7 + 3
    half = (SIZE + 3) / 2
    corners = [
        (x + off, y - half), (x - off - wide, y - half),
        (x - wide / 2, y + off - 2), (x - wide / 2, y - off - 2 * half + 2),
        (x + slope, y + slope - half), (x + slope, y - slope - half),
        (x - slope - wide, y + slope - half), (x - slope - wide, y - slope - half),
    ]  # fmt: skip
    return [(left, top, left + wide, top + 2 * half) for left, top in corners]


def _fits(box: Box, taken: Sequence[Box], width: float, high: float) -> bool:
    left, top, right, bottom = box
    inside = left >= 0 and top >= 0 and right <= width and bottom <= high
    return inside and not any(left < r and right > x and top < b and bottom > t for x, t, r, b in taken)


def _key(pen: Pen, top: float) -> SafeString:
    """What the circles' tones mean."""
    words = (("place-calm", "до 10 % с опозданием"), ("place-some", "10–30 %"), ("place-much", "30 % и больше"))
    drawn, x = [], 8.0
    for role, said in words:
        drawn.append(pen.circle(role, x, top + 12, 6))
        drawn.append(pen.text("label", x + 12, top + 16, said))
        x += breadth(said) + 36
    return join(*drawn)
