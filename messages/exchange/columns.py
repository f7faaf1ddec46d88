"""A format's columns by their names, and where they stand in a file: moved, renamed by an older layout, left out, doubled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from import_export.fields import Field

from mcu.cells import Cell, is_empty
from mcu.text import folded
from messages.exchange.cells import Text, aware

LOOKED_AT: Final = 20  # lines among which the headers stand
COLUMNS: Final = 200  # of a file that are read
Span: TypeAlias = tuple[datetime, datetime | None]
_MARKS: Final = re.compile(r"[^\w№%+]+")


class Column(Field):
    """A column of a format: its name today and in other layouts, how its cell is read, which field of a row it fills."""

    attribute: str
    column_name: str
    widget: Cell

    def __init__(
        self, attribute: str, title: str, widget: Cell | None = None, *, also: Sequence[str] = (),
        needed: bool = False, spared: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(attribute=attribute, column_name=title, widget=widget or Text())
        self.also = tuple(also)
        self.needed = needed
        self.spared = spared  # what cannot be read is left out, and the row says so

    @property
    def title(self) -> str:
        return self.column_name

    def value(self, cell: Any) -> Any:
        """What the cell says. Raises ``ValueError`` with the end of a sentence about it."""
        return self.widget.clean(cell)


class Wrong(Exception):
    """What is wrong with a row, one sentence a column."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(self.problems)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a format stand in a file; of a doubled one the first cell that says something."""

    columns: Sequence[Column]
    places: Mapping[str, tuple[int, ...]]
    words: str = ""

    def values(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The row's values by field; a column that is not in the file gives what an empty cell gives. Raises ``Wrong``."""
        found, problems, _ = self.read(cells)
        if problems:
            raise Wrong(*problems)
        return found

    def read(self, cells: Sequence[Any]) -> tuple[dict[str, Any], list[str], list[str]]:
        """The values, what is wrong with them, what is left out; a cell that is wrong gives what an empty one gives."""
        found: dict[str, Any] = {}
        problems: list[str] = []
        left_out: list[str] = []
        width = len(cells)
        for column in self.columns:
            cell: Any = None
            for place in self.places.get(column.attribute, ()):
                if place < width and not is_empty(cells[place]):
                    cell = cells[place]
                    break
            if cell is None and column.needed:
                problems.append(f"Столбец «{column.title}»: пусто, а без него строку не внести.")
            try:
                found[column.attribute] = column.widget.clean(cell)
            except ValueError as problem:
                found[column.attribute] = column.widget.clean(None)
                words = f"Столбец «{column.title}»: {problem}"
                if column.spared:
                    left_out.append(words)
                else:
                    problems.append(f"{words}.")
        return found, problems, left_out


@dataclass(frozen=True, slots=True)
class Table:
    """A format's table: its columns in their order of today, by which a file of it is known."""

    code: str
    columns: tuple[Column, ...]
    known_by: tuple[str, ...]  # fields: a line with fewer than ``enough`` of them is no header of this format
    enough: int
    by_letters: bool = False  # whether a file without headers is read by the letters of today's layout
    _titles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.columns:
            for name in (column.title, *column.also):
                self._titles.setdefault(fold(name), column.attribute)

    def layout(self, cells: Sequence[Any]) -> Layout | None:
        """The columns where a header line names them; None where it is no header of this format."""
        places: dict[str, tuple[int, ...]] = {}
        unknown: list[str] = []
        for place, cell in enumerate(cells[:COLUMNS]):
            if not isinstance(cell, str) or not cell.strip():
                continue
            name = self._titles.get(fold(cell))
            if name is None:
                unknown.append(" ".join(cell.split()))
            else:
                places[name] = (*places.get(name, ()), place)
        if sum(name in places for name in self.known_by) < self.enough:
            return None
        return Layout(self.columns, places, self._words(places, unknown))

    def score(self, cells: Sequence[Any]) -> int:
        """How much of a line are headers of this format; 0 for a line that is no header of it."""
        found = self.layout(cells)
        return len(found.places) if found else 0

    def letters(self, cells: Sequence[Any]) -> Layout | None:
        """The columns of today's layout by their places, where a first line already holds a row of it; else None."""
        if not self.by_letters or len(cells) < len(self.columns) - 8:
            return None
        found = Layout(
            self.columns,
            {column.attribute: (place,) for place, column in enumerate(self.columns)},
            "заголовков нет: столбцы взяты по буквам, как в выгрузке из 47 столбцов",
        )
        try:
            values = found.values(cells)
        except Wrong:
            return None
        return found if all(values.get(name) for name in self.known_by) else None

    def missing(self, layout: Layout) -> list[str]:
        """Titles of needed columns that the file has not."""
        return [column.title for column in self.columns if column.needed and column.attribute not in layout.places]

    def _words(self, places: Mapping[str, tuple[int, ...]], unknown: Sequence[str]) -> str:
        titles = {column.attribute: column.title for column in self.columns}
        order = [min(places[column.attribute]) for column in self.columns if column.attribute in places]
        said = [f"столбцов узнано {len(places)} из {len(self.columns)}"]
        if order != sorted(order):
            said.append("порядок свой")
        doubled = [titles[name] for name, where in places.items() if len(where) > 1]
        if doubled:
            said.append(f"дважды стоит «{doubled[0]}»: взято первое непустое")
        if unknown:
            said.append(f"лишних {len(unknown)}")
        return ", ".join(said)


def span(begun: datetime | None, ended: datetime | None, tz: ZoneInfo, *, titles: tuple[str, str]) -> Span:
    """The first and the last moment of a row, in UTC. Raises ``Wrong`` for a first that is not told or comes after the last."""
    first, last = aware(begun, tz), aware(ended, tz)
    if first is None:
        raise Wrong(f"Столбец «{titles[0]}»: пусто.")
    if last is not None and last < first:
        raise Wrong(f"Столбец «{titles[1]}»: раньше, чем «{titles[0]}». Проверьте обе даты.")
    return first, last


@lru_cache(maxsize=4096)  # rows name the same topics, places and recipients
def fold(name: str) -> str:
    """A header as headers are compared: without regard to case, ё, marks and spaces."""
    return _MARKS.sub(" ", folded(name)).strip()
