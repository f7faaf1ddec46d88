"""What charts are drawn from: plain values with their words and the address of their cases. No ORM, no HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcu.templatetags.mcu_ui import num, percent

NO_DATA = "нет данных"


@dataclass(frozen=True, slots=True)
class Mark:
    """One number that is drawn. ``words`` is how it is printed, ``earlier`` how ``before`` is; else as Russian numbers."""

    label: str
    value: float | None
    url: str = ""
    before: float | None = None
    words: str = ""
    earlier: str = ""

    @property
    def shown(self) -> str:
        """The number as it stands beside the mark; a dash where there is no data."""
        return self.words or plain(self.value)

    @property
    def said(self) -> str:
        """«Дороги: 12, раньше 9»."""
        now = NO_DATA if self.value is None and not self.words else self.shown
        return f"{self.label}: {now}" + ("" if self.before is None else f", раньше {self.earlier or plain(self.before)}")


@dataclass(frozen=True, slots=True)
class Series:
    """Marks over time under one name; ``plan`` has a number for each mark or is empty."""

    name: str
    marks: Sequence[Mark]
    plan: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a matrix; ``level`` is its shade, from 0 to 5 (``levels`` gives them)."""

    value: float | None
    level: int = 0
    url: str = ""
    words: str = ""

    @property
    def shown(self) -> str:
        """The number in the cell; nothing at all where there is nothing."""
        return self.words or ("" if self.value is None else plain(self.value))


@dataclass(frozen=True, slots=True)
class Place:
    """A settlement on the map: how many messages, which share of its answers was late (None: no answers)."""

    name: str
    count: int
    late: float | None = None
    lat: float | None = None
    lon: float | None = None
    url: str = ""

    @property
    def on_map(self) -> bool:
        """Whether it can be placed."""
        return self.lat is not None and self.lon is not None

    @property
    def said(self) -> str:
        """«Белоярский: 12, с опозданием 8 %»."""
        late = NO_DATA if self.late is None else percent(finite(self.late))
        return f"{self.name}: {num(self.count)}, с опозданием {late}"


def plain(value: float | None) -> str:
    """A Russian number with at most two decimals and no empty ones."""
    if value is None:
        return num(None)
    short = round(finite(value), 2)
    return num(int(short) if short == int(short) else short)


def finite(value: float | None) -> float:
    """The number for drawing: nothing and what is no number count as 0."""
    return float(value) if value is not None and math.isfinite(value) else 0.0


def nice(most: float) -> float:
    """The top of a scale: the least 1, 2, 4, 6 or 8 times a power of ten that holds everything."""
    most = finite(most)
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most * (1 - 1e-9))


def levels(values: Sequence[float | None], *, most: float | None = None) -> list[int]:
    """Shades of 0…5 for numbers from 0 up: 0 for nothing, then fifths of the square root, so that the small differ too."""
    top = finite(most) if most is not None else max([0.0, *(finite(value) for value in values)])
    return [_level(finite(value), top) for value in values]


def _level(value: float, top: float) -> int:
    return 0 if value <= 0 or top <= 0 else min(5, max(1, math.ceil(math.sqrt(value / top) * 5 - 1e-9)))
