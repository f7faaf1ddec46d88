"""Cells of the tables that people bring and take: their words, days, yes and no are read one way for all of them.

Widgets of django-import-export: ``clean`` raises ``ValueError`` with what was expected, as the end of the sentence
«Столбец «…»: …».
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from import_export.widgets import Widget

from mcu.text import clean_text, folded

EMPTY: Final = frozenset({"", "-", "–", "—", "−", "н/д", "нет данных", "null", "none", "nan", "#н/д", "#n/a"})
LONGEST: Final = 50_000  # letters of one cell
SERIAL_START: Final = datetime.combine(date(1899, 12, 30), time.min)  # a sheet counts its days from here
_YES: Final = frozenset({"да", "1", "1.0", "true", "истина", "yes", "+", "✓"})
_NO: Final = frozenset({"нет", "0", "0.0", "false", "ложь", "no"})
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")  # by which a table program knows a formula in a CSV
_MOMENT: Final = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d\d)(?:,? (\d{1,2}):(\d\d)(?::(\d\d))?)?")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_SERIALS: Final = (20_000, 80_000)  # days from 1954 to 2119
_YEARS: Final = range(1990, 2100)
_SHOWABLE: Final = re.compile(r"[\d\s.,:/\\-]{1,40}")  # digits name nobody


def fold(words: str) -> str:
    """Words as they are compared: without regard to case, ё and spaces."""
    return " ".join(folded(words).split())


def is_empty(value: Any) -> bool:
    """Whether the cell says nothing: blank, a dash, «н/д»."""
    return value is None or (isinstance(value, str) and value.strip().strip("'").casefold() in EMPTY)


def plain(value: Any) -> str:
    """The cell as words: whole numbers without their «.0», days as people write them, no apostrophe of ``guarded``."""
    if isinstance(value, str):
        text = clean_text(value)
        return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULAS) else text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y}" if value.time() == time.min else f"{value:%d.%m.%Y %H:%M:%S}"
    return str(value)


def guarded(text: str) -> str:
    """The words for a CSV: what a table program would run as a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def quoted(value: Any) -> str:
    """The cell as an explanation may show it: digits and dots; words could name somebody."""
    text = plain(value).removeprefix("'")
    return f"«{text}» — " if _SHOWABLE.fullmatch(text) else ""


def moment(value: Any) -> datetime | None:
    """The moment of a sheet, without a zone: a cell of time, text in a usual shape, or a serial number of days."""
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time.min)
    elif isinstance(value, str):
        found = _of_text(" ".join(value.strip().removeprefix("'").split()))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _of_serial(value)
    return found if found is not None and found.year in _YEARS else None


def _of_text(text: str) -> datetime | None:
    try:
        if text[4:5] == "-":  # the commonest, and the quickest to read
            return datetime.fromisoformat(text)
        if found := _MOMENT.fullmatch(text):
            day, _, month, year, hour, minute, second = found.groups()
            century = 0 if len(year) == 4 else 2000 if int(year) < 69 else 1900
            clock = time(int(hour or 0), int(minute or 0), int(second or 0))
            return datetime.combine(date(century + int(year), int(month), int(day)), clock)
    except ValueError:
        return None
    number = text.replace(",", ".")
    return _of_serial(float(number)) if _SERIAL.fullmatch(number) else None


def _of_serial(days: float) -> datetime | None:
    low, high = _SERIALS
    if not low <= days < high:
        return None
    return SERIAL_START + timedelta(seconds=round(days * 86_400))  # a day's part is written with less than a second's precision


class Cell(Widget, ABC):
    """What every reader of a cell shares: an empty cell is ``nothing``."""

    nothing: Any = None

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if is_empty(value):
            return self.nothing
        try:
            return self.read(value)
        except ArithmeticError:
            raise ValueError("число слишком велико") from None

    @abstractmethod
    def read(self, value: Any) -> Any:
        """The value of a cell that says something."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class Text(Cell):
    """Words; "" where the cell says nothing."""

    nothing = ""

    def __init__(self, longest: int = LONGEST) -> None:
        super().__init__()
        self.longest = longest

    def read(self, value: Any) -> str:
        text = self.words(value)
        if len(text) > self.longest:
            raise ValueError(f"слишком длинно: {len(text)} знаков, можно не больше {self.longest}")
        return "" if text.casefold() in EMPTY else text

    def words(self, value: Any) -> str:
        """The cell as words."""
        return plain(value)


class Line(Text):
    """Words on one line."""

    def words(self, value: Any) -> str:
        return " ".join(plain(value).split())


class Day(Cell):
    """A day, 31.12.2026."""

    def read(self, value: Any) -> date:
        found = moment(value)
        if found is None:
            raise ValueError(f"{quoted(value)}не дата: нужна дата вида 31.12.2026")
        return found.date()

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return f"{value:%d.%m.%Y}" if value else ""


class YesNo(Cell):
    """Да or нет."""

    def read(self, value: Any) -> bool:
        word = plain(value).casefold()
        if word not in _YES | _NO:
            raise ValueError(f"{quoted(value)}непонятно: нужно «да» или «нет»")
        return word in _YES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else "да" if value else "нет"
