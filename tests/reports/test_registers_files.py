"""Files of the registers: what is taken home can be brought back, and a file brought twice changes nothing."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mcu.models import Outbox
from reports.models import RegisterEvent, RegisterImport
from reports.registers.definitions import REGISTERS
from reports.registers.table import NUMBER
from reports.services import registers as service
from reports.services.register_files import ROWS
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, words
from tests.reports.register_rows import CHANGED, values

pytestmark = pytest.mark.django_db
ALL = pytest.mark.parametrize("code", REGISTERS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def at(cast: Cast, code: str, *more: object) -> str:
    return "/".join([f"/{cast.center.slug}/reports/registers/{code}", *(str(one) for one in more), ""])


def add(cast: Cast, code: str, **more: Any) -> Any:
    """A row of the register."""
    register = REGISTERS[code]
    return service.create(register=register, center=cast.center, actor=cast.system, values=values(cast, code) | more, now=NOW)


def taken(cast: Cast, code: str, form: str = "xlsx", query: str = "") -> bytes:
    """The register as a file."""
    response = browser(cast, "support").get(at(cast, code, "export", form) + query)
    assert response.status_code == 200
    return response.content


def bring(cast: Cast, code: str, content: bytes, *, name: str = "таблица.xlsx", who: str = "support") -> Any:
    """Send the file; the page that follows."""
    file = SimpleUploadedFile(name, content, content_type=XLSX)
    return browser(cast, who).post(at(cast, code, "file"), {"file": file}, follow=True)


def confirm(cast: Cast, code: str, shown: Any, who: str = "support") -> Any:
    """Press the button of the preview."""
    kept = shown.context["kept"]
    return browser(cast, who).post(at(cast, code, "file", kept.pk), {"digest": shown.context["plan"].digest}, follow=True)


def sheet(rows: list[list[Any]]) -> bytes:
    """A workbook as a person makes it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        for line, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(line, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                else:
                    page.write(line, place, value)
    return stream.getvalue()


def counts(shown: Any) -> tuple[int, int, int, int]:
    """New, changed, the same, wrong."""
    plan = shown.context["plan"]
    return len(plan.new), len(plan.changed), len(plan.same), len(plan.wrong)


@ALL
def test_what_is_taken_home_comes_back_unchanged(okt: Cast, code: str) -> None:
    add(okt, code)
    for form, name in (("xlsx", "а.xlsx"), ("csv", "а.csv")):
        shown = bring(okt, code, taken(okt, code, form), name=name)
        assert counts(shown) == (0, 0, 1, 0), form
        assert "в реестре уже есть" in words(shown)


@ALL
def test_a_file_makes_the_same_rows_and_twice_changes_nothing(okt: Cast, kor: Cast, code: str) -> None:
    """Exported without the numbers, emptied, brought again twice."""
    kept = add(okt, code)
    register = REGISTERS[code]
    book = openpyxl.load_workbook(io.BytesIO(taken(okt, code)))
    page = book.worksheets[0]
    page.cell(2, 1).value = None
    stream = io.BytesIO()
    book.save(stream)
    register.rows.filter(pk=kept.pk)._raw_delete(using="default")
    shown = bring(okt, code, stream.getvalue())
    assert counts(shown) == (1, 0, 0, 0)
    assert "Файл внесён. Новых записей: 1" in words(confirm(okt, code, shown))
    row = register.rows.get()
    assert {name: getattr(row, name) for name in register.fields} == {name: getattr(kept, name) for name in register.fields}
    event = RegisterEvent.objects.filter(row=row.pk).get()
    assert (event.kind, event.file_name, event.user) == ("created", "таблица.xlsx", okt.people["support"])
    again = bring(okt, code, stream.getvalue())
    assert counts(again) == (0, 0, 1, 0)
    confirm(okt, code, again)
    assert register.rows.get().version == 1
    assert RegisterEvent.objects.filter(row=row.pk).count() == 1


@ALL
def test_a_line_with_its_number_changes_its_row(okt: Cast, code: str) -> None:
    register, (name, value) = REGISTERS[code], CHANGED[code]
    row = add(okt, code)
    lines = list(csv.reader(io.StringIO(taken(okt, code, "csv").decode("utf-8-sig")), delimiter=";"))
    field = register.of(name)
    word = str(dict(field.flatchoices).get(value, value)) if field.choices else value
    lines[1][lines[0].index(register.title(name))] = word
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows(lines)
    shown = bring(okt, code, stream.getvalue().encode("cp1251"), name="из Excel.csv")
    assert counts(shown) == (0, 1, 0, 0)
    assert word in words(shown).replace("\u00a0", "")
    confirm(okt, code, shown)
    changed = register.rows.get()
    assert (changed.pk, changed.version) == (row.pk, 2)
    event = RegisterEvent.objects.order_by("-pk")[0]
    assert [one["field"] for one in event.changes] == [name]


@ALL
def test_the_template_has_every_header_and_opens_empty(okt: Cast, code: str) -> None:
    register = REGISTERS[code]
    response = browser(okt, "support").get(f"/{okt.center.slug}/reports/registers/{code}/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == [NUMBER, *(register.title(name) for name in register.fields)]
    assert page.max_row == 1
    assert page.freeze_panes == "B2"
    assert "ни одной строки" in words(bring(okt, code, response.content))


def test_the_export_is_ready_to_print_and_runs_nothing(okt: Cast) -> None:
    add(okt, "hearings", title='=HYPERLINK("http://x")', result="+7", participants=None)
    page = openpyxl.load_workbook(io.BytesIO(taken(okt, "hearings"))).worksheets[0]
    assert page.auto_filter.ref
    assert page.print_area
    cell = page.cell(2, 3)
    assert (cell.value, str(cell.data_type)) in (('=HYPERLINK("http://x")', "s"), ('=HYPERLINK("http://x")', "f"))
    assert isinstance(page.cell(2, 2).value, datetime)
    text = taken(okt, "hearings", "csv").decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "'+7" in text
    assert counts(bring(okt, "hearings", text.encode(), name="а.csv")) == (0, 0, 1, 0)


def test_only_what_the_filters_find_is_exported(okt: Cast) -> None:
    add(okt, "hearings")
    add(okt, "hearings", title="Схема дорог", held_on=date(2026, 5, 1))
    text = taken(okt, "hearings", "csv", "?since=2026-10-01").decode("utf-8-sig")
    assert "Бюджет" in text
    assert "Схема" not in text


HEARINGS = ["День слушаний", "О чём", "С использованием ПОС"]


def test_each_wrong_line_is_named_and_the_right_ones_can_be_put_in(okt: Cast) -> None:
    content = sheet(
        [
            ["Реестр слушаний за год"],
            [],
            ["№ п/п", *HEARINGS, "Населённый пункт", "Участников"],
            [1, date(2026, 10, 1), "Устав района", "да", "", 30],
            [2, date(2027, 10, 1), "Завтрашние", "да", "", 30],
            [3, "первого октября", "День словами", "да", "", 30],
            [4, date(2026, 10, 2), "Нет такого села", "да", "Атлантида", 30],
            [5, date(2026, 10, 3), "Не да и не нет", "наверное", "", "много"],
            [6, date(2026, 10, 4), "Формула", "=1=1", "", 30],
            [7, date(2026, 10, 5), "Звоните 8 922 123-45-67", "да", "", 30],
            [8, date(2026, 10, 1), "устав  РАЙОНА", "да", "", 30],
            [9, None, "Без дня", "да", "", 30],
        ]
    )
    shown = bring(okt, "hearings", content)
    assert counts(shown) == (2, 0, 0, 7)
    assert "В файле есть формулы" in words(shown)
    told = {one.line: " ".join(one.errors) for one in shown.context["plan"].wrong}
    assert "ещё не наступил" in told[5]
    assert "нужна дата вида 31.12.2026" in told[6]
    assert "«Атлантида» нет в списке" in told[7]
    assert "нужно «да» или «нет»" in told[8]
    assert "не целое число" in told[8]
    assert "Личных данных" in told[10]
    assert "Повторяет строку 4" in told[11]
    assert "Заполните" in told[12]
    assert "Внести 2 строки" in words(shown).replace("\u00a0", " ")
    confirm(okt, "hearings", shown)
    assert {row.title: row.with_pos for row in REGISTERS["hearings"].rows} == {"Устав района": True, "Формула": False}


def test_missing_headers_are_named(okt: Cast) -> None:
    text = words(bring(okt, "hearings", sheet([["О чём", "Участников"], ["Устав", 5]])))
    assert "В файле нет столбцов: «День слушаний»" in text
    assert "шаблон" in text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("а.xlsx", b"", "пуст"),
        ("а.xlsx", b"PK\x03\x04 broken", "поврежд"),
        ("а.pdf", b"%PDF-1.4 ...", "ODS и CSV до 5 МБ"),
        ("а.csv", b"\x00\x01\x02", "не принимаются"),
        ("а.exe", b"MZ\x90", "программа"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(okt: Cast, name: str, content: bytes, said: str) -> None:
    response = bring(okt, "hearings", content, name=name)
    assert response.status_code == 422
    assert said in words(response)
    assert not RegisterImport.objects.exists()


def repacked(content: bytes, parts: dict[str, bytes], renamed: dict[str, str] | None = None) -> bytes:
    """The workbook with some parts replaced, and some under other names."""
    stream, names = io.BytesIO(), renamed or {}
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            inside = parts.get(one, old.read(one))
            for before, after in names.items():
                inside = inside.replace(before.rsplit("/", 1)[-1].encode(), after.rsplit("/", 1)[-1].encode())
            new.writestr(names.get(one, one), inside)
    return stream.getvalue()


HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TEXTS = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"


def texts(count: int) -> bytes:
    """Many short texts that pack no better than those of a real table."""
    return HEAD + b"<sst " + MAIN + b">" + b"".join(b"<si><t>%d</t></si>" % (one * 7919) for one in range(count)) + b"</sst>"


def of_lines(lines: bytes) -> bytes:
    return HEAD + b"<worksheet " + MAIN + b"><sheetData>" + lines + b"</sheetData></worksheet>"


FAR = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
LINE = b'<row><c t="inlineStr"><is><t>%s</t></is></c></row>'
HEAVY: dict[str, tuple[dict[str, bytes], dict[str, str], str]] = {
    "texts": ({TEXTS: texts(200_000)}, {}, "нет столбцов"),
    "texts under another name": ({}, {TEXTS: "xl/sharedStrings.dat"}, "не удалось прочитать"),
    "lines": ({SHEET: of_lines(b"<row/>" * 30_000)}, {}, "нет столбцов"),
    "a line far away": ({SHEET: of_lines(b'<row r="99999999999"><c r="A1"><v>1</v></c></row>')}, {}, "нет столбцов"),
    "a cell far away": ({SHEET: of_lines(FAR)}, {}, "слишком велика"),
    "styles": ({"xl/styles.xml": HEAD + b"<styleSheet " + MAIN + b">" + b"<xf/>" * 300_000 + b"</styleSheet>"}, {}, "Внести 1"),
    "a document type": (
        {TEXTS: b'<!DOCTYPE a [<!ENTITY b "b">]><sst><si><t>&b;</t></si></sst>'},
        {},
        "не удалось прочитать",
    ),
    "a bomb": ({SHEET: b"<a>" + b" " * 70_000_000}, {}, "слишком велик"),
}


@pytest.mark.parametrize("what", HEAVY)
def test_a_heavy_workbook_is_read_or_refused_at_once(okt: Cast, what: str) -> None:
    parts, renamed, said = HEAVY[what]
    content = repacked(sheet([HEARINGS, [date(2026, 10, 1), "Устав", "да"]]), parts, renamed)
    began = sum(os.times()[:4])
    assert said in words(bring(okt, "hearings", content)).replace("\u00a0", " ")
    assert sum(os.times()[:4]) - began < 5  # the reader's process with ours


def test_a_hundred_thousand_lines_are_refused_at_once(okt: Cast) -> None:
    content = repacked(sheet([["Столбец"]]), {SHEET: of_lines(b"".join(LINE % (b"%d" % one) for one in range(100_000)))})
    began = sum(os.times()[:4])
    assert bring(okt, "hearings", content).status_code == 422
    assert sum(os.times()[:4]) - began < 5


def test_a_full_table_is_read(okt: Cast) -> None:
    """As many lines as are taken, each text of its own, and a last formatted line at the end of the sheet."""
    rows = [[date(2026, 10, 1), f"Слушания {number}", "да"] for number in range(ROWS)]
    content = sheet([HEARINGS, *rows])
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        page = old.read(SHEET).replace(b"</sheetData>", b'<row r="1048576" ht="12"></row></sheetData>')
    assert counts(bring(okt, "hearings", repacked(content, {SHEET: page})))[0] == ROWS
    assert f"больше {ROWS} строк" in words(bring(okt, "hearings", sheet([HEARINGS, *rows, rows[0]])))


def test_a_header_that_stands_twice_is_refused(okt: Cast) -> None:
    twice = sheet([[*HEARINGS, " о  чём"], [date(2026, 10, 1), "Устав", "да", "Бюджет"]])
    response = bring(okt, "hearings", twice)
    assert response.status_code == 422
    assert "Столбец «О чём» стоит дважды" in words(response)


def test_markup_in_a_cell_of_csv_is_a_text(okt: Cast) -> None:
    text = "День слушаний;О чём;С использованием ПОС\n01.10.2026;<script>alert(1)</script>;да\n"
    shown = bring(okt, "hearings", text.encode(), name="а.csv")
    assert counts(shown) == (1, 0, 0, 0)
    assert b"<script>alert" not in shown.content
    confirm(okt, "hearings", shown)
    assert REGISTERS["hearings"].rows.get().title == "<script>alert(1)</script>"


def test_another_person_does_not_find_the_file_and_an_old_plan_is_not_done(okt: Cast) -> None:
    content = sheet([HEARINGS, [date(2026, 10, 1), "Устав", "да"]])
    shown = bring(okt, "hearings", content)
    kept = shown.context["kept"]
    assert browser(okt, "head").get(at(okt, "hearings", "file", kept.pk)).status_code == 404
    add(okt, "hearings", title="Устав", held_on=date(2026, 10, 1), with_pos=False, participants=None)
    response = confirm(okt, "hearings", shown)
    assert response.status_code == 409
    assert "реестр изменился" in words(response)
    assert REGISTERS["hearings"].rows.get().with_pos is False
    confirm(okt, "hearings", response)
    assert REGISTERS["hearings"].rows.get().with_pos is True
    assert confirm(okt, "hearings", response).status_code == 409


def test_people_of_a_block_bring_their_rows_only(okt: Cast) -> None:
    add(okt, "risks")
    foreign = add(okt, "risks", summary="Чужой", block=okt.block("housing"))
    content = taken(okt, "risks")
    lines = openpyxl.load_workbook(io.BytesIO(content))
    page = lines.worksheets[0]
    for row in (2, 3):
        page.cell(row, 6).value = "низкий"
    stream = io.BytesIO()
    lines.save(stream)
    shown = bring(okt, "risks", stream.getvalue(), who="roads")
    assert counts(shown) == (0, 1, 0, 1)
    assert "не вашего блока" in words(shown)
    confirm(okt, "risks", shown, who="roads")
    foreign.refresh_from_db()
    assert foreign.level == "medium"


def test_high_risks_of_a_file_are_told_to_the_head_in_one_notice(okt: Cast) -> None:
    header = ["Замечен", "Где", "Суть", "Уровень"]
    rows = [[date(2026, 11, day), "СМИ", f"Риск {day}", "высокий"] for day in (10, 11, 12)]
    confirm(okt, "risks", bring(okt, "risks", sheet([header, *rows])))
    assert "3" in Outbox.objects.get(kind="risk").subject


def test_a_long_file_costs_as_many_queries_as_a_short_one(okt: Cast) -> None:
    costs = []
    for size in (5, 400):
        rows = [[date(2026, 10, 1), f"Слушания {size} {number}", "да"] for number in range(size)]
        shown = bring(okt, "hearings", sheet([HEARINGS, *rows]))
        assert counts(shown)[0] == size
        client, kept = browser(okt, "support"), shown.context["kept"]
        with CaptureQueriesContext(connection) as caught:
            client.post(at(okt, "hearings", "file", kept.pk), {"digest": shown.context["plan"].digest})
        costs.append(len(caught))
    assert costs[0] == costs[1]
