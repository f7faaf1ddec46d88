"""A small table that is read while its page waits: the lines under the titles that are known, as words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from django.core.files import File

from mcu.cells import fold, plain
from mcu.errors import Invalid
from mcu.uploads import tables

LIMIT: Final = 5 * 1024 * 1024
CELL: Final = 20_000  # letters of one cell
LETTERS: Final = 5_000_000  # of the whole table
SECONDS: Final = 20  # of the reader's process
_LOOKED_AT: Final = 20  # lines among which the titles stand

Line: TypeAlias = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Brought:
    """The known titles that the file has, and its lines with their numbers in it: nothing but words."""

    name: str
    headers: list[str]
    rows: list[Line]
    formulas: bool = False  # some cells are what a formula gave when the file was saved

    def packed(self) -> dict[str, Any]:
        """The table as plain values."""
        return asdict(self)

    @classmethod
    def unpacked(cls, values: dict[str, Any]) -> Brought:
        """The table from plain values."""
        return cls(**values)


def bring(file: File[bytes], *, titles: Iterable[str], needed: Sequence[str], most: int) -> Brought:
    """The table of the file. Raises ``Invalid`` where it is none, is too large or lacks a column that is needed."""
    taken = tables.accept_table(file, limit=LIMIT)
    with tempfile.NamedTemporaryFile() as copy:
        for chunk in taken.content.chunks():
            copy.write(chunk)
        copy.flush()
        reading = _Reading({_title(one): one for one in titles}, most)
        try:
            with closing(tables.rows(copy.name, taken.kind, seconds=SECONDS)) as found:
                reading.go_through(found)
        except tables.Unread as problem:
            raise _refused(str(problem)) from None
    if missing := [title for title in needed if title not in reading.places.values()]:
        words = ", ".join(f"«{title}»" for title in missing)
        raise _refused(f"В файле нет столбцов: {words}. Возьмите пустую таблицу: заголовки должны быть как в ней.")
    if not reading.rows:
        raise _refused("В файле нет ни одной строки под заголовками.")
    return Brought(taken.name, list(reading.places.values()), reading.rows, reading.formulas)


class _Reading:
    """The first sheet that has the titles, line by line."""

    def __init__(self, known: dict[str, str], most: int) -> None:
        self._known, self._most = known, most
        self._letters = 0
        self.places: dict[int, str] = {}
        self.rows: list[Line] = []
        self.formulas = False

    def go_through(self, found: Iterator[tables.Sheet | tables.Line]) -> None:
        """Read what there is until the sheet ends. Raises ``Invalid`` for too much of it."""
        looked = 0
        for one in found:
            if isinstance(one, tables.Sheet):
                if self.places:
                    return
                self.formulas, looked = bool(one.formulas), 0
            elif self.places:
                self._keep(*one)
            elif looked < _LOOKED_AT:
                looked += 1
                self.places = self._titles(one[1])

    def _titles(self, cells: Sequence[Any]) -> dict[int, str]:
        """Which column is which; a line that has fewer than two known titles is no header."""
        found = {place: self._known[title] for place, cell in enumerate(cells) if (title := _title(plain(cell))) in self._known}
        names = list(found.values())
        if len(set(names)) < min(2, len(self._known)):
            return {}
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise _refused(f"Столбец «{twice}» стоит дважды: оставьте один, иначе непонятно, какой вносить.")
        return found

    def _keep(self, number: int, cells: Sequence[Any]) -> None:
        words = [plain(cells[place])[:CELL] if place < len(cells) else "" for place in self.places]
        if not any(words):
            return
        if len(self.rows) == self._most:
            raise _refused(f"В файле больше {self._most} строк. Разделите его и внесите по частям.")
        self._letters += sum(map(len, words))
        if self._letters > LETTERS:
            raise _refused("В файле слишком много текста. Разделите его и внесите по частям.")
        self.rows.append((number, words))


def _title(words: str) -> str:
    """A title as titles are compared; a star beside it marks what is needed."""
    return fold(words.replace("*", " "))


def _refused(words: str) -> Invalid:
    return Invalid(f"Файл не внесён. {words}", {"file": words})
