"""Files as they are met: every known layout is read the same, and what is no table is refused in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile, File
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcu.cells import YesNo
from mcu.errors import Invalid
from mcu.uploads import accept_table
from mcu.uploads.tables import Unread
from messages.exchange import sheets
from messages.exchange.cells import Key, Lasted, Moment, Score, plain
from messages.exchange.columns import Wrong
from messages.exchange.formats import FORMATS
from messages.exchange.story import Stage, Story
from tests.messages.import_files import COLUMNS, DELO, IM, IM_DONE, POS, POS_ANSWERED, Row, sheet, workbook

TZ = ZoneInfo("Asia/Yekaterinburg")
FIELDS = [column.attribute for column in COLUMNS["im"]]
MOVED = [*FIELDS[::2], *FIELDS[1::2][::-1]]


def told(tmp_path: Path, code: str, content: bytes, name: str = "выгрузка.xlsx") -> list[Story | str]:
    """What the rows of the file say, or what is wrong with them."""
    kind = accept_table(ContentFile(content, name=name)).kind
    path = tmp_path / "файл"
    path.write_bytes(content)
    opened = sheets.read(str(path), kind, code)
    found: list[Story | str] = []
    for _, cells in opened.lines:
        try:
            found.append(FORMATS[code].story_of(opened.layout.values(cells), TZ))
        except Wrong as wrong:
            found.append(str(wrong))
    return found


OLD = {"created_at": "Дата создания инцидента", "text": "Текст сообщения", "post_url": "Ссылка на пост"}
LAYOUTS: dict[str, Callable[[], bytes]] = {
    "today's": lambda: sheet("im", [IM_DONE]),
    "moved columns": lambda: sheet("im", [IM_DONE], order=MOVED),
    "older names and fewer columns": lambda: sheet(
        "im", [IM_DONE], order=[name for name in FIELDS if name not in ("cabinet", "region", "audience")], titles=OLD
    ),
    "a title above and columns beside": lambda: sheet("im", [IM_DONE], before=["Отчёт", "за ноябрь"], extra=["Наше", "Ещё"]),
    "no headers": lambda: sheet("im", [IM_DONE], headers=False),
    "another sheet first": lambda: _behind_a_cover(sheet("im", [IM_DONE])),
}


def _behind_a_cover(content: bytes) -> bytes:
    import openpyxl  # noqa: PLC0415 - of this layout alone

    book = openpyxl.load_workbook(io.BytesIO(content))
    book.create_sheet("Обложка", 0)["A1"] = "Сформировано программой"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_im_says_the_same(layout: str, tmp_path: Path) -> None:
    (story,) = told(tmp_path, "im", LAYOUTS[layout]())
    (same,) = told(tmp_path, "im", sheet("im", [IM_DONE]))
    assert isinstance(story, Story)
    assert story == same
    assert (story.key, story.stage, story.score) == ("2246", Stage.CLOSED, 5)
    assert story.agreed_at == datetime(2026, 11, 10, 7, 40, tzinfo=UTC)  # sent at 12:00, forty minutes to agree
    assert story.answered_at == datetime(2026, 11, 10, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_csv_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    lines = ["Номер;Дата поступления;Статус;Фаст-трек;Подкатегория", "П-1;06.01.2026;Назначен исполнитель;Да;Дороги"]
    (story,) = told(tmp_path, "pos", "\r\n".join(lines).encode(encoding), "pos.csv")
    assert isinstance(story, Story)
    assert (story.key, story.topic, story.fast_track) == ("П-1", "Дороги", True)


def test_delo_with_its_headers_twice_and_a_page_named_xls(tmp_path: Path) -> None:
    titles = ["Вид", "№ РК", "Дата рег.", "Содержание", "Корр./Подписал", "Рубрика", "Вид", "№ РК", "Дата рег.", "Содержание"]
    cells = ["Письмо", "К-1", "12.01.2026", "О дороге", "П. П.", DELO["rubric"], "Ответ", "И-9", "15.01.2026", "Ответ"]
    (story,) = told(tmp_path, "delo", workbook([titles, cells]))
    assert isinstance(story, Story)
    assert (story.key, story.topic_code, story.text) == ("К-1", "0002.0014.0143.0416", "О дороге")
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (titles, cells))
    page = f"<html><meta charset=windows-1251><table>{rows}</table></html>".encode("cp1251")
    assert told(tmp_path, "delo", page, "PrintResult.xls") == [story]


def test_a_pos_file_of_another_order(tmp_path: Path) -> None:
    order = [column.attribute for column in COLUMNS["pos"]][::-1]
    (story,) = told(tmp_path, "pos", sheet("pos", [POS_ANSWERED], order=order, name="Sheet0"))
    assert isinstance(story, Story)
    assert (story.stage, story.score, story.regime) == (Stage.ANSWERED, 5, "message")
    (appeal,) = told(tmp_path, "pos", sheet("pos", [POS | {"by_law": "Да"}]))
    assert isinstance(appeal, Story)
    assert appeal.regime == "appeal"


@pytest.mark.parametrize(("code", "row"), [("im", IM), ("pos", POS), ("delo", DELO)])
def test_the_format_is_known_by_its_headers(code: str, row: Row, tmp_path: Path) -> None:
    path = tmp_path / "файл"
    path.write_bytes(sheet(code, [row]))
    assert sheets.look(str(path), "xlsx") == code


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "spreadsheetml.sheet.main+xml")
        archive.writestr("xl/workbook.xml", b" " * 60_000_000)
    return out.getvalue()


def _macros() -> bytes:
    out = io.BytesIO(sheet("im", [IM]))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"1")
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "bomb": ("a.xlsx", _bomb, "слишком велик"),
    "macros": ("a.xlsm", _macros, "макросы"),
    "old macros": ("a.xls", lambda: OLE + "Workbook _VBA_PROJECT".encode("utf-16-le"), "макросы"),
    "password": ("a.xlsx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "паролем"),
    "program": ("a.xlsx", lambda: b"MZ\x90\x00", "программа"),
    "picture": ("a.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 50, "не таблица"),
    "page without a table": ("a.xls", lambda: b"<html><body>404</body></html>", "веб-страница"),
    "text": ("a.xlsx", lambda: b"just words", "не таблица Excel"),
    "empty": ("a.xlsx", lambda: b"", "пустой"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_table_is_refused_in_words(what: str) -> None:
    name, made, words = REFUSED[what]
    with pytest.raises(Invalid, match=words):
        accept_table(ContentFile(made(), name=name))


def test_too_large_is_refused_before_it_is_read() -> None:
    class Unreadable(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("nothing of it is read")

    large = File(Unreadable(), name="a.xlsx")
    large.size = 200 * 1024 * 1024
    with pytest.raises(Invalid, match="200 МБ"):
        accept_table(large)


def test_a_sheet_that_would_take_all_memory_ends_its_reader_alone(tmp_path: Path) -> None:
    content = workbook([["Номер инцидента"]], more=lambda book: book.worksheets()[0].write(1_048_575, 16_383, "z"))
    with pytest.raises(Unread, match="слишком велика"):
        told(tmp_path, "im", content)
    with pytest.raises(Invalid, match="повреждён"):
        told(tmp_path, "im", sheet("im", [IM])[:3000] + b"\x00" * 2000)


def test_a_file_of_another_kind_says_which(tmp_path: Path) -> None:
    with pytest.raises(Unread, match="выгрузка ПОС"):
        told(tmp_path, "im", sheet("pos", [POS]))
    with pytest.raises(Unread, match="«Дата создания»"):
        told(tmp_path, "im", sheet("im", [IM], order=["number", "text", "step", "topic"]))


MOMENTS = [
    "2026-01-06 10:20:00", "'2026-01-06 10:20:00", "06.01.2026 10:20", "06.01.2026 10:20:00", "06.01.2026, 10:20",
    "2026-01-06T10:20:00", 46028.430555555555, "46028.430555555555", datetime(2026, 1, 6, 10, 20),  # noqa: DTZ001
]  # fmt: skip


@pytest.mark.parametrize("cell", MOMENTS)
def test_moments_in_every_shape(cell: Any) -> None:
    assert Moment().clean(cell) == datetime(2026, 1, 6, 10, 20)  # noqa: DTZ001 - a sheet's own time


@pytest.mark.parametrize("cell", ["32.01.2026", "06.13.2026", "вчера", 5, "2026-02-30", True, "00.00.0000"])
def test_no_moment_is_told_as_one(cell: Any) -> None:
    with pytest.raises(ValueError, match="не дата"):
        Moment().clean(cell)


def test_other_cells() -> None:
    assert [Key().clean(one) for one in (2246.0, "2246.0", " 2246 ", 2246)] == ["2246"] * 4
    assert [YesNo().clean(one) for one in ("Да", "нет", "-", "", True)] == [True, False, None, None, True]
    assert [Score().clean(one) for one in ("5", 5.0, "4 из 5", "-", "Не оценено")] == [5, 5, 4, None, None]
    assert [Lasted().clean(one) for one in ("1:20:00", 1 / 24, timedelta(hours=1))] == [
        timedelta(hours=1, minutes=20),
        timedelta(hours=1),
        timedelta(hours=1),
    ]
    assert plain("'[club1|Клуб], да<br/>нет @имя") == "Клуб, да\nнет @имя"


ANY_CELL = st.one_of(st.none(), st.text(max_size=30), st.floats(allow_nan=True), st.integers(), st.booleans(), st.datetimes())


@given(st.sampled_from(sorted(FORMATS)), st.lists(ANY_CELL, max_size=50))
def test_whatever_stands_in_a_row_it_is_a_story_or_an_explanation(code: str, cells: list[Any]) -> None:
    table = FORMATS[code].table
    layout = table.layout([column.title for column in table.columns])
    assert layout is not None
    with suppress(Wrong):
        assert FORMATS[code].story_of(layout.values(cells), TZ).hash()


NASTY = [
    "inf", "-Infinity", "nan ", "1e999", "9" * 5000, "99999999999999:00", "99999999999 дн. 1:00", "1:00:00." + "9" * 5000,
    "0001-01-01T00:00:00+23:59", "99999", float("inf"), float("-inf"), float("nan"), 1e300, -1e300, 10**400, -1, True,
    datetime.max.replace(tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), timedelta.max, timedelta.min, "\x00", "²", "5²",
]  # fmt: skip
ANYTHING = st.sampled_from(NASTY) | st.text(max_size=30) | st.floats() | st.integers() | st.from_regex(r"[0-9.,:eE+ -]{1,30}")


@settings(max_examples=150)
@given(ANYTHING)
@example(float("inf"))
@example("1e999")
@example("9" * 5000)
@example("99999999999999:00")
@example(1e300)
@example(10**400)
def test_no_cell_is_more_than_a_fault_of_its_row(value: object) -> None:
    for column in (one for columns in COLUMNS.values() for one in columns):
        with suppress(ValueError):
            column.value(value)
