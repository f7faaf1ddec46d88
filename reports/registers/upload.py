"""A file that somebody brings to a register: judged as every upload, then read as a table of texts. Formulas are not run."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any, Final

import openpyxl
from django.core.files import File
from openpyxl.cell.cell import TYPE_FORMULA

from mcu import uploads
from mcu.errors import Invalid
from reports.registers.resource import fold
from reports.registers.table import NUMBER, Register

LIMIT: Final = 5 * 1024 * 1024
UNPACKED: Final = 60 * 1024 * 1024
ROWS: Final = 5_000
COLUMNS: Final = 100
CELL: Final = 20_000  # letters
_LOOKED_AT: Final = 20  # lines among which the headers stand
_FORMULA: Final = "\ue000"  # of private use: no cell says it
TAKEN: Final = ".xlsx,.csv"

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """The headers of the register that the file has, and its lines with their numbers in the file."""

    name: str
    headers: list[str]
    rows: list[Line]


def read(file: File[bytes], register: Register) -> Table:
    """The table of the file. Raises ``Invalid`` in words for the field ``file``."""
    accepted = uploads.accept(file, limit=LIMIT)
    content = accepted.content
    content.seek(0)
    if accepted.content_type == "text/csv" or accepted.name.endswith(".csv"):
        lines = _csv(content.read())
    elif accepted.name.endswith(".xlsx"):
        lines = _xlsx(content)
    else:
        raise _refused("Принимаются таблицы XLSX и CSV. Скачайте шаблон и заполните его.")
    return _table(accepted.name, lines, register)


def _table(name: str, lines: Iterator[Line], register: Register) -> Table:
    titles = {fold(title): title for title in (NUMBER, *(register.title(one) for one in register.fields))}
    places: dict[int, str] = {}
    rows: list[Line] = []
    for number, cells in lines:
        if not places:
            places = _headers(cells, titles)
            if not places and number >= _LOOKED_AT:
                break
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == ROWS:
            raise _refused(f"В файле больше {ROWS} строк. Разделите его и внесите по частям.")
        rows.append((number, [cells[place] if place < len(cells) else "" for place in places]))
    _demand_headers(register, set(places.values()))
    if not rows:
        raise _refused("В файле нет ни одной строки под заголовками.")
    return Table(name, list(places.values()), rows)


def _headers(cells: list[str], titles: dict[str, str]) -> dict[int, str]:
    """Which column is which; a line that has fewer than two known headers is no header."""
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        title = titles.get(fold(cell))
        if title and title not in found.values():
            found[place] = title
    return found if len(found) >= 2 else {}


def _demand_headers(register: Register, have: set[str]) -> None:
    needed = [
        register.title(name) for name in register.fields if not (register.of(name).blank or register.of(name).has_default())
    ]
    if missing := [title for title in needed if title not in have]:
        words = ", ".join(f"«{title}»" for title in missing)
        raise _refused(f"В файле нет столбцов: {words}. Скачайте шаблон: в нём все заголовки этого реестра.")


def _xlsx(content: IO[bytes]) -> Iterator[Line]:
    _demand_small(content)
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a workbook may claim any size
        for number, cells in enumerate(sheet.iter_rows(max_col=COLUMNS), 1):
            yield number, [_cell(one) for one in cells]
    except Invalid:
        raise
    except Exception as problem:  # whatever a broken workbook makes of the reader
        raise _refused("Таблицу не удалось прочитать. Откройте её, сохраните заново как XLSX и приложите.") from problem


def _demand_small(content: IO[bytes]) -> None:
    """No bomb, no entities: before the reader of XML sees anything."""
    with zipfile.ZipFile(content) as archive:
        parts = [one for one in archive.infolist() if one.filename.endswith((".xml", ".rels"))]
        if sum(one.file_size for one in parts) > UNPACKED:
            raise _refused("В распакованном виде таблица слишком велика. Разделите её на несколько файлов.")
        for one in parts:
            with archive.open(one) as inside:
                if b"<!" in inside.read(4096).replace(b"<!--", b""):
                    raise _refused("Таблица записана необычно. Откройте её в Excel или LibreOffice и сохраните заново.")
    content.seek(0)


def _cell(cell: Any) -> str:
    value = cell.value
    if cell.data_type == TYPE_FORMULA:
        return _FORMULA
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime | date | time):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)[:CELL]


def is_formula(text: str) -> bool:
    """Whether a formula stood in the cell: nobody can see here what it would give."""
    return text == _FORMULA


def _csv(content: bytes) -> Iterator[Line]:
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    csv.field_size_limit(LIMIT)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
        for cells in reader:
            yield reader.line_num, [cell[:CELL].replace("\x00", "") for cell in cells[:COLUMNS]]
    except csv.Error as problem:
        raise _refused("Файл CSV не удалось разобрать. Сохраните таблицу как XLSX и приложите.") from problem


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", errors="replace")


def _refused(words: str) -> Invalid:
    return Invalid(f"Файл не внесён. {words}", {"file": words})
