"""A report as a DOCX that an official can go on editing: real styles, plain tables, charts as pictures with their words.

A4 upright; a table that asks for more stands in a section laid on its side. Page numbers are fields, headers of tables repeat,
the signature is a table without lines. No text boxes, nothing that runs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import parse_xml
from docx.shared import Mm

from reports import charts, paper_charts
from reports.documents import docx_xml as xml
from reports.documents import layout
from reports.documents.docx_styles import set_up
from reports.paper import Figure, Figures, Paper, Part, Prose, Section, Table

SHEET: Final = (Mm(210), Mm(297))
MARGIN: Final = 20  # millimetres at the sides
ACROSS: Final = {False: 210 - 2 * MARGIN, True: 297 - 2 * MARGIN}
IN_A_ROW: Final = {True: 5, False: 4}
LOOSER: Final = 1.1  # letters of the font that stands in for ours
BESIDE: Final = 0.55  # of the width: the part of a table that its chart stands over at full width
DOTS: Final = 1400  # pixels across a chart


def render(paper: Paper) -> bytes:
    """The document's bytes."""
    made = docx.Document()
    set_up(made, paper)
    writer = _Writer(made, paper)
    writer.write()
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


class _Writer:
    """Puts a report into a document from its head to its signature."""

    def __init__(self, made: Document, paper: Paper) -> None:
        self._made, self._paper = made, paper
        self._on_its_side = False
        self._pictures = _pictures(paper)

    def write(self) -> None:
        self._head()
        for section in layout.sections(self._paper):
            self._section(section)
        self._signature()

    def _head(self) -> None:
        heading = self._paper.heading
        left = [xml.paragraph(words, "Center") for words in (heading.center, *heading.letterhead)]
        right = [xml.paragraph(heading.to, "Addressee")] if heading.to else []
        if heading.curator:
            right.append(xml.paragraph(f"Куратор: {heading.curator}", "Note", align="right"))
        self._put(xml.plain_table([[left, right or [xml.paragraph("", "Note")]]], (100, 70)))
        self._words(heading.title, "Title")
        self._words(heading.period, "Subtitle")
        for mark in self._paper.marks:
            self._words(mark, "Mark")
        self._words(f"{heading.made.rstrip('.')}. {heading.note}".strip(), "Note")

    def _section(self, section: Section) -> None:
        parts = [part for part in section.parts if not layout.is_silent(part)]
        self._turn(sideways=any(_is_wide(part) for part in parts[:1]))
        if section.title:
            self._words(section.title, "Heading 1")
        if section.note:
            self._words(section.note, "Note", keep=True)
        for part in parts:
            self._turn(sideways=_is_wide(part))
            if title := layout.title_of(section, part):
                self._words(title, "Heading 2" if section.title else "Heading 1")
            self._part(part)

    def _part(self, part: Part) -> None:
        match part:
            case Table():
                self._table(part)
            case Figures():
                self._figures(part)
            case Prose():
                for paragraph in part.paragraphs or (part.empty,):
                    self._words(paragraph, "Body Text" if part.paragraphs else "Note")
                if part.paragraphs and part.by:
                    self._words(part.by, "Note")

    def _table(self, table: Table) -> None:
        if not table.rows:
            self._words(table.empty, "Note")
            return
        if picture := self._pictures.get(id(table)):
            self._picture(picture, table.chart.title if table.chart else "")
        self._put(xml.table(table, layout.millimetres(table, ACROSS[self._on_its_side], bars=False, looser=LOOSER)))
        # An empty line too: two tables one after another would become one.
        for words in [words for words in (layout.more(table), table.note) if words] or [""]:
            self._words(words, "Note")

    def _figures(self, part: Figures) -> None:
        most = min(IN_A_ROW[part.leading], len(part.figures))
        rows = [part.figures[place : place + most] for place in range(0, len(part.figures), most)]
        empty = [xml.paragraph("", "Note")]
        cells = [[_figure(figure, leading=part.leading) for figure in row] + [empty] * (most - len(row)) for row in rows]
        self._put(xml.plain_table(cells, (ACROSS[False] / most,) * most))
        self._words("", "Note")

    def _picture(self, picture: bytes, title: str) -> None:
        self._made.add_picture(io.BytesIO(picture), width=Mm(ACROSS[self._on_its_side] * (BESIDE if self._on_its_side else 1)))
        paragraph = self._made.paragraphs[-1]
        paragraph.paragraph_format.keep_with_next = True
        xml.describe(paragraph, title)

    def _turn(self, *, sideways: bool) -> None:
        """Begin a section of the other orientation, where it is the other one."""
        if sideways == self._on_its_side:
            return
        section = self._made.add_section(WD_SECTION.NEW_PAGE)
        width, height = SHEET[::-1] if sideways else SHEET
        section.orientation = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = width, height
        self._on_its_side = sideways

    def _signature(self) -> None:
        signature = self._paper.signature
        if signature is None:
            return
        self._turn(sideways=False)
        self._words("", "Body Text", keep=True)
        name = [xml.paragraph(signature.name, "Signer", align="right")]
        if signature.signed:
            name.append(xml.paragraph(f"Подписано {signature.signed}", "Note", align="right"))
        line = [xml.paragraph("____________________", "Signer", align="center")]
        self._put(xml.plain_table([[[xml.paragraph(signature.post, "Signer")], line, name]], (70, 45, 55)))
        self._words("", "Note")

    def _words(self, words: str, style: str, *, keep: bool = False) -> None:
        self._put(xml.paragraph(words, style, keep=keep))

    def _put(self, element: str) -> None:
        self._made.element.body.sectPr.addprevious(parse_xml(element))


def _is_wide(part: Part) -> bool:
    return isinstance(part, Table) and layout.is_wide(part, ACROSS[False] / LOOSER)


def _figure(figure: Figure, *, leading: bool) -> list[str]:
    size = "Large" if leading else "Medium"
    parts = [xml.paragraph(figure.name, "Note"), xml.paragraph(figure.value.words, size)]
    if words := layout.change_words(figure):
        parts.append(xml.paragraph(words, "Note", tone=figure.change.tone if figure.change else ""))
    return parts


def _pictures(paper: Paper) -> dict[int, bytes]:
    """The charts of all tables, set at once."""
    drawn: dict[int, str] = {id(table): str(svg) for table, svg in _drawings(paper)}
    return dict(zip(drawn, charts.pngs(list(drawn.values()), DOTS), strict=True))


def _drawings(paper: Paper) -> Iterator[tuple[Table, str]]:
    for _, table in paper.tables():
        svg = paper_charts.draw(table, width=paper_charts.FULL, paper=True)
        if svg is not None:
            yield table, svg
