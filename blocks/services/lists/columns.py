"""Columns of the lists: their titles, how a cell is read and written. Cells are words: dates and numbers come as such."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from import_export.fields import Field

from mcu.cells import Cell, Line, fold, is_empty, plain
from mcu.uploads.brought import Brought

_PARTS: Final = re.compile(r"[;\n]+")


class Several(Cell):
    """Several words or names, apart by semicolons or lines."""

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        return super().clean(value) or []

    def read(self, value: Any) -> list[str]:
        found = [" ".join(part.split()) for part in _PARTS.split(plain(value))]
        found = list(dict.fromkeys(part for part in found if not is_empty(part)))
        if long := next((part for part in found if len(part) > self.longest), ""):
            raise ValueError(f"«{long[:40]}…» длиннее {self.longest} знаков; разделяйте точкой с запятой")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(value or ())


class Choice(Cell):
    """One of several values, written as a word."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self.words = words
        self._values = {fold(word): value for value, word in words.items()} | {value: value for value in words}

    def read(self, value: Any) -> str:
        found = self._values.get(fold(plain(value)))
        if found is None:
            raise ValueError(f"нужен один из: {', '.join(self.words.values())}")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.words.get(value, value) if value else ""


class Column(Field):
    """A column: the value's name, the title in the file, what to write there, how wide it is."""

    attribute: str
    column_name: str

    def __init__(
        self, attribute: str, title: str, widget: Cell | None = None, *, hint: str = "", width: int = 20, needed: bool = False
    ) -> None:
        super().__init__(attribute=attribute, column_name=title, widget=widget or Line())
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
    said: dict[str, Any]  # of the columns that the file has
    wrong: tuple[str, ...] = field(default=())

    def says(self, name: str) -> Any:
        """The value; None where the file has no such column or the cell could not be read."""
        return self.said.get(name)

    def only(self, *names: str) -> dict[str, Any]:
        """Those of the values that the file has."""
        return {name: self.said[name] for name in names if name in self.said}


def read(columns: Sequence[Column], brought: Brought) -> list[Values]:
    """The rows of a table; a column that is not there says nothing."""
    found = []
    for line, words in brought.rows:
        cells = dict(zip(brought.headers, words, strict=True))
        said: dict[str, Any] = {}
        wrong: list[str] = []
        for column in columns:
            if column.title not in cells:
                continue
            try:
                said[column.attribute] = column.widget.clean(cells[column.title])
            except ValueError as problem:
                wrong.append(f"«{column.title}»: {problem}.")
                continue
            if column.needed and not said[column.attribute]:
                wrong.append(f"«{column.title}»: пусто, а без него строку не внести.")
        found.append(Values(line, said, tuple(wrong)))
    return found
