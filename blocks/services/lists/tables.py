"""A list as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from blocks.services.lists.columns import Column
from mcu.workbooks import AS_WORDS, BASE, HEADER, fitting, on_paper


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """The list as XLSX: words as words only, so that nothing in them runs as a formula; what to write on a second sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {**AS_WORDS, "in_memory": True}) as book:
        plain = book.add_format({**BASE, "text_wrap": True, "num_format": "@"})
        head = book.add_format(HEADER)
        sheet = book.add_worksheet(title)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, plain)
            sheet.write_string(0, place, column.title, head)
        for line, row in enumerate(rows, start=1):
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                if words := str(column.widget.render(value)):
                    sheet.write_string(line, place, fitting(words), plain)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        on_paper(sheet, title)
        hints = book.add_worksheet("Как заполнять")
        hints.set_column(0, 0, 28)
        hints.set_column(1, 1, 90)
        for line, column in enumerate(columns):
            hints.write_string(line, 0, column.title, head)
            hints.write_string(line, 1, column.hint or "словами", plain)
    return file.getvalue()
