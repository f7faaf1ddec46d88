"""A CSV file as rows, and rows as the JSON that the intake wants."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from mcu.text import system_words

FIELDS: Final = (
    "source", "external_id", "text", "received_at", "kind", "fast_track", "topic", "settlement", "address", "lat", "lon",
    "url", "applicant.name", "applicant.email", "applicant.phone", "applicant.type",
)  # fmt: skip
REQUIRED: Final = ("source", "external_id", "text")
DELIMITERS: Final = ",;\t"
TRUE: Final = {"да", "true", "1", "yes", "+"}
FALSE: Final = {"нет", "false", "0", "no", "-"}
# How files begin that are sent instead of a CSV: PDF, RTF, ZIP and XLSX, XLS and DOC, 7z, RAR, gzip, PNG, JPEG.
_FOREIGN: Final = (
    b"%PDF", b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff",
)  # fmt: skip


class PushError(Exception):
    """Nothing was sent: the file or the options are wrong, in words for the user."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: its number as an editor shows it, and its cells by column.

    ``problem`` says why the row cannot be sent as it stands; ``extra`` are its cells beyond the last column.
    """

    line: int
    cells: dict[str, str]
    problem: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column or constant each field of a message comes from."""

    columns: dict[str, str]
    constants: dict[str, str]

    @classmethod
    def of(cls, columns: Iterable[str], *, maps: list[str], constants: list[str], source: str = "") -> Mapping:
        """Options win over columns that bear a field's name. PushError names what is unknown or missing."""
        known = tuple(columns)
        mapped: dict[str, str] = {field: field for field in FIELDS if field in known}
        for field, column in (_pair(option, "--map") for option in maps):
            if column not in known:
                raise PushError(f"--map {field}={column}: столбца «{column}» нет. В файле: {', '.join(known)}.")
            mapped[field] = column
        fixed = dict(_pair(option, "--set") for option in constants)
        if source:
            fixed["source"] = source
        mapped = {field: column for field, column in mapped.items() if field not in fixed}
        missing = [field for field in REQUIRED if field not in mapped and field not in fixed]
        if missing:
            hints = " ".join(f"--map {field}=СТОЛБЕЦ" if field != "source" else "--source КОД" for field in missing)
            raise PushError(
                f"Не сказано, откуда брать {', '.join(missing)}. Столбцы файла: {', '.join(known)}. Добавьте: {hints}"
            )
        return cls(mapped, fixed)

    def payload(self, row: Row) -> dict[str, Any]:
        """The message of a row without its empty cells; what can not be converted goes as it stands, for the server to name."""
        payload: dict[str, Any] = {}
        values = {field: row.cells[column] for field, column in self.columns.items()} | self.constants
        for field, words in values.items():
            value = words.strip()
            if value or field in REQUIRED:
                _put(payload, field, _typed(field, value))
        return payload


def read_table(path: Path) -> Table:
    """The file with its header. PushError when there is none, it is no CSV or has no rows."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PushError(f"Файл {path} не читается: {system_words(error)}.") from error
    text, encoding = _decoded(content, path)
    csv.field_size_limit(sys.maxsize)  # the text is in memory already: a long cell is its row's trouble, not the file's
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = tuple(name.strip() for name in next(reader, []))
        _check_columns(columns, path)
        rows = []
        start = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(columns, cells, start, reader.line_num))
            start = reader.line_num + 1
    except csv.Error as error:
        raise PushError(f"Файл {path}, строка {reader.line_num}: не разобрать как CSV ({error}).") from error
    if not rows:
        raise PushError(f"В файле {path} нет ни одной строки с сообщением.")
    return Table(columns, tuple(rows), encoding, delimiter)


def write_refused(path: Path, table: Table, bad: Iterable[tuple[Row, str]]) -> None:
    """The rows not taken, as they were, with line and reason in front: correct them and push this very file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=table.delimiter)
        own = [column for column in table.columns if column not in ("строка", "причина")]
        writer.writerow(["строка", "причина", *own])
        for row, reason in sorted(bad, key=lambda pair: pair[0].line):
            writer.writerow([row.line, reason, *(row.cells[column] for column in own), *row.extra])


def _decoded(content: bytes, path: Path) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "UTF-16"
    if content.startswith(_FOREIGN) or b"\x00" in content[:4096]:
        raise PushError(f"Файл {path}: это не CSV. Книгу Excel сохраните как «CSV UTF-8».")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        # 0x98 alone has no letter in Windows-1251; it must not stop a whole file.
        return content.decode("cp1251", "replace"), "Windows-1251"


def _check_columns(columns: tuple[str, ...], path: Path) -> None:
    if not any(columns):
        raise PushError(f"Файл {path} пуст: нужна первая строка с названиями столбцов.")
    twice = sorted({column for column in columns if columns.count(column) > 1 and column})
    if twice:
        raise PushError(f"В файле {path} столбцы повторяются: {', '.join(twice)}.")


def _row(columns: tuple[str, ...], cells: list[str], line: int, last_line: int) -> Row:
    """A row of the lines from ``line`` to ``last_line``. PushError when it may have swallowed its neighbours."""
    padded = cells + [""] * (len(columns) - len(cells))
    row = Row(line, dict(zip(columns, padded, strict=False)))
    if not any(cell.strip() for cell in cells[len(columns) :]):
        return row
    problem = f"значений больше, чем столбцов ({len(cells)} и {len(columns)}); проверьте кавычки"
    if last_line > line:
        raise PushError(f"Строки {line}–{last_line}: {problem}.")
    return replace(row, problem=problem, extra=tuple(cells[len(columns) :]))


def _pair(option: str, name: str) -> tuple[str, str]:
    field, equals, value = option.partition("=")
    field = field.strip()
    if not equals or not value.strip():
        raise PushError(f"{name} {option}: нужно ПОЛЕ=ЗНАЧЕНИЕ.")
    if field not in FIELDS:
        raise PushError(f"{name} {option}: поля «{field}» нет. Есть: {', '.join(FIELDS)}.")
    return field, value.strip()


def _typed(field: str, value: str) -> Any:
    """JSON's own types where the intake wants them."""
    if field == "fast_track":
        word = value.casefold()
        return True if word in TRUE else False if word in FALSE else value
    if field in ("lat", "lon"):
        try:
            return float(value.replace(",", "."))
        except ValueError:
            return value
    return value


def _put(payload: dict[str, Any], field: str, value: Any) -> None:
    whole, _, part = field.partition(".")
    if part:
        payload.setdefault(whole, {})[part] = value
    else:
        payload[field] = value
