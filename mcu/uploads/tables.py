"""A table that somebody brings to be read and not kept: proved to be one, then read where it can do no harm.

XLSX, ODS, the old XLS, CSV, and the web page that some systems name ``.xls``. No formula is run: what it gave when the file
was saved is what the cell says.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

from django.core.files import File

from mcu.errors import Invalid
from mcu.uploads import kinds, names, office
from mcu.uploads.kinds import Kind, Refused
from mcu.uploads.recognise import recognise

_MEGABYTE: Final = 1024 * 1024
LIMIT: Final = 60 * _MEGABYTE
TAKEN: Final = ".xlsx,.xls,.ods,.csv"
SECONDS: Final = 120  # of the reader's process
_PROGRAM: Final = Path(__file__).with_name("table_program.py")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD: Final = 64 * 1024
_PAGE: Final = re.compile(rb"<\s*(?:table|html|!doctype\s+html)[\s>]", re.I)
_TABLE: Final = re.compile(rb"<\s*tr[\s>]", re.I)
_XML_SHEET: Final = b"urn:schemas-microsoft-com:office:spreadsheet"
_LOCKED: Final = "файл закрыт паролем. Снимите пароль и приложите снова"
_MACROS: Final = "в таблице есть макросы. Сохраните её как XLSX без макросов"
_INSTEAD: Final = {  # what helps with documents does not help with tables
    kinds.ARCHIVE: "это архив. Достаньте из него таблицу и приложите её",
    office.MACROS: _MACROS,
    office.TOO_LARGE: "в распакованном виде он слишком велик. Разделите его на части",
    office.OTHER: "это не таблица XLSX. Откройте его и сохраните как XLSX",
    office.OTHER_OPEN: "это не таблица ODS. Откройте его и сохраните как ODS или XLSX",
}
_UNREAD: Final = {
    "password": "Файл закрыт паролем. Снимите пароль и приложите снова.",
    "large": "Таблица слишком велика, чтобы её прочитать. Разделите её на части.",
    "broken": "Таблицу не удалось прочитать. Откройте её, сохраните заново как XLSX и приложите.",
}
_UNUSUAL: Final = (
    "Таблицу не удалось прочитать: она слишком велика или записана необычно. Скопируйте строки в новую книгу, "
    "сохраните её как XLSX и приложите."
)


class Unread(Exception):
    """Why a table is not read, in words for whoever brought it."""


@dataclass(frozen=True, slots=True)
class TakenTable:
    """A table that was proved to be one: how it is to be read, its name, size and sum."""

    kind: str  # xlsx, xls, ods, csv, html
    name: str
    size: int
    sha256: str
    content: File[bytes]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The beginning of a sheet; the lines that follow are its own."""

    name: str
    formulas: bool  # some cells of the file are what a formula gave when it was saved


Line = tuple[int, list[Any]]


def accept_table(file: File[bytes], *, limit: int = LIMIT, field: str = "file") -> TakenTable:
    """The table of the file. Raises ``Invalid`` with words for ``field``, before anything of a bomb is unpacked."""
    shown, suffix = names.split(file.name or "")
    name = (f"{shown[:150]}.{suffix}" if suffix else shown[:150]) or "без имени"
    try:
        if file.size > limit:
            raise Refused(f"в нём {file.size // _MEGABYTE} МБ, а принимается до {limit // _MEGABYTE} МБ. Разделите его")
        if file.size == 0:
            raise Refused("он пустой")
        kind = kind_of(file)
    except Refused as refused:
        words = f"Файл «{name}» не принят: {_INSTEAD.get(str(refused), str(refused))}."
        raise Invalid(words, {field: f"{words} Принимаются таблицы XLSX, XLS, ODS и CSV до {limit // _MEGABYTE} МБ."}) from None
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return TakenTable(kind, name, file.size, digest.hexdigest(), file)


def rows(path: str, kind: str, *, seconds: int = SECONDS) -> Generator[Sheet | Line, None, None]:
    """Sheets and their lines with their numbers in the file. Raises ``Unread``. Ends its process when it is closed."""
    command = [sys.executable, "-I", str(_PROGRAM), path, kind, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        pipe: IO[bytes] | None = program.stdout
        try:
            if pipe is not None:
                with closing(pipe):
                    yield from _lines(pipe)
        finally:
            program.kill()


def _lines(pipe: IO[bytes]) -> Generator[Sheet | Line, None, None]:
    decode = json.JSONDecoder(object_hook=_value).decode
    for text in pipe:
        try:
            found = decode(text.decode())
        except ValueError:  # the program was ended in the middle of a line
            break
        if isinstance(found, list):
            yield found[0], found[1]
        elif isinstance(found, Sheet):
            yield found
        elif "error" in found:
            raise Unread(_UNREAD.get(found["error"], _UNUSUAL))
        else:
            return
    raise Unread(_UNUSUAL)


def _value(told: dict[str, Any]) -> Any:
    if "t" in told:
        return datetime.fromisoformat(told["t"])
    if "d" in told:
        return timedelta(seconds=told["d"])
    return Sheet(told["sheet"], told["formulas"]) if "sheet" in told else told


def kind_of(file: File[bytes]) -> str:
    """How the file is to be read. Raises ``Refused`` with the end of a sentence."""
    suffix = names.split(file.name or "")[1]
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(_OLE):
        return _old(file)
    if head.startswith(b"PK\x03\x04"):
        found = office.recognise(file)
        kind = {kinds.XLSX: "xlsx", kinds.ODS: "ods"}.get(found)
        if kind is None:
            raise Refused("это текстовый документ, а не таблица")
        return kind
    if _XML_SHEET in head:
        raise Refused("это таблица XML старого Excel. Откройте её и сохраните как XLSX")
    if suffix != "csv" and _PAGE.search(head):  # in the cells of a CSV markup is text
        return _page(file, suffix)
    found = recognise(file, "csv", tables=True)
    if found.kind is not Kind.DOCUMENT or found not in (kinds.CSV, kinds.TXT):
        raise Refused("это не таблица")
    if suffix not in ("csv", "txt"):
        raise Refused("это текст, а не таблица Excel. Если это CSV, назовите файл с окончанием .csv")
    return "csv"


def _old(file: File[bytes]) -> str:
    """The old XLS by the names of its streams, which stand in it as they are."""
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused(_LOCKED)
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise Refused(_MACROS)
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise Refused("это документ старого Office, а не таблица")
    return "xls"


def _page(file: File[bytes], suffix: str) -> str:
    file.seek(0)
    if suffix not in ("xls", "xlsx", "htm", "html") or _TABLE.search(file.read()) is None:
        raise Refused("это веб-страница, а не таблица. Откройте её в Excel и сохраните как XLSX")
    return "html"
