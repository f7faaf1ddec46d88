"""A file read as rows of a format: the sheet that holds it, its header line, the values of each line."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from mcu.uploads.tables import Line, Sheet, Unread, rows
from messages.exchange.columns import LOOKED_AT, Layout
from messages.exchange.formats import FORMATS, Format, guess

MOST_ROWS: Final = 200_000
Sheets: TypeAlias = Generator[tuple[Sheet, Iterator[Line]], None, None]


@dataclass(slots=True)
class Opened:
    """A table whose columns are known; ``lines`` can be gone through once."""

    format: str
    layout: Layout
    words: str  # how it is laid out, for people
    lines: Generator[Line, None, None]

    def close(self) -> None:
        """End the reading before its end."""
        self.lines.close()


def look(path: str, kind: str) -> str:
    """The format that a file looks most like; "" where it looks like none. Raises ``Unread``."""
    with closing(_sheets(path, kind)) as sheets:
        for _, lines in sheets:
            if found := guess([cells for _, cells in _first(lines)]):
                return found
    return ""


def read(path: str, kind: str, code: str) -> Opened:
    """The table of the format in the file: of the first sheet that has its headers. Raises ``Unread``."""
    form = FORMATS[code]
    sheets = _sheets(path, kind)
    seen: list[list[Line]] = []
    for sheet, lines in sheets:
        first = _first(lines)
        seen.append(first)
        if (found := _begin(form, first)) is not None:
            layout, rest = found
            if missing := form.table.missing(layout):
                sheets.close()
                raise Unread(f"В файле нет столбца «{missing[0]}»: без него строки не внести.{form.when_missing}")
            return Opened(code, layout, _words(layout, sheet), _bounded(chain(rest, lines), sheets))
    raise Unread(_unknown(seen, code))


def _sheets(path: str, kind: str) -> Sheets:
    """Sheets with their lines; each sheet's lines are gone through before the next is asked for."""
    with closing(rows(path, kind)) as source:
        item = next(source, None)
        while isinstance(item, Sheet):
            sheet = item
            after: list[Sheet | None] = []
            yield sheet, _until_next(source, after)
            if not after:  # left in the middle: the rest of the sheet is passed over
                for _ in _until_next(source, after):
                    pass
            item = after[0]


def _until_next(source: Iterator[Sheet | Line], after: list[Sheet | None]) -> Iterator[Line]:
    for item in source:
        if isinstance(item, Sheet):
            after.append(item)
            return
        yield item
    after.append(None)


def _first(lines: Iterator[Line]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        found.append(line)
        if len(found) == LOOKED_AT:
            break
    return found


def _begin(form: Format, first: list[Line]) -> tuple[Layout, list[Line]] | None:
    """The layout by the line that has the most headers, and the lines under it."""
    scores = [form.table.score(cells) for _, cells in first]
    best = max(range(len(first)), key=lambda place: scores[place], default=0)
    if first and scores[best]:
        layout = form.table.layout(first[best][1])
        return (layout, first[best + 1 :]) if layout else None
    if first and (layout := form.table.letters(first[0][1])):
        return layout, first
    return None


def _bounded(lines: Iterator[Line], sheets: Sheets) -> Generator[Line, None, None]:
    with closing(sheets):
        for place, line in enumerate(lines):
            if place == MOST_ROWS:
                raise Unread(f"В файле больше {MOST_ROWS} строк. Разделите его на части.")
            yield line


def _words(layout: Layout, sheet: Sheet) -> str:
    said = [f"лист «{sheet.name[:40]}»"] if sheet.name else []
    said.append(layout.words)
    if sheet.formulas:
        said.append("есть формулы: взято то, что они дали при сохранении файла")
    return ", ".join(said)[:200]


def _unknown(seen: list[list[Line]], code: str) -> str:
    if not any(seen):
        return "В файле нет ни одной строки."
    other = next((found for first in seen if (found := guess([cells for _, cells in first]))), "")
    if other and other != code:
        return f"Это похоже на другой вид файла: {TITLES[other]}. Выберите его и внесите файл снова."
    known = ", ".join(f"«{column.title}»" for column in FORMATS[code].table.columns if column.attribute in _named(code))
    return f"Не нашлось строки заголовков: в первых {LOOKED_AT} строках нет столбцов {known}. Выгрузите файл заново."


def _named(code: str) -> tuple[str, ...]:
    return FORMATS[code].table.known_by[:4]


TITLES: Final = {
    "im": "выгрузка «Инцидент Менеджмент»",
    "pos": "выгрузка ПОС",
    "delo": "реестр обращений СЭД «Дело»",
    "mcu": "таблица МЦУ",
}
