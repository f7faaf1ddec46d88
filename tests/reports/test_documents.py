"""The documents open, say what the figures say, and nothing in them runs."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pypdf
import pytest

from blocks.models import Topic
from reports import documents
from reports.documents.heading import heading_of
from reports.documents.problemator_pdf import contents
from reports.figures import count_week
from reports.models import Problemator
from reports.page import Page
from reports.periods import parse_week
from reports.shape import Figures
from tests.reports.conftest import Scene

HOSTILE = '=cmd|"/c calc"!A1 #panic("x") #read("/etc/passwd") $x$ *b* _i_ <b> \\ {{ x }} @SUM(A1)'
MADE_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def figures(okt_weeks: Scene) -> Figures:
    Topic.objects.filter(center=okt_weeks.cast.center, code="road_snow").update(name=HOSTILE)
    return count_week(okt_weeks.cast.center, okt_weeks.week)


@pytest.fixture
def made(okt_weeks: Scene, figures: Figures) -> dict[str, bytes]:
    heading = heading_of(center=okt_weeks.cast.center, week=okt_weeks.week, status="черновик", made_at=MADE_AT)
    return documents.render(heading=heading, figures=figures)


def test_the_workbook_says_what_the_figures_say(made: dict[str, bytes], figures: Figures) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert book.sheetnames == [
        "Сводка",
        "По дням",
        "Источники",
        "Блоки",
        "Темы",
        "Территории",
        "Резкий рост",
        "Просрочено",
    ]
    summary = {row[0]: row[1:] for row in _rows(book["Сводка"])}
    assert summary["Поступило"] == (11, 7, 4)
    assert summary["Отвечено"] == (9, 2, 7)
    assert summary["Просрочено на конец периода"] == (3, 2, 1)
    assert summary["Доля отвеченных в срок, %"] == (56, 100, -44)
    assert summary["В работе: Поступило"] == (3, 2, 1)
    blocks = {row[0]: row for row in _rows(book["Блоки"])}
    assert blocks["ЖКХ и энергетика"][1:4] == (3, 2, 1)
    assert [row[0] for row in _rows(book["Просрочено"])] == [line["number"] for line in figures["overdue"]]


def test_the_workbook_is_ready_to_print(made: dict[str, bytes], okt_weeks: Scene) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    for sheet in book.worksheets:
        assert sheet["A1"].value == okt_weeks.cast.center.name
        assert "16–22 ноября 2026 года" in sheet["A2"].value
        assert sheet.freeze_panes == "B7"
        assert sheet.print_area
        assert sheet.print_title_rows == "$6:$6"
    with zipfile.ZipFile(io.BytesIO(made["xlsx"])) as parts:
        assert sum(name.startswith("xl/charts/chart") for name in parts.namelist()) == 5


def test_words_never_become_formulas(made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == HOSTILE for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)


def test_the_pdf_says_what_the_figures_say(made: dict[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made["pdf"]))
    text = " ".join(page.extract_text() for page in reader.pages)
    words = " ".join(text.split())
    assert len(reader.pages) == 2
    assert "Проблематор" in words
    assert "16–22 ноября 2026 года" in words
    assert "ОКТ-2026-" in words
    assert "1 из 2" in words
    for figure in ("11", "56 %", "−44 п. п."):
        assert figure in words.replace("\u00a0", " ")
    assert "PTSans" in _fonts(reader)


def test_hostile_words_stand_in_the_pdf_as_they_are(made: dict[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made["pdf"]))
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    assert '#panic("x")' in text
    assert '#read("/etc/passwd")' in text
    assert "root:" not in text


def test_page_and_pdf_show_the_same_numbers(okt_weeks: Scene, figures: Figures) -> None:
    heading = heading_of(center=okt_weeks.cast.center, week=okt_weeks.week, status="черновик", made_at=MADE_AT)
    paper: dict[str, Any] = contents(heading, figures)
    kept = json.loads(json.dumps(figures))  # as the database gives it back
    row = Problemator(center=okt_weeks.cast.center, week_start=okt_weeks.week.monday, figures=kept)
    page = Page(row, okt_weeks.cast.actor("head"))
    assert [number.value for number in page.headline()] == [one["value"] for one in paper["headline"]]
    assert [line.number.value for line in page.topics()] == [one["now"] for one in paper["topics"]]
    assert [line.cells[-1].value for line in page.blocks()] == [one["overdue"] for one in paper["blocks"]]
    assert [one["late"] for one in page.overdue()] == [one["late"] for one in paper["overdue"]]


def test_an_empty_week_makes_documents_too(okt_weeks: Scene) -> None:
    center = okt_weeks.cast.center
    week = parse_week("2026-W30", center.tz)
    heading = heading_of(center=center, week=week, status="черновик", made_at=MADE_AT)
    made = documents.render(heading=heading, figures=count_week(center, week))
    assert "Просроченных дел нет" in " ".join(pypdf.PdfReader(io.BytesIO(made["pdf"])).pages[-1].extract_text().split())
    assert openpyxl.load_workbook(io.BytesIO(made["xlsx"]))["Просрочено"]["A7"].value == "За неделю нет."


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    """Rows of the table under its header, up to the first empty one."""
    rows = []
    for row in sheet.iter_rows(min_row=7, values_only=True):
        if row[0] is None:
            break
        rows.append(row)
    return rows


def _fonts(reader: pypdf.PdfReader) -> str:
    resources: Any = reader.pages[0]["/Resources"]
    return " ".join(str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values())
