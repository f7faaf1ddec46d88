"""The files of the lists: a workbook made of rows, and a table read from what was brought."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, cast

import xlsxwriter
from django.core.files import File

from blocks.services.lists.columns import Column, fold, words_of
from mcu.errors import Invalid
from mcu.uploads import tables

LIMIT: Final = 5 * 1024 * 1024
MOST: Final = 2000
_LOOKED_AT: Final = 10  # lines among which the headers stand
_WIDE: Final = 60  # columns that are read
_BASE: Final = {"font_name": "PT Sans", "font_size": 10, "valign": "top"}


@dataclass(frozen=True, slots=True)
class Brought:
    """A table as it was brought: its name, titles, and lines with their numbers in the file. Nothing but words."""

    name: str
    headers: list[str]
    lines: list[tuple[int, list[str]]]


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """The list as XLSX: words as words only, so that nothing in them runs as a formula; what to write on a second sheet."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        plain = book.add_format({**_BASE, "text_wrap": True, "num_format": "@"})
        head = book.add_format({**_BASE, "bold": True, "text_wrap": True, "bottom": 1})
        sheet = book.add_worksheet(title)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, plain)
            sheet.write_string(0, place, column.title, head)
        for line, row in enumerate(rows, start=1):
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                if words := str(column.widget.render(value)):
                    sheet.write_string(line, place, words, plain)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        hints = book.add_worksheet("Как заполнять")
        hints.set_column(0, 0, 28)
        hints.set_column(1, 1, 90)
        for line, column in enumerate(columns):
            hints.write_string(line, 0, column.title, head)
            hints.write_string(line, 1, column.hint or "словами", plain)
    return file.getvalue()


def bring(file: File[bytes], columns: Sequence[Column]) -> Brought:
    """The table of the file. Raises ``Invalid`` where it is none, is too large or has no column of the list."""
    taken = tables.accept_table(file, limit=LIMIT)
    try:
        with tempfile.NamedTemporaryFile() as copy:
            for chunk in taken.content.chunks():
                copy.write(chunk)
            copy.flush()
            return _read(copy.name, taken, columns)
    except tables.Unread as problem:
        raise _refused(str(problem)) from None


def _read(path: str, taken: tables.TakenTable, columns: Sequence[Column]) -> Brought:
    known = {fold(column.title) for column in columns}
    needed = [column.title for column in columns if column.needed]
    headers: list[str] = []
    lines: list[tuple[int, list[str]]] = []
    looked = 0
    with closing(tables.rows(path, taken.kind)) as found:  # type: ignore[type-var]
        for one in found:
            if isinstance(one, tables.Sheet):
                if headers:
                    break
                continue
            number, row = one
            cells = [words_of(cell) for cell in row[:_WIDE]]
            if not any(cells):
                continue
            if headers:
                lines.append((number, cells))
                if len(lines) > MOST:
                    raise _refused(f"В файле больше {MOST} строк. Разделите его на части.")
            elif len(known & {fold(cell) for cell in cells}) >= min(2, len(known)):
                headers = cells
            elif (looked := looked + 1) >= _LOOKED_AT:
                break
    missing = [title for title in needed if fold(title) not in {fold(cell) for cell in headers}]
    if missing:
        raise _refused(f"В файле нет столбца «{missing[0]}». Возьмите пустую таблицу: заголовки должны быть как в ней.")
    if not lines:
        raise _refused("В файле нет ни одной строки под заголовками.")
    return Brought(taken.name, headers, lines)


def packed(brought: Brought) -> dict[str, Any]:
    """The table as plain values."""
    return {"name": brought.name, "headers": brought.headers, "lines": brought.lines}


def unpacked(values: dict[str, Any]) -> Brought:
    """The table from plain values."""
    lines = cast("list[list[Any]]", values["lines"])
    return Brought(values["name"], values["headers"], [(line[0], line[1]) for line in lines])


def _refused(words: str) -> Invalid:
    return Invalid(words, {"file": words})
