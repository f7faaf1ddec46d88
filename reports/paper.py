"""What a report shows, whatever it is shown on: sections of figures, tables and words, the same for page and documents.

Each kind of report turns its kept figures into a ``Paper`` (``reports.kinds``); page, XLSX, DOCX, PDF and CSV render it. So a
number cannot differ between them, and how it is written is decided once, in ``Cell.words``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from mcu.templatetags.mcu_ui import MINUS, NBSP, num, percent, signed
from messages.terms import duration

NO_DATA: Final = "—"


class Form(StrEnum):
    """How a value is written."""

    TEXT = "text"
    COUNT = "count"
    CHANGE = "change"  # of a count, with its sign
    SHARE = "share"  # 0…1, in percent
    POINTS = "points"  # the change of a share, in percentage points; kept as a difference of shares
    PERCENT = "percent"  # 0…1, in percent with tenths: what is compared with a plan
    TENTHS_OF_POINTS = "tenths_of_points"  # the difference of two of these
    TENTHS = "tenths"  # a mean or a mark with one or two decimals
    DURATION = "duration"  # seconds
    DAY = "day"  # an ISO date


_TONED_AT_NOUGHT: Final = (Form.TEXT, Form.SHARE, Form.PERCENT, Form.TENTHS)


@dataclass(frozen=True, slots=True)
class Cases:
    """Whose cases a number opens: a figure of ``reports.cases``, its period (the report's if empty), its slice."""

    figure: str
    by: tuple[tuple[str, str], ...] = ()
    period: str = ""
    case: str = ""  # instead: the number of one case
    is_rows: bool = False  # the figure is made of rows of registers, not of cases


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with the way it is written, its cases and what it means (good, bad or nothing)."""

    value: str | int | float | None
    form: Form = Form.TEXT
    cases: Cases | None = None
    tone: Literal["", "good", "bad"] = ""
    note: str = ""  # a smaller word after it
    private: bool = False  # a name or a case's number: not for an observer

    def __post_init__(self) -> None:
        """Nothing happened or changed: that is neither good nor bad. (A share of nought may well be.)"""
        if self.tone and not self.value and self.form not in _TONED_AT_NOUGHT:
            object.__setattr__(self, "tone", "")

    @property
    def words(self) -> str:
        """As it stands on the page and on paper."""
        return written(self.value, self.form)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header and, in characters, how wide a sheet gives it."""

    title: str
    form: Form = Form.TEXT
    width: int = 12
    private: bool = False  # not shown to an observer

    @property
    def is_number(self) -> bool:
        return self.form not in (Form.TEXT, Form.DAY)


@dataclass(frozen=True, slots=True)
class Chart:
    """What of a table is drawn: which column names the marks, which hold the numbers, which the plan.

    ``bars``: a bar a row with a tick for the second series; ``columns``: the same upright; ``lines``: series over the rows,
    the plan dashed; ``stacked``: columns of parts; ``multiples``: a little line a series, each with its own of ``plans``.
    """

    kind: Literal["bars", "columns", "lines", "stacked", "multiples"]
    title: str
    series: tuple[int, ...]
    names: int = 0
    plan: int | None = None
    rows: int | None = None  # the first so many rows only
    plans: tuple[float | None, ...] = ()  # a level for each series


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns. Page and paper show the first ``shown`` rows, the workbook all of them."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: int | None = None
    more: str = ""  # «тема,темы,тем»
    empty: str = "Нет."
    note: str = ""
    chart: Chart | None = None
    bar: int | None = None  # the column whose numbers are drawn as bars in the rows
    tick: int | None = None  # the column of the period before, a tick across the bar
    sheet: str = ""  # the name of its sheet; the title if empty
    narrow: bool = False  # may stand beside another one

    @property
    def hidden(self) -> int:
        """How many rows page and paper leave to the workbook."""
        return max(0, len(self.rows) - self.shown) if self.shown is not None else 0

    @property
    def visible(self) -> tuple[tuple[Cell, ...], ...]:
        return self.rows[: self.shown] if self.shown is not None else self.rows


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and its change."""

    name: str
    value: Cell
    change: Cell | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A line of figures; the leading ones are large."""

    figures: tuple[Figure, ...]
    leading: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Words written by people: paragraphs, whose they are, and under which place they are edited on the page."""

    title: str
    paragraphs: tuple[str, ...]
    by: str = ""
    place: str = ""
    empty: str = ""


Part = Table | Figures | Prose


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report; ``note`` says in small print how its numbers are taken."""

    title: str
    parts: tuple[Part, ...]
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose report it is, of what, when made and by whom signed; in words."""

    center: str
    title: str
    period: str
    code: str
    made: str  # «Черновик. Составлен 23.11.2026 в 07:00»
    note: str  # how flows and stocks are taken
    made_at: datetime
    to: str = ""  # «Главе Октябрьского района»
    curator: str = ""  # who answers for the Center (ОКТ Пол. 3.2 ¶1), named on reports
    letterhead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: post, name, and the day once signed."""

    post: str
    name: str
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report."""

    heading: Heading
    sections: tuple[Section, ...]
    signature: Signature | None = None
    marks: tuple[str, ...] = field(default=())  # «Исправленная версия 2: …»

    def tables(self) -> Iterator[tuple[Section, Table]]:
        """Every table with its section, in order: a sheet each."""
        for section in self.sections:
            for part in section.parts:
                if isinstance(part, Table):
                    yield section, part


def written(value: str | int | float | None, form: Form) -> str:
    """A value in Russian words and figures; a dash where there is no data (never 0 for an empty denominator)."""
    if value is None:
        return NO_DATA
    if isinstance(value, str):
        return f"{date.fromisoformat(value):%d.%m.%Y}" if form is Form.DAY and value else value
    return _WRITERS.get(form, _count)(value)


def iso_day(value: str) -> str:
    """«23.11.2026» of an ISO date, for words around it."""
    return written(value, Form.DAY)


def _count(value: float) -> str:
    return num(round(value))


def _tenths(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", MINUS)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}".replace(".", ",") + f"{NBSP}%"


def _tenths_of_points(value: float) -> str:
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{abs(100 * value):.1f}".replace(".", ",") + f"{NBSP}п.{NBSP}п."


def _duration(seconds: float) -> str:
    sign = MINUS if seconds < 0 else ""
    return sign + duration(timedelta(seconds=max(abs(seconds), 60))).replace(" ", NBSP)


_WRITERS: Final[dict[Form, Callable[[float], str]]] = {
    Form.CHANGE: lambda value: signed(round(value)),
    Form.SHARE: percent,
    Form.POINTS: lambda value: f"{signed(round(100 * value))}{NBSP}п.{NBSP}п.",
    Form.PERCENT: _percent,
    Form.TENTHS_OF_POINTS: _tenths_of_points,
    Form.TENTHS: _tenths,
    Form.DURATION: _duration,
}


def points(now: float | None, before: float | None) -> float | None:
    """The change of a share as it is read: between the whole percents that are shown."""
    return None if now is None or before is None else round(now * 100) / 100 - round(before * 100) / 100
