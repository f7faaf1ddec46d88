"""The register as an XLSX workbook, written row by row in constant memory.

Citizens' and clerks' words are written as strings only, so nothing in them runs as a formula or becomes a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mcu.workbooks import AS_WORDS, BASE, GREY, HEADER, TITLE, fitting, on_paper
from messages.selectors.register.case_cells import Cell, SheetColumn
from messages.selectors.register.exported import Heading

MOMENT: Final = "dd.mm.yyyy hh:mm"


def write(path: Path, *, heading: Heading, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]]) -> int:
    """Write the workbook to the path, its scratch files beside it; how many rows it holds."""
    with xlsxwriter.Workbook(str(path), {**AS_WORDS, "constant_memory": True, "tmpdir": str(path.parent)}) as workbook:
        workbook.set_properties(
            {"title": heading.title, "author": heading.center, "created": heading.made_at.astimezone(UTC).replace(tzinfo=None)}
        )
        book = _Book(workbook, heading)
        written = book.register(columns, rows)
        book.conditions(written)
    return written


class _Book:
    """The workbook with its formats, made once."""

    def __init__(self, workbook: Workbook, heading: Heading) -> None:
        self._workbook = workbook
        self._heading = heading
        self._plain: Format = workbook.add_format(BASE)
        self._text: Format = workbook.add_format({**BASE, "text_wrap": True})
        self._moment: Format = workbook.add_format({**BASE, "num_format": MOMENT, "align": "left"})
        self._grey: Format = workbook.add_format({**BASE, "font_color": GREY})
        self._title: Format = workbook.add_format(TITLE)
        self._header: Format = workbook.add_format(HEADER)

    def register(self, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]]) -> int:
        """The sheet of the cases: frozen header, filters, printed as wide as one page."""
        sheet = self._workbook.add_worksheet("Реестр")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.title, self._header)
        line = 0  # texts stay on one line and no row has a height of its own: rows are alike, and memory stays flat
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                self._cell(sheet, line, place, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(line, 1), len(columns) - 1)
        on_paper(sheet, self._heading.center)
        sheet.repeat_rows(0)
        return line

    def conditions(self, written: int) -> None:
        """The sheet «Условия»: what was asked for, by whom and when."""
        sheet = self._workbook.add_worksheet("Условия")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 80)
        sheet.write_string(0, 0, self._heading.title, self._title)
        sheet.write_string(1, 0, self._heading.center, self._grey)
        sheet.write_string(2, 0, self._heading.made, self._grey)
        for line, (label, word) in enumerate((*self._heading.conditions, ("Сообщений", str(written))), start=4):
            sheet.write_string(line, 0, label, self._grey)
            sheet.write_string(line, 1, word, self._text)
        on_paper(sheet, self._heading.center)

    def _cell(self, sheet: Worksheet, line: int, place: int, value: Cell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            sheet.write_datetime(line, place, value.astimezone(self._heading.tz).replace(tzinfo=None), self._moment)
        elif isinstance(value, int):
            sheet.write_number(line, place, value, self._plain)
        else:
            sheet.write_string(line, place, fitting(str(value)), self._plain)
