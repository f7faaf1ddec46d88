"""Every number of a report is the same on its page and in every document, whatever people wrote; the files open and print."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from html.parser import HTMLParser
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from django.template.loader import render_to_string
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from PIL import Image, ImageChops

from blocks.actors import Actor, ActorKind, Grant
from blocks.roles import Role
from reports import documents
from reports.documents import pdf
from reports.documents.sheets import sheets
from reports.paper import Cell, Figures, Form, Paper, Prose, Section, Table
from reports.paper_page import PaperPage
from reports.paper_private import without_private
from tests.reports import papers
from tests.reports.papers import HOSTILE, LONG_WORD, STARTERS


@pytest.fixture(scope="module")
def rich() -> Paper:
    return papers.rich()


@pytest.fixture(scope="module")
def made(rich: Paper) -> dict[str, bytes]:
    return {form: documents.render(rich, form) for form in documents.FORMATS}


def reader(role: Role) -> Actor:
    return Actor(kind=ActorKind.PERSON, center_id=1, name="Читатель", grants=(Grant(role),))


def page_of(paper: Paper, role: Role = Role.HEAD, **edit_urls: str) -> str:
    page = PaperPage(paper, reader(role), center="oktyabrsky", period="2026-W47", edit_urls=edit_urls)
    return render_to_string("reports/paper/paper.html", {"paper": page})


# The same numbers everywhere


def test_the_sample_has_every_way_of_writing(rich: Paper) -> None:
    assert {cell.form for cell in every_cell(rich)} == set(Form)


def test_the_page_says_what_the_report_says(rich: Paper) -> None:
    read = Read(page_of(rich))
    assert read.figures == [plain(one.value.words) for one in figures_of(rich)]
    assert read.changes == [plain(one.change.words) if one.change else "" for one in figures_of(rich)] or all(
        plain(one.change.words) in said for one, said in zip(figures_of(rich), read.changes, strict=True) if one.change
    )
    assert read.tables == [rows_in_words(table) for _, table in rich.tables() if table.rows]


def test_the_docx_says_what_the_report_says(rich: Paper, made: dict[str, bytes]) -> None:
    document = docx.Document(io.BytesIO(made["docx"]))
    shown = [[[plain(cell.text) for cell in row.cells] for row in table.rows[1:]] for table in report_tables(document)]
    assert shown == [rows_in_words(table) for _, table in rich.tables() if table.rows]
    others = [table for table in document.tables if table not in report_tables(document)]
    cells = [[plain(part.text) for part in cell.paragraphs] for table in others for row in table.rows for cell in row.cells]
    for one in figures_of(rich):
        said = next(cell for cell in cells if cell[0] == plain(one.name))
        assert said[1] == plain(one.value.words)
        assert one.change is None or plain(one.change.words) in said[2]


def test_the_pdf_says_what_the_report_says(rich: Paper, made: dict[str, bytes]) -> None:
    text = squeezed(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made["pdf"])).pages))
    for one in figures_of(rich):
        assert squeezed(one.value.words) in text
        assert one.change is None or squeezed(one.change.words) in text
    place = 0
    for _, table in rich.tables():
        for row in table.visible:
            for numbers in runs_of_numbers(table, row):
                found = text.find(numbers, place)
                assert found >= 0, (table.title, numbers)
                place = found


def test_the_workbook_says_what_the_report_says(rich: Paper, made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    summary = {row[0]: row[1:3] for row in rows_of(book.worksheets[0], 27)}
    for one in figures_of(rich):
        kept = (in_sheet(one.value), in_sheet(one.change) if one.change else None)
        assert summary[one.name] == pytest.approx(kept) if numbers_only(kept) else summary[one.name] == kept
    for sheet, (_, table) in zip(book.worksheets[1:], rich.tables(), strict=True):
        headers = [cell.value for cell in sheet[6]]
        places = [place for place, header in enumerate(headers) if header and not str(header).endswith(": пояснение")]
        rows = [[row[place] for place in places] for row in rows_of(sheet, len(table.rows))]
        lines = table.chart is not None and table.chart.kind == "lines"
        assert len(rows) == len(table.rows)
        for shown, row in zip(rows, table.rows, strict=True):
            for value, cell in zip(shown, row, strict=True):
                wanted = in_sheet(cell)
                if isinstance(wanted, float):
                    assert value == pytest.approx(wanted)
                else:
                    assert value == (None if lines and cell.value is None else wanted), table.title


def test_the_csv_says_what_the_report_says(rich: Paper, made: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(io.StringIO(made["csv"].decode("utf-8-sig"), newline="")))
    values = [line["value"] for line in lines if line["section"] not in ("report", "signature")]
    wanted: list[str] = []
    for cell in every_cell(rich):
        value = cell.value
        wanted.append("" if value is None else raw(value) if not isinstance(value, str) else harmless(value))
    assert [value for value in values if value in wanted or value == ""]
    texts = {
        harmless(words) for section in rich.sections for part in section.parts for words in getattr(part, "paragraphs", ())
    }
    assert [value for value in values if value not in texts] == [value for value in wanted if value not in texts]
    units = {line["unit"] for line in lines}
    assert units == {"text", "count", "share", "number", "seconds", "date"}


# What people wrote


def test_words_never_run_in_a_spreadsheet(rich: Paper, made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    values = {cell.value for cell in cells}
    assert {word.replace("\r", "\n") for word in (HOSTILE, *STARTERS)} <= values
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    for line in csv.reader(io.StringIO(made["csv"].decode("utf-8-sig"), newline="")):
        for value in line:
            assert not value.startswith(("=", "@", "\t", "\r")), value
            assert not value.startswith(("+", "-")) or float(value) is not None


def test_words_stand_as_they_are(rich: Paper, made: dict[str, bytes]) -> None:
    text = squeezed(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made["pdf"])).pages))
    assert '#panic("x")' in text
    assert '#read("/etc/passwd")' in text
    assert "root:" not in text
    document = docx.Document(io.BytesIO(made["docx"]))
    assert any(paragraph.text == HOSTILE for paragraph in document.paragraphs)
    html = page_of(rich)
    assert "<b> " not in html
    assert "&lt;b&gt;" in html
    assert "style=" not in html
    assert LONG_WORD in html


def test_signs_that_no_document_holds_are_left_out() -> None:
    odd = "а\x00б\x0bв\ufffeг"
    paper = papers.one_table(odd)
    assert documents.render(paper, "pdf").startswith(b"%PDF")
    document = docx.Document(io.BytesIO(documents.render(paper, "docx")))
    assert report_tables(document)[0].rows[1].cells[0].text == "абвг"
    openpyxl.load_workbook(io.BytesIO(documents.render(paper, "xlsx")))


def test_empty_reports_are_made_too() -> None:
    paper = papers.empty()
    for form in documents.FORMATS:
        assert documents.render(paper, form)
    assert "Резкого роста нет." in page_of(paper)
    text = " ".join(pypdf.PdfReader(io.BytesIO(documents.render(paper, "pdf"))).pages[0].extract_text().split())
    assert "Резкого роста нет." in text
    book = openpyxl.load_workbook(io.BytesIO(documents.render(paper, "xlsx")))
    assert book["Резкий рост"]["A7"].value == "Резкого роста нет."


# Ready to be used


def test_the_workbook_is_ready_to_print(rich: Paper, made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    for sheet in book.worksheets:
        assert sheet["A1"].value.startswith(rich.heading.center)
        assert rich.heading.period in sheet["A2"].value
        assert sheet.freeze_panes == "B7"
        assert sheet.print_area
        assert sheet.print_title_rows == "$6:$6"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.oddFooter is not None
        assert "&P" in str(sheet.oddFooter.right.text)
    with zipfile.ZipFile(io.BytesIO(made["xlsx"])) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 4
    assert any('prstDash val="dash"' in chart for chart in charts)
    assert any('grouping val="stacked"' in chart for chart in charts)


def test_sheets_are_named_as_excel_allows(rich: Paper) -> None:
    names = [sheet.name for sheet in sheets(papers.same_titles())]
    assert len({name.lower() for name in names}) == len(names)
    for name in (*names, *(sheet.name for sheet in sheets(rich))):
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")


def test_the_docx_can_be_edited(rich: Paper, made: dict[str, bytes]) -> None:
    document = docx.Document(io.BytesIO(made["docx"]))
    styles = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style]
    assert styles.count("Title") == 1
    assert styles.count("Heading 1") == len(rich.sections)
    for table in report_tables(document):
        assert table.rows[0]._tr.trPr is not None
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [section.orientation for section in document.sections] == [
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
        WD_ORIENT.PORTRAIT,
    ]
    known = {style.style_id for style in document.styles}
    parts = (document.element.body, document.sections[0].footer._element)
    asked = {str(one.get(qn("w:val"))) for part in parts for tag in ("w:pStyle", "w:tblStyle") for one in part.iter(qn(tag))}
    assert asked <= known
    codes = [str(one.text).strip() for one in document.sections[0].footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    body = document.element.body
    pictures = [str(one.get("descr")) for one in body.iter(qn("wp:docPr"))]
    assert "Доля ответов в срок по месяцам" in pictures
    assert len(pictures) == len(document.inline_shapes) == 4
    assert not list(body.iter(qn("w:txbxContent")))
    assert rich.signature is not None
    assert document.tables[-1].rows[0].cells[0].text == rich.signature.post


def test_the_pdf_prints_inside_its_margins(rich: Paper, made: dict[str, bytes]) -> None:
    pages = pdf.pictures(rich, dots=50)
    assert len(pages) == len(pypdf.PdfReader(io.BytesIO(made["pdf"])).pages)
    for number, content in enumerate(pages, start=1):
        picture = Image.open(io.BytesIO(content)).convert("L")
        box = ImageChops.invert(picture).point(lambda value: 255 if value > 24 else 0).getbbox()
        assert box is not None, f"page {number} is blank"
        margin = 13 / 25.4 * 50
        left, top, right, bottom = box
        assert left >= margin, number
        assert top >= margin, number
        assert right <= picture.width - margin, number
        assert bottom <= picture.height - 6 / 25.4 * 50, number


def test_a_usual_week_takes_two_sheets() -> None:
    assert len(pypdf.PdfReader(io.BytesIO(documents.render(papers.week(), "pdf"))).pages) == 2


def test_the_pdf_numbers_its_pages_in_the_products_type(made: dict[str, bytes]) -> None:
    read = pypdf.PdfReader(io.BytesIO(made["pdf"]))
    for number, page in enumerate(read.pages, start=1):
        assert f"{number} из {len(read.pages)}" in " ".join(page.extract_text().split())
    resources: Any = read.pages[0]["/Resources"]
    assert all("PTSans" in str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values())


# Who reads it


def test_an_observer_reads_no_names_and_no_numbers_of_cases(rich: Paper) -> None:
    html = page_of(rich, Role.OBSERVER)
    hidden = without_private(rich)
    assert "ОКТ-2026" not in html
    assert "Ответственный" not in html
    assert "<a " not in html
    for form in documents.FORMATS:
        content = documents.render(hidden, form)
        text = content.decode("utf-8-sig") if form == "csv" else ""
        assert "ОКТ-2026" not in text
        assert b"\xd0\x9e\xd0\x9a\xd0\xa2-2026" not in content
    book = openpyxl.load_workbook(io.BytesIO(documents.render(hidden, "xlsx")))
    assert [cell.value for cell in book["Просрочено"][6]][:2] == ["Тема", "Тема: пояснение"]


def test_a_hidden_column_takes_its_chart_along() -> None:
    paper = papers.private_chart()
    (_, first), (_, second) = without_private(paper).tables()
    assert first.chart is None
    assert second.chart is not None
    assert second.chart.series == (1,)
    assert (second.bar, second.tick) == (1, None)


def test_numbers_lead_to_their_cases(rich: Paper) -> None:
    head, block = page_of(rich), page_of(rich, Role.BLOCK_RESPONSIBLE)
    assert "/oktyabrsky/reports/cases/2026-W47/received/?topic=1" in head
    assert "/messages/%D0%9E%D0%9A%D0%A2-2026-000001/" in head
    assert "/received/?topic=1" in block
    assert "/messages/" not in block  # its own cases only, and which they are the register says


def test_words_that_nobody_wrote_wait_for_whoever_may(rich: Paper) -> None:
    assert "Риски" not in page_of(rich)
    html = page_of(rich, risks="/risks/", causes="/causes/")
    assert 'href="/risks/"' in html
    assert "Не заполнено." in html


def test_a_place_that_waits_repeats_no_title() -> None:
    section = Section("Анализ и выводы", (Prose("Анализ и выводы", (), place="analysis"),))
    html = page_of(Paper(papers.heading(), (section,)), analysis="#places")
    assert html.count("Анализ и выводы</h") == 1
    assert "Изменить в списке текстов" in html  # of several blocks one is chosen there


def test_a_nought_is_neither_good_nor_bad() -> None:
    assert Cell(0, Form.COUNT, tone="bad").tone == Cell(None, Form.CHANGE, tone="good").tone == ""
    assert Cell(0.0, Form.SHARE, tone="bad").tone == Cell(3, Form.COUNT, tone="bad").tone == "bad"


def test_a_sheet_is_named_in_whole_words() -> None:
    long = Table("Просрочено по блокам и ответственным получателям", (), ())
    names = [sheet.name for sheet in sheets(Paper(papers.heading(), (Section("", (long, long)),)))]
    assert names == ["Сводка", "Просрочено по блокам и", "Просрочено по блокам и (2)"]


# Helpers


class Read(HTMLParser):
    """The figures and the tables of a page, in words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: list[str] = []
        self.changes: list[str] = []
        self.tables: list[list[list[str]]] = []
        self._into: list[str] | None = None
        self._in_svg = False
        self.feed(html)
        self.tables = [[[plain(cell) for cell in row] for row in table if row] for table in self.tables]
        self.figures = [plain(one) for one in self.figures]
        self.changes = [plain(one) for one in self.changes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        look = dict(attrs).get("class") or ""
        scope = dict(attrs).get("scope")
        if tag == "svg":
            self._in_svg = True
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th") and scope != "col" and "bar-cell" not in look:
            self._into = self.tables[-1][-1]
            self._into.append("")
        elif tag == "span" and look.startswith("figure__value"):
            self._into = self.figures
            self._into.append("")
        elif tag == "span" and look.startswith("figure__change"):
            self._into = self.changes
            self._into.append("")
        elif tag in ("td", "th"):
            self._into = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._in_svg = False
        if tag in ("td", "th", "div"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into and not self._in_svg:
            self._into[-1] += data


def plain(words: str) -> str:
    return " ".join(words.split())


def squeezed(words: str) -> str:
    return "".join(words.split())


def figures_of(paper: Paper) -> list[Any]:
    return [one for section in paper.sections for part in section.parts if isinstance(part, Figures) for one in part.figures]


def rows_in_words(table: Table) -> list[list[str]]:
    return [[plain(f"{cell.words} {cell.note}") for cell in row] for row in table.visible]


def runs_of_numbers(table: Table, row: tuple[Cell, ...]) -> Iterator[str]:
    """Numbers that follow one another in a row: words between them may be hyphenated."""
    run = ""
    for column, cell in zip(table.columns, row, strict=True):
        if column.is_number:
            run += squeezed(cell.words)
        elif run:
            yield run
            run = ""
    if run:
        yield run


def report_tables(document: Any) -> list[Any]:
    return [table for table in document.tables if table.style is not None and table.style.name == "Report Table"]


def rows_of(sheet: Any, count: int) -> list[tuple[Any, ...]]:
    return [] if not count else list(sheet.iter_rows(min_row=7, max_row=6 + count, values_only=True))


def numbers_only(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def in_sheet(cell: Cell) -> Any:
    """What Excel must hold for the cell."""
    value = cell.value
    if value is None:
        return "—"
    if isinstance(value, str):
        if cell.form is Form.DAY:
            return datetime.combine(datetime.fromisoformat(value).date(), time())
        return value.replace("\r", "\n")
    of_hundred = cell.form in (Form.SHARE, Form.PERCENT, Form.POINTS, Form.TENTHS_OF_POINTS)
    return value / 3600 if cell.form is Form.DURATION else 100 * value if of_hundred else value


def every_cell(paper: Paper) -> Iterator[Cell]:
    """All values in the order of the report."""
    for section in paper.sections:
        for part in section.parts:
            if isinstance(part, Table):
                yield from (cell for row in part.rows for cell in row)
            elif isinstance(part, Figures):
                for one in part.figures:
                    yield from (one.value, *([one.change] if one.change else []))


def raw(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def harmless(words: str) -> str:
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words
