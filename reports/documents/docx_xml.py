"""Pieces of WordprocessingML as text: paragraphs, tables, fields. Every word is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from reports.paper import Cell, Column, Form, Table
from reports.printable import one_line, printable

NAMESPACE: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TABLE_STYLE: Final = "ReportTable"
TWIPS: Final = 1440 / 25.4  # in a millimetre
COLOURS: Final = {"good": "1C6B3C", "bad": "B0221A"}
_STYLE_IDS: Final = {"Heading 1": "Heading1", "Heading 2": "Heading2", "Body Text": "BodyText"}


def run(words: str, *, colour: str = "", style: str = "") -> str:
    """Words; a tab and a new line of theirs become Word's own."""
    looks = (f'<w:rStyle w:val="{style}"/>' if style else "") + (f'<w:color w:val="{colour}"/>' if colour else "")
    inner = "".join(
        "<w:tab/>" if part == "\t" else "<w:br/>" if part == "\n" else f'<w:t xml:space="preserve">{escape(part)}</w:t>'
        for part in _pieces(printable(words))
    )
    return f"<w:r>{f'<w:rPr>{looks}</w:rPr>' if looks else ''}{inner}</w:r>"


def _pieces(words: str) -> list[str]:
    parts: list[str] = [""]
    for sign in words:
        if sign in "\t\n":
            parts += [sign, ""]
        else:
            parts[-1] += sign
    return [part for part in parts if part]


def field(code: str) -> list[str]:
    """A field that Word counts."""
    kinds = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return [kinds[0], f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>', kinds[1], run("1"), kinds[2]]


def paragraph(words: str, style: str, *, align: str = "", keep: bool = False, tone: str = "") -> str:
    """A paragraph of one run."""
    return paragraph_of([run(words, colour=COLOURS.get(tone, ""))] if words else [], style, align=align, keep=keep)


def paragraph_of(runs: Sequence[str], style: str, *, align: str = "", keep: bool = False) -> str:
    """A paragraph of a style."""
    looks = (
        f'<w:pStyle w:val="{_STYLE_IDS.get(style, style.replace(" ", ""))}"/>'
        + ("<w:keepNext/>" if keep else "")
        + (f'<w:jc w:val="{align}"/>' if align else "")
    )
    return f"<w:p {NAMESPACE}><w:pPr>{looks}</w:pPr>{''.join(runs)}</w:p>"


def plain_table(rows: Sequence[Sequence[Sequence[str]]], widths: Sequence[float]) -> str:
    """A table without lines, its cells full of paragraphs; widths in millimetres."""
    lines = "".join(_row("".join(_cell("".join(cell), width) for cell, width in zip(row, widths, strict=True))) for row in rows)
    return _table(lines, widths, style="TableNormal", header=False)


def table(shown: Table, widths: Sequence[float]) -> str:
    """A table of the report: the header repeats on every page, no row is split."""
    header = "".join(
        _cell(paragraph(column.title, _style(column), keep=True), width)
        for column, width in zip(shown.columns, widths, strict=True)
    )
    rows = "".join(
        _row("".join(_value(cell, column, width) for cell, column, width in zip(row, shown.columns, widths, strict=True)))
        for row in shown.visible
    )
    return _table(_row(header, header=True) + rows, widths, style=TABLE_STYLE, header=True, title=shown.title)


def _value(cell: Cell, column: Column, width: float) -> str:
    runs = [run(cell.words, colour=COLOURS.get(cell.tone, ""))]
    if cell.note:
        runs.append(run(f" {cell.note}", colour="575C63"))
    return _cell(paragraph_of(runs, _style(column)), width)


def _style(column: Column) -> str:
    return "Table Number" if column.is_number and column.form is not Form.DAY else "Table Text"


def _cell(inner: str, width: float) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/></w:tcPr>{inner}</w:tc>'


def _row(cells: str, *, header: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{cells}</w:tr>"


def _table(rows: str, widths: Sequence[float], *, style: str, header: bool, title: str = "") -> str:
    grid = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    caption = f"<w:tblCaption w:val={quoteattr(one_line(title))}/>" if title else ""
    return (
        f'<w:tbl {NAMESPACE}><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="{"0620" if header else "0600"}" w:firstRow="{int(header)}" '
        f'w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>{caption}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    )


def _twips(millimetres: float) -> int:
    return round(millimetres * TWIPS)


def describe(paragraph: Paragraph, words: str) -> None:
    """Say what the picture of the paragraph shows, to whoever does not see it."""
    for about in paragraph._p.iter(qn("wp:docPr")):
        about.set("descr", one_line(words))
        about.set("title", one_line(words))
