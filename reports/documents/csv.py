"""A report as CSV for machines: one long table, a line a value, all rows of every table.

Commas and quotes as RFC 4180 has them, in UTF-8 with a byte order mark: Excel takes a file without one for Windows-1251, and
``utf-8-sig`` reads it. Numbers have a decimal point and no groups: counts as they are, shares and their changes as parts of
one, lengths of time in seconds; days are ISO. No data is an empty value. Words that a spreadsheet would run begin with an
apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from reports.paper import Cell, Figures, Form, Heading, Paper, Part, Prose, Section, Table

BOM: Final = "\ufeff"
HEADER: Final = ("section", "table", "row", "name", "column", "value", "unit", "note")
UNITS: Final = {
    Form.COUNT: "count",
    Form.CHANGE: "count",
    Form.SHARE: "share",
    Form.POINTS: "share",
    Form.PERCENT: "share",
    Form.TENTHS_OF_POINTS: "share",
    Form.TENTHS: "number",
    Form.DURATION: "seconds",
    Form.DAY: "date",
    Form.TEXT: "text",
}
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Line = tuple[str, ...]


def render(paper: Paper) -> bytes:
    """The file's bytes."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(_heading(paper.heading))
    for section in paper.sections:
        for part in section.parts:
            writer.writerows(_lines(section, part))
    if paper.signature:
        signature = paper.signature
        named = (("post", signature.post), ("name", signature.name), ("signed", signature.signed))
        writer.writerows(_line(("signature", ""), "", "", column, Cell(value)) for column, value in named)
    return (BOM + out.getvalue()).encode()


def _heading(heading: Heading) -> Iterator[Line]:
    about = (
        ("center", heading.center),
        ("title", heading.title),
        ("period", heading.period),
        ("code", heading.code),
        ("made", heading.made),
        ("note", heading.note),
    )
    for column, value in about:
        yield _line(("report", ""), "", "", column, Cell(value))


def _lines(section: Section, part: Part) -> Iterator[Line]:
    if isinstance(part, Table):
        yield from _table(section, part)
    elif isinstance(part, Figures):
        for number, figure in enumerate(part.figures, start=1):
            yield _line((section.title, part.title), str(number), figure.name, "Значение", figure.value, note=figure.note)
            if figure.change is not None:
                yield _line((section.title, part.title), str(number), figure.name, "Изменение", figure.change, note=figure.note)
    elif isinstance(part, Prose):
        for number, paragraph in enumerate(part.paragraphs, start=1):
            yield _line((section.title, part.title), str(number), "", "Текст", Cell(paragraph), note=part.by)


def _table(section: Section, table: Table) -> Iterator[Line]:
    for number, row in enumerate(table.rows, start=1):
        name = row[0].words if row else ""
        for column, cell in zip(table.columns, row, strict=True):
            yield _line((section.title, table.title), str(number), name, column.title, cell)


def _line(where: tuple[str, str], row: str, name: str, column: str, cell: Cell, *, note: str = "") -> Line:
    notes = " ".join(part for part in (cell.note, note) if part)
    words = tuple(safe(part) for part in (*where, row, name, column))
    return (*words, value_of(cell), UNITS[cell.form], safe(notes))


def value_of(cell: Cell) -> str:
    """The raw value; words made harmless."""
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return safe(cell.value)
    # Ten digits: a difference of two shares is not told with the noise of its halves.
    return str(cell.value) if isinstance(cell.value, int) else f"{cell.value:.10g}"


def safe(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(_RUNS) else words
