"""A file that somebody brings to a register: judged as every upload, then read as a table of texts. Formulas are not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from django.core.files import File

from mcu import uploads
from mcu.errors import Invalid
from reports.registers import workbook
from reports.registers.resource import fold
from reports.registers.table import NUMBER, Register
from reports.registers.workbook import CELL, COLUMNS, ROWS

LIMIT: Final = 5 * 1024 * 1024
LETTERS: Final = 5_000_000  # of the whole table
_LOOKED_AT: Final = 20  # lines among which the headers stand
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
    accepted = uploads.accept(file, limit=LIMIT, tables=True)
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
    letters = 0
    for number, cells in lines:
        if not places:
            if number > _LOOKED_AT:
                break
            places = _headers(cells, titles)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == ROWS:
            raise _refused(f"В файле больше {ROWS} строк. Разделите его и внесите по частям.")
        kept = [cells[place] if place < len(cells) else "" for place in places]
        letters += sum(map(len, kept))
        if letters > LETTERS:
            raise _refused("В файле слишком много текста. Разделите его и внесите по частям.")
        rows.append((number, kept))
    _demand_headers(register, set(places.values()))
    if not rows:
        raise _refused("В файле нет ни одной строки под заголовками.")
    return Table(name, list(places.values()), rows)


def _headers(cells: list[str], titles: dict[str, str]) -> dict[int, str]:
    """Which column is which; a line that has fewer than two known headers is no header."""
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        title = titles.get(fold(cell))
        if title:
            found[place] = title
    names = list(found.values())
    if len(set(names)) < 2:
        return {}
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise _refused(f"Столбец «{twice}» стоит дважды: оставьте один, иначе непонятно, какой вносить.")
    return found


def _demand_headers(register: Register, have: set[str]) -> None:
    needed = [
        register.title(name) for name in register.fields if not (register.of(name).blank or register.of(name).has_default())
    ]
    if missing := [title for title in needed if title not in have]:
        words = ", ".join(f"«{title}»" for title in missing)
        raise _refused(f"В файле нет столбцов: {words}. Скачайте шаблон: в нём все заголовки этого реестра.")


def _xlsx(content: IO[bytes]) -> Iterator[Line]:
    try:
        yield from workbook.lines(content)
    except workbook.Unread as problem:
        raise _refused(str(problem)) from problem


def is_formula(text: str) -> bool:
    """Whether a formula stood in the cell: nobody can see here what it would give."""
    return text == workbook.FORMULA


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
