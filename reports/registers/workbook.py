"""The first sheet of a workbook that somebody brings, line by line: weighed before a reader of XML sees any of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any, Final

import openpyxl
from openpyxl.cell.cell import TYPE_FORMULA

ROWS: Final = 5_000
COLUMNS: Final = 100
CELL: Final = 20_000  # letters
FORMULA: Final = "\ue000"  # of private use: no cell says it
UNPACKED: Final = 60 * 1024 * 1024
_RATIO: Final = 100
_SMALL: Final = 2 * 1024 * 1024  # such a part does no harm whatever its ratio
_LAST: Final = 1_048_576  # no sheet has more lines
_LINES: Final = 4 * ROWS  # written in the file, empty ones too
# Tags, by what a reader takes for one: a cell's are cheap, a shared text's dearer, a style's dearest.
_SHEETS: Final = 1_200_000
_TEXTS: Final = 600_000
_OTHERS: Final = 20_000

_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet[\s/>]")
_HIDDEN: Final = re.compile(rb"<!(?!--|\[CDATA\[)")  # a document type, and with it entities
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""", re.I)
_TEXTS_PART: Final = re.compile(r"xl/sharedStrings\d*\.xml", re.I)
_OVERRIDE: Final = re.compile(rb"<(?:\w+:)?Override\b[^>]*>", re.I)
_NAME: Final = re.compile(rb"""PartName\s*=\s*["']/?([^"']*)""", re.I)
_PLACES: Final = {
    b"sharedStrings+xml": re.compile(rb"xl/sharedStrings\d*\.xml", re.I),
    b"sheet.main+xml": re.compile(rb"xl/workbook\d*\.xml", re.I),
    b"worksheet+xml": re.compile(rb"xl/worksheets/[^/]+\.xml", re.I),
    b"styles+xml": re.compile(rb"xl/styles\d*\.xml", re.I),
}
_LARGE: Final = f"Таблица слишком велика: принимается до {ROWS} строк. Разделите её или перенесите строки в шаблон."
_UNUSUAL: Final = "Таблица записана необычно. Откройте её в Excel или LibreOffice и сохраните заново."


class Unread(Exception):
    """Why a workbook is not read, in words for whoever brought it."""


def lines(content: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that has any, with its number in the file. Raises ``Unread``."""
    _demand_light(content)
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a workbook may claim any size
        missing: Any = None  # the reader gives one and the same for every line that the file leaves out
        for number, cells in enumerate(sheet.iter_rows(max_col=COLUMNS), 1):
            if number > _LAST:
                raise Unread(_UNUSUAL)
            if cells is not missing:
                missing = cells
                yield number, [_cell(one) for one in cells]
    except (Unread, GeneratorExit):
        raise
    except Exception as problem:  # whatever a broken workbook makes of the reader
        raise Unread("Таблицу не удалось прочитать. Откройте её, сохраните заново как XLSX и приложите.") from problem


def _demand_light(content: IO[bytes]) -> None:
    """No bomb, no entities, nothing that a reader would chew on for long."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            _weigh(archive)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as problem:
        raise Unread("Файл повреждён: его не открыть. Сохраните его заново и приложите.") from problem
    content.seek(0)


def _weigh(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len({one.filename.lower() for one in parts}) < len(parts):
        raise Unread(_UNUSUAL)  # of two by one name we would weigh one and read the other
    if sum(one.file_size for one in parts) > UNPACKED:
        raise Unread(_LARGE)
    if any(one.file_size > _SMALL and one.file_size > _RATIO * max(1, one.compress_size) for one in parts):
        raise Unread(_LARGE)
    largest = sheets = 0
    for one in parts:
        inside = archive.read(one)
        _demand_plain(inside)
        tags = inside.count(b"<")
        if one.filename.startswith("xl/worksheets/"):
            largest = max(largest, tags)
            allowed = _SHEETS if len(_ROW.findall(inside)) <= _LINES else 0
        elif _TEXTS_PART.fullmatch(one.filename):
            allowed = _TEXTS
        else:
            sheets += len(_SHEET.findall(inside))
            allowed = _SHEETS if _is_picture(inside) else _OTHERS
        if tags > allowed:
            raise Unread(_LARGE)
        if one.filename == "[Content_Types].xml":
            _demand_in_place(inside)
    if sheets * largest > _SHEETS:  # each is gone through for its size
        raise Unread(f"{_LARGE} Лишние листы удалите: читается первый.")


def _demand_plain(inside: bytes) -> None:
    """Written as every office program writes, so that what was weighed is what is read."""
    start = inside[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_wide = inside[:2] in (b"\xff\xfe", b"\xfe\xff") or inside[:4].startswith((b"<\x00", b"\x00<", b"\x00\x00"))
    if not start.startswith(b"<") and not is_wide:
        return  # no XML: a picture, settings of a printer
    declared = _ENCODING.match(start)
    if is_wide or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii")) or _HIDDEN.search(inside):
        raise Unread(_UNUSUAL)


def _is_picture(inside: bytes) -> bool:
    return not inside[:200].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _demand_in_place(directory: bytes) -> None:
    """Parts stand where they belong: each was weighed by its name."""
    for part in _OVERRIDE.findall(directory):
        name = _NAME.search(part)
        for kind, place in _PLACES.items():
            if kind in part and (name is None or not place.fullmatch(name[1])):
                raise Unread(_UNUSUAL)


def _cell(cell: Any) -> str:
    value = cell.value
    if cell.data_type == TYPE_FORMULA:
        return FORMULA
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime | date | time):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)[:CELL]
