"""A table of another system as an XLSX workbook: one sheet, its header line, its rows, in constant memory.

Words are written as strings only, so nothing in them runs as a formula or becomes a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import xlsxwriter

from mcu.workbooks import AS_WORDS, fitting
from messages.selectors.register.case_cells import Cell, SheetColumn

LASTED: Final = "[h]:mm:ss.000"
SHEETS: Final = {"im": "Лист1", "pos": "Sheet0"}


def write(path: Path, *, shape: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]]) -> int:
    """Write the workbook of «im» or «pos» to the path, its scratch files beside it; how many rows it holds."""
    with xlsxwriter.Workbook(str(path), {**AS_WORDS, "constant_memory": True, "tmpdir": str(path.parent)}) as workbook:
        sheet, lasted = workbook.add_worksheet(SHEETS[shape]), workbook.add_format({"num_format": LASTED})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.title)
        line = 0
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, timedelta):
                    sheet.write_datetime(line, place, value, lasted)
                elif isinstance(value, int):
                    sheet.write_number(line, place, value)
                elif value:
                    sheet.write_string(line, place, fitting(str(value)))
    return line
