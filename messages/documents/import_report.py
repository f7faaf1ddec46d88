"""What became of each row of a brought file, as a workbook; every cell is a text, so nothing in it runs."""

from __future__ import annotations

import io
from typing import Final

import xlsxwriter

from blocks.models import Center
from mcu.workbooks import AS_WORDS
from messages.models import ImportRow, MessageImport

_WIDTHS: Final = (("Строка", 9), ("Номер в источнике", 24), ("Что с ней", 18), ("Пояснение", 90), ("Дело", 18))
_KINDS: Final = {kind.value: str(kind.label) for kind in ImportRow.Kind}


def made(row: MessageImport, *, center: Center) -> bytes:
    """The workbook. One query, read by a cursor of the server."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {**AS_WORDS, "constant_memory": True}) as book:
        book.set_properties({"title": f"Внесение из файла «{row.name}»", "author": center.name})
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet("Строки")
        for place, (title, width) in enumerate(_WIDTHS):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, title, bold)
        said = row.rows.order_by("line").values_list("line", "key", "kind", "words", "message__number")
        for line, (number, key, kind, words, case) in enumerate(said.iterator(chunk_size=2000), start=1):
            sheet.write_number(line, 0, number)
            for place, text in enumerate((key, _KINDS[kind], words, case or ""), start=1):
                sheet.write_string(line, place, text)
        sheet.freeze_panes(1, 0)
    return content.getvalue()
