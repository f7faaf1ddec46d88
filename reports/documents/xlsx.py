"""A report as an XLSX workbook: a sheet of all figures and words, then a sheet a table, with native charts, ready to print.

Numbers stay numbers under formats that show them as the page does. Words are written as strings only, so nothing that a
citizen or a clerk wrote runs as a formula or becomes a link.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mcu.workbooks import A4, AS_WORDS, GREY, LINE, SHADE, fitting
from reports.documents import xlsx_charts
from reports.documents.sheets import HOUR, SheetColumn, SheetTable, sheets
from reports.paper import NO_DATA, Cell, Form, Heading, Paper
from reports.printable import one_line, printable

RED, GREEN = "#B0221A", "#1C6B3C"
HEADER: Final = 5  # the row of the header: above it the Center, the title, when made and of what, how to read, the table's note
PERCENT: Final = " %"
POINT: Final = " п. п."
_OF_HUNDRED: Final = (Form.SHARE, Form.POINTS, Form.PERCENT, Form.TENTHS_OF_POINTS)
FORMATS: Final = {
    Form.TEXT: "@",
    Form.COUNT: "#,##0",
    Form.CHANGE: "+#,##0;−#,##0;0",
    Form.SHARE: f'0"{PERCENT}"',
    Form.POINTS: f'+0"{POINT}";−0"{POINT}";0"{POINT}"',
    Form.PERCENT: f'0.0"{PERCENT}"',
    Form.TENTHS_OF_POINTS: f'+0.0"{POINT}";−0.0"{POINT}";0.0"{POINT}"',
    Form.TENTHS: "0.0#",
    Form.DURATION: '0.0" ч"',
    Form.DAY: "dd.mm.yyyy",
}
PLAIN_HOURS: Final = "0.0"  # under a header that names the unit


def render(paper: Paper) -> bytes:
    """The workbook's bytes."""
    stream = io.BytesIO()
    heading = paper.heading
    with xlsxwriter.Workbook(stream, {**AS_WORDS, "in_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": one_line(f"{heading.title} {heading.code}"),
                "author": one_line(heading.center),
                "created": heading.made_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        book = _Book(workbook, paper)
        for sheet in sheets(paper):
            book.add(sheet)
    return stream.getvalue()


class _Book:
    """A workbook that puts every table on a sheet of its own under the report's heading."""

    def __init__(self, workbook: Workbook, paper: Paper) -> None:
        self._workbook = workbook
        self._paper = paper
        self._formats: dict[tuple[str, str], Format] = {}
        self._base = {"font_name": "PT Sans", "font_size": 10}
        self._title = workbook.add_format({**self._base, "font_size": 14, "bold": True})
        self._plain = workbook.add_format({**self._base, "font_color": GREY})
        header = {"bold": True, "bg_color": SHADE, "bottom": 1, "bottom_color": LINE, "text_wrap": True, "valign": "top"}
        self._header = workbook.add_format({**self._base, **header})

    def add(self, table: SheetTable) -> None:
        """One sheet: heading, frozen header, rows, the chart under them; printed on pages as wide as one sheet."""
        sheet = self._workbook.add_worksheet(table.name)
        self._head(sheet, table)
        for line, row in enumerate(table.rows, start=HEADER + 1):
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(sheet, line, place, cell, column)
        last = HEADER + max(len(table.rows), 1)
        if not table.rows:
            _write(sheet, last, 0, table.empty, self._plain)
        if table.chart and table.rows:
            last = xlsx_charts.add(self._workbook, sheet, table, first=HEADER + 1, below=last + 2)
        if table.is_first:
            last = self._signed(sheet, last + 2)
        sheet.print_area(0, 0, last, len(table.columns) - 1)

    def _head(self, sheet: Worksheet, table: SheetTable) -> None:
        heading = self._paper.heading
        _write(sheet, 0, 0, " · ".join(part for part in (heading.center, heading.to) if part), self._plain)
        _write(sheet, 1, 0, f"{heading.title}: {table.title}, {heading.period}", self._title)
        _write(sheet, 2, 0, ". ".join((heading.made.rstrip("."), heading.code, *self._paper.marks)), self._plain)
        _write(sheet, 3, 0, heading.note, self._plain)
        _write(sheet, 4, 0, table.note, self._plain)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
            _write(sheet, HEADER, place, column.title, self._header)
        sheet.freeze_panes(HEADER + 1, 1)
        sheet.repeat_rows(HEADER)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{_footer(heading)}&R&P из &N")

    def _cell(self, sheet: Worksheet, line: int, place: int, cell: Cell, column: SheetColumn) -> None:
        form = FORMATS[cell.form]
        if cell.form is Form.DURATION and column.form is Form.DURATION:
            form = PLAIN_HOURS
        look = self._format(form, cell.tone)
        if cell.value is None:
            # A word among numbers is drawn as 0 by a chart of lines: there no data is an empty cell.
            _write(sheet, line, place, "" if column.drawn else NO_DATA, look)
        elif isinstance(cell.value, str):
            if cell.form is Form.DAY and cell.value:
                sheet.write_datetime(line, place, datetime.combine(date.fromisoformat(cell.value), time()), look)
            else:
                _write(sheet, line, place, cell.value, look)
        else:
            sheet.write_number(line, place, in_sheet(cell.value, cell.form), look)

    def _format(self, form: str, tone: str) -> Format:
        if (form, tone) not in self._formats:
            look: dict[str, object] = {"num_format": form, "valign": "top", "bottom": 4, "bottom_color": LINE}
            look["text_wrap"] = form == FORMATS[Form.TEXT]
            if tone:
                look["font_color"] = GREEN if tone == "good" else RED
            self._formats[form, tone] = self._workbook.add_format({**self._base, **look})
        return self._formats[form, tone]

    def _signed(self, sheet: Worksheet, line: int) -> int:
        """Who signs, under the summary; the last line used."""
        signature = self._paper.signature
        if signature is None:
            return line - 2
        _write(sheet, line, 0, signature.post, self._plain)
        _write(sheet, line, 1, signature.name, self._plain)
        if signature.signed:
            _write(sheet, line + 1, 1, signature.signed, self._plain)
        return line + 1


def in_sheet(value: float, form: Form) -> float:
    """The number as the sheet holds it: lengths of time in hours, shares and their changes both of a hundred."""
    if form is Form.DURATION:
        return value / HOUR
    return round(100 * value, 6) if form in _OF_HUNDRED else value


def _write(sheet: Worksheet, line: int, place: int, words: str, look: Format) -> None:
    if words:
        sheet.write_string(line, place, fitting(printable(words)), look)
    else:
        sheet.write_blank(line, place, None, look)


def _footer(heading: Heading) -> str:
    # An ampersand begins a code in footers; doubled it is itself. A footer holds 255 signs.
    words = one_line(f"{heading.title}, {heading.period}. {heading.center}")
    return words[:200].replace("&", "&&")[:220].rstrip("&")
