"""Columns of the lists: their titles, how a cell is read and written. Cells are words: dates and numbers come as such."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from import_export.fields import Field
from import_export.widgets import Widget

from mcu.text import clean_text, folded

CELL: Final = 2000  # letters of one cell
EMPTY: Final = frozenset({"", "-", "–", "—"})
_PARTS: Final = re.compile(r"[;\n]+")
_YES, _NO = ("да", "1", "true", "+"), ("нет", "0", "false")


class Text(Widget):
    """Words on one line."""

    def __init__(self, longest: int = 400) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        words = " ".join(str(value).split())
        if words in EMPTY:
            return ""
        if len(words) > self.longest:
            raise ValueError(f"не длиннее {self.longest} знаков")
        return words

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value or "")


class Several(Widget):
    """Several words or names, apart by semicolons or lines."""

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        found = [" ".join(part.split()) for part in _PARTS.split(str(value))]
        found = list(dict.fromkeys(part for part in found if part not in EMPTY))
        if long := next((part for part in found if len(part) > self.longest), ""):
            raise ValueError(f"«{long[:40]}…» длиннее {self.longest} знаков; разделяйте точкой с запятой")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(value or ())


class YesNo(Widget):
    """Да, нет, or nothing said."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        words = str(value).strip().casefold()
        if words in EMPTY:
            return None
        if words in (*_YES, *_NO):
            return words in _YES
        raise ValueError("нужно «да» или «нет»")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else "да" if value else "нет"


class Day(Widget):
    """A day, 31.12.2026."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        words = str(value).strip()
        if words in EMPTY:
            return None
        for form in ("%d.%m.%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(words[:10], form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise ValueError("нужна дата вида 31.12.2026")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value:%d.%m.%Y}" if value else ""


class Column(Field):
    """A column: the value's name, the title in the file, what to write there, how wide it is."""

    attribute: str
    column_name: str

    def __init__(
        self, attribute: str, title: str, widget: Widget | None = None, *, hint: str = "", width: int = 20, needed: bool = False
    ) -> None:
        super().__init__(attribute=attribute, column_name=title, widget=widget or Text())
        self.hint = hint
        self.width = width
        self.needed = needed

    @property
    def title(self) -> str:
        return self.column_name


@dataclass(frozen=True, slots=True)
class Values:
    """A row as it was read: values by name, and what could not be read."""

    line: int
    said: dict[str, Any]
    wrong: tuple[str, ...] = field(default=())


def read(columns: Sequence[Column], headers: Sequence[str], lines: Iterable[tuple[int, Sequence[str]]]) -> list[Values]:
    """The rows of a table, columns found by their titles; one that is not there says nothing."""
    places = {fold(title): place for place, title in reversed(list(enumerate(headers)))}
    found = []
    for line, cells in lines:
        said: dict[str, Any] = {}
        wrong: list[str] = []
        for column in columns:
            place = places.get(fold(column.title))
            cell = cells[place] if place is not None and place < len(cells) else ""
            try:
                said[column.attribute] = column.widget.clean(cell)
            except ValueError as problem:
                wrong.append(f"«{column.title}»: {problem}.")
                continue
            if column.needed and not said[column.attribute]:
                wrong.append(f"«{column.title}»: пусто, а без него строку не внести.")
        found.append(Values(line, said, tuple(wrong)))
    return found


def words_of(cell: Any) -> str:
    """A cell of a workbook as words, without what cannot be seen."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "да" if cell else "нет"
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean_text(str(cell))[:CELL].removeprefix("'")


def fold(words: str) -> str:
    """A title or a name as it is compared: without differences of case, ё and spaces."""
    return " ".join(folded(words).replace("*", " ").split())
