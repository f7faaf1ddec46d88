"""The first sheets of a table as lines of JSON, read in a process of its own with little memory and time.

Run as a program by ``mcu.uploads.tables``: whatever a broken or hostile file makes of a reader, it is this process that
ends, not the one that asked. It takes nothing from the program and knows nothing of the database.
"""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineWorkbook, PasswordError

SHEETS: Final = 5
COLUMNS: Final = 200
CELL: Final = 50_000  # letters
MEMORY: Final = 900 * 1024 * 1024
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.I)
_FORMULA: Final = re.compile(rb"<f[\s/>]|table:formula=")
_MARK: Final = 16  # letters of the longest mark of a formula, and more
_CHUNK: Final = 1024 * 1024


def main(path: str, kind: str, seconds: int) -> None:
    """Writes ``{"sheet"}`` before each sheet, its lines as ``[number, cells]``, ``{"end"}`` or ``{"error"}`` at last."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout
    try:
        read = {"csv": _csv, "html": _html}.get(kind, _workbook)
        for line in read(path):
            out.write(json.dumps(line, ensure_ascii=False, default=_told, separators=(",", ":")))
            out.write("\n")
        out.write('{"end":1}\n')
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked has seen enough
    except MemoryError:
        out.write('{"error":"large"}\n')
    except Exception as problem:  # whatever a broken file makes of the readers
        out.write(json.dumps({"error": "password" if isinstance(problem, PasswordError) else "broken"}) + "\n")


def _workbook(path: str) -> Iterator[Any]:
    formulas = has_formulas(path)
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names[:SHEETS]:
            yield {"sheet": name, "formulas": formulas}
            sheet = book.get_sheet_by_name(name)
            before = [""] * min((sheet.start or (0, 0))[1], COLUMNS)  # columns in front that hold nothing are left out
            for number, cells in enumerate(sheet.iter_rows(), 1):
                if any(cell != "" for cell in cells):
                    yield [number, (before + cells)[:COLUMNS]]


def has_formulas(path: str) -> bool:
    """Whether cells of an XLSX or ODS were worked out by formulas: what they gave when it was saved is read."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        for one in archive.infolist():
            if one.filename.startswith("xl/worksheets/") or one.filename == "content.xml":
                with archive.open(one) as part:
                    rest = b""
                    while chunk := part.read(_CHUNK):
                        if _FORMULA.search(rest + chunk):
                            return True
                        rest = chunk[-_MARK:]
    return False


def _csv(path: str) -> Iterator[Any]:
    text = _decoded(Path(path).read_bytes())
    first = text.split("\n", 1)[0]
    csv.field_size_limit(CELL * 4)
    yield {"sheet": "", "formulas": False}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count), strict=False)
    for cells in reader:
        if any(cells):
            yield [reader.line_num, [cell.replace("\x00", "") for cell in cells[:COLUMNS]]]


def _html(path: str) -> Iterator[Any]:
    """A page that a program has named ``.xls``: the rows of its tables."""
    content = Path(path).read_bytes()
    named = _CHARSET.search(content[:4096])
    table = _Table()
    table.feed(_decoded(content, named[1].decode("ascii", "replace") if named else ""))
    table.close()
    yield {"sheet": "", "formulas": False}
    yield from ([number, cells] for number, cells in enumerate(table.rows, 1) if any(cells))


class _Table(HTMLParser):
    """Cells of every table, in their order; a cell over several columns is followed by empty ones."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._inside = False
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows and len(self.rows[-1]) < COLUMNS:
            span = dict(attrs).get("colspan") or "1"
            more = min(int(span) - 1, COLUMNS) if span.isdecimal() and len(span) < 5 else 0
            self.rows[-1].append("")
            self._inside, self._more = True, max(0, more)
        elif tag == "br" and self._inside:
            self.handle_data("\n")
        elif tag in ("script", "style"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._inside:
            self._inside = False
            self.rows[-1].extend([""] * self._more)
        elif tag in ("script", "style") and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._inside and not self._hidden and self.rows and self.rows[-1]:
            self.rows[-1][-1] = (self.rows[-1][-1] + data)[:CELL]

    _more = 0


def _decoded(content: bytes, named: str = "") -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("koi8-r" if named.lower().startswith("koi8") else "cp1251", errors="replace")


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"t": value.isoformat() + "T00:00:00"}
    if isinstance(value, timedelta):
        return {"d": value.total_seconds()}
    if isinstance(value, time):
        return {"d": value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6}
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
