"""Cells of brought tables: whatever shape a program gave them, they say the same in every table."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from mcu.cells import SERIAL_START, Day, Line, YesNo, fold, guarded, plain
from mcu.uploads.brought import Brought, bring
from mcu.uploads.table_program import has_formulas
from tests.mcu.test_uploads import archive

NOON = SERIAL_START + timedelta(days=46_028, hours=12)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, ""), (True, "да"), (5.0, "5"), (4.5, "4.5"), ("  Ямы \r\n у дома ", "Ямы \n у дома"), ("'=1+1", "=1+1"),
        ("'Ромашка'", "'Ромашка'"), (NOON, "06.01.2026 12:00:00"), (NOON - timedelta(hours=12), "06.01.2026"),
    ],
)  # fmt: skip
def test_a_cell_as_words(cell: Any, said: str) -> None:
    assert plain(cell) == said


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+7 922", "-5", "@имя", "дом 5", ""])
def test_what_is_guarded_in_a_csv_comes_back(words: str) -> None:
    assert guarded(words)[:1] not in ("=", "+", "-", "@")
    assert plain(guarded(words)) == words


@pytest.mark.parametrize("cell", ["31.12.2026", "31/12/2026", "31.12.26", "2026-12-31", "31.12.2026 14:30", "46387", 46387.6])
def test_days_in_every_shape(cell: Any) -> None:
    assert Day().clean(cell) == date(2026, 12, 31)


@pytest.mark.parametrize("cell", ["31.13.2026", "31.12/2026", "31.12.0206", "вчера", "1e5"])
def test_no_day_is_told_as_one(cell: str) -> None:
    with pytest.raises(ValueError, match="не дата"):
        Day().clean(cell)


def test_yes_no_and_nothing() -> None:
    assert [YesNo().clean(one) for one in (True, "ДА", "✓", 1.0, "нет", 0, "—", None)] == [True] * 4 + [False] * 2 + [None] * 2
    assert [Line(5).clean(one) for one in ("н/д", " а \n б ")] == ["", "а б"]
    with pytest.raises(ValueError, match="6 знаков, можно не больше 5"):
        Line(5).clean("шестью")
    assert fold("  Посёлок \n Новый") == "поселок новый"


def brought(content: str, name: str = "а.csv") -> Brought:
    return bring(ContentFile(content.encode(), name=name), titles=("Название", "Блок"), needed=("Название",), most=9)


def test_a_small_table_is_read_by_its_titles() -> None:
    found = brought("Список за год\n\nБлок;Лишнее; * название\nroads;1;<html><table>\n;;\n;2;Ямы\n")
    assert (found.headers, found.rows) == (["Блок", "Название"], [(4, ["roads", "<html><table>"]), (6, ["", "Ямы"])])
    assert Brought.unpacked(found.packed()) == found


def test_formulas_of_both_formats_are_noticed(tmp_path: Path) -> None:
    books = {"xl/worksheets/sheet1.xml": b"<c><f>1+1</f></c>", "content.xml": b'<table:table-cell table:formula="of:=1"/>'}
    for name, content in books.items():
        path = tmp_path / "book"
        path.write_bytes(archive({name: b" " * (1024 * 1024 - 5) + content}))
        assert has_formulas(str(path))
        path.write_bytes(archive({name: b"<font/><c/>"}))
        assert not has_formulas(str(path))
