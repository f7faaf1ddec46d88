"""The letter as a DOCX that an official can still mend in any office program."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from messages.documents.sheet import LetterSheet

FONT: Final = "PT Astra Serif"
_INSTEAD: Final = "Times New Roman"  # where the first is not installed
_TEXT, _SMALL, _SMALLEST = Pt(13), Pt(11), Pt(10)
_LEFT, _RIGHT = Mm(78), Mm(87)
_POST, _NAME = Mm(100), Mm(65)
_NONE: Final = Pt(0)


def to_docx(sheet: LetterSheet) -> bytes:
    """The letter's bytes."""
    made = docx.Document()
    _set_up(made, sheet)
    _head(made, sheet)
    if sheet.greeting:
        _add(made, sheet.greeting, align=ALIGN.CENTER, after=Pt(8))
    body = [_add(made, words, align=ALIGN.JUSTIFY, indent=Mm(12.5), after=Pt(4)) for words in sheet.paragraphs]
    if sheet.enclosed:
        body += _enclosures(made, sheet)
    for paragraph in body[-1:]:
        paragraph.paragraph_format.keep_with_next = True  # the signature never stands alone on a page
    _signature(made, sheet)
    _executor(made, [line for line in (sheet.executor, sheet.executor_phone) if line])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _set_up(made: Document, sheet: LetterSheet) -> None:
    """A4 with the margins of ГОСТ Р 7.0.97-2016, one font, the number of the page from the second on."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])

    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = FONT, _TEXT
    fonts = normal.element.rPr.rFonts
    for script in ("w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "ru-RU")
    normal.element.rPr.append(language)
    _name_instead(made)

    moment = datetime.combine(sheet.dated, time(), UTC)
    about = made.core_properties
    about.title = f"Письмо {sheet.number} от {sheet.dated:%d.%m.%Y}"
    about.author = about.last_modified_by = sheet.center
    about.comments, about.language = "", "ru-RU"
    about.created = about.modified = moment


def _name_instead(made: Document) -> None:
    """Tell the office program which font to take where ours is missing."""
    entry = (
        f'<w:font w:name="{FONT}"><w:altName w:val="{_INSTEAD}"/><w:charset w:val="CC"/>'
        '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    )
    for part in made.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", entry.encode() + b"</w:fonts>")


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = ALIGN.CENTER
    run = paragraph.add_run()
    run.font.size = _SMALLEST
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = words
        run._r.append(element)


def _head(made: Document, sheet: LetterSheet) -> None:
    """The letterhead with its requisites in the left corner, the addressee in the right one."""
    left, right = _two_cells(made, (_LEFT, _RIGHT))
    lines: list[tuple[str, Any, bool]] = [(sheet.district, _SMALLEST, False), (sheet.center, _TEXT, True)]
    lines += [(line, _SMALLEST, False) for line in sheet.letterhead]
    for words, size, bold in lines:
        if words:
            _put(left, words, align=ALIGN.CENTER, size=size, bold=bold, after=Pt(2))
    _put(left, sheet.outgoing, size=_SMALL, before=Pt(10))
    if sheet.incoming:
        _put(left, sheet.incoming, size=_SMALL)
    for words in sheet.addressee:
        _put(right, words, left=Mm(10))
    for place, words in enumerate(sheet.address):
        _put(right, words, size=_SMALL, left=Mm(10), before=Pt(6) if place == 0 else _NONE)
    _add(made, "", after=Pt(12))


def _enclosures(made: Document, sheet: LetterSheet) -> list[Paragraph]:
    first, *others = sheet.enclosed
    rows = [_add(made, f"Приложение:\t{first}", before=Pt(10))] + [_add(made, f"\t{line}") for line in others]
    for row in rows:
        row.paragraph_format.left_indent, row.paragraph_format.first_line_indent = Mm(30), Mm(-30)
        row.paragraph_format.tab_stops.add_tab_stop(Mm(30))
    return rows


def _signature(made: Document, sheet: LetterSheet) -> None:
    _add(made, "", after=Pt(12), keep=True)
    left, right = _two_cells(made, (_POST, _NAME))
    _put(left, sheet.signer_post)
    _put(right, sheet.signer, align=ALIGN.RIGHT)
    for cell in (left, right):
        cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM


def _executor(made: Document, lines: list[str]) -> None:
    """Who wrote it, in the lower left corner of the last page: a frame keeps it there whatever the text's length."""
    for line in lines:
        paragraph = _add(made, line, size=_SMALLEST)
        frame = OxmlElement("w:framePr")
        values = {"w": "9000", "hSpace": "0", "wrap": "around", "vAnchor": "margin", "hAnchor": "margin", "yAlign": "bottom"}
        for name, value in values.items():
            frame.set(qn(f"w:{name}"), value)
        paragraph._p.get_or_add_pPr().insert(0, frame)


def _two_cells(made: Document, widths: tuple[Any, Any]) -> tuple[_Cell, _Cell]:
    """A table of one row without lines, its cells empty."""
    table = made.add_table(rows=1, cols=2)
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    cells = table.rows[0].cells
    for cell, width in zip(cells, widths, strict=True):
        cell.width = width
    cannot_split = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(cannot_split)
    return cells[0], cells[1]


def _put(cell: _Cell, words: str, **style: Any) -> Paragraph:
    """A paragraph in a cell; a new cell's own empty one is used first."""
    first = cell.paragraphs[0]
    unused = len(cell.paragraphs) == 1 and not first.runs
    return _styled(first if unused else cell.add_paragraph(), words, **style)


def _add(made: Document, words: str, **style: Any) -> Paragraph:
    return _styled(made.add_paragraph(), words, **style)


def _styled(
    paragraph: Paragraph,
    words: str,
    *,
    align: ALIGN | None = None,
    size: Any = None,
    bold: bool = False,
    indent: Any = None,
    left: Any = None,
    before: Any = _NONE,
    after: Any = _NONE,
    keep: bool = False,
) -> Paragraph:
    run = paragraph.add_run(_printable(words))
    run.bold = bold or None
    run.font.size = size
    form = paragraph.paragraph_format
    form.alignment, form.first_line_indent, form.left_indent = align, indent, left
    form.space_before, form.space_after, form.line_spacing = before, after, 1.15
    form.widow_control = True
    if keep:
        form.keep_with_next = True
    return paragraph


def _printable(words: str) -> str:
    """Without the signs that XML can not hold."""
    return "".join(_allowed(words))


def _allowed(words: str) -> Iterable[str]:
    return (sign for sign in words if sign == "\t" or (sign >= " " and sign not in "\ufffe\uffff"))
