"""What stands on which sheet of a workbook: all figures and words on the first, then a sheet a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from reports.paper import Cell, Chart, Column, Figures, Form, Paper, Prose, Section, Table
from reports.printable import one_line

HOUR: Final = 3600
SUMMARY: Final = "Сводка"
HOW: Final = "Как считается"
NAME_LENGTH: Final = 31  # of a sheet's name
WIDEST: Final = 60
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
_UNITS: Final = {Form.DURATION: "ч"}


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet; ``drawn``: a chart of lines takes its numbers."""

    title: str
    form: Form
    width: int
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet: its unique name, its title, its rows of cells; the chart speaks of these columns."""

    name: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    empty: str = ""
    chart: Chart | None = None
    drawn: int = 0  # rows of the chart
    is_first: bool = False


def sheets(paper: Paper) -> Iterator[SheetTable]:
    """Every sheet in order."""
    taken: set[str] = set()
    yield _summary(paper, _name(SUMMARY, taken))
    for section, table in paper.tables():
        yield _sheet(section, table, _name(table.sheet or table.title or section.title, taken))


def _name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes: short, without its own signs, unlike the others whatever the case of letters."""
    plain = _cut(_FORBIDDEN.sub(" ", one_line(wanted)).strip("' ")).strip("' ") or "Таблица"
    name, number = plain, 1
    while name.lower() in taken or name.lower() == "history":
        number += 1
        tail = f" ({number})"
        name = plain[: NAME_LENGTH - len(tail)].rstrip() + tail
    taken.add(name.lower())
    return name


def _cut(words: str) -> str:
    """As many whole words as a name holds."""
    if len(words) <= NAME_LENGTH:
        return words
    whole = words[: NAME_LENGTH + 1].rpartition(" ")[0]
    return whole.rstrip(" ,;:—–-") or words[:NAME_LENGTH]


def _sheet(section: Section, table: Table, name: str) -> SheetTable:
    noted = [any(row[place].note for row in table.rows) for place in range(len(table.columns))]
    moved = [place + sum(noted[:place]) for place in range(len(noted))]
    lines = table.chart is not None and table.chart.kind in ("lines", "multiples")
    gaps = {*table.chart.series, table.chart.plan} if table.chart and lines else set()
    columns: list[SheetColumn] = []
    for place, column in enumerate(table.columns):
        columns.append(SheetColumn(_titled(column), column.form, column.width, place in gaps))
        if noted[place]:
            columns.append(SheetColumn(f"{column.title}: пояснение", Form.TEXT, 28))
    rows = tuple(
        tuple(
            part
            for place, cell in enumerate(row)
            for part in ((replace(cell, note=""), Cell(cell.note)) if noted[place] else (cell,))
        )
        for row in table.rows
    )
    note = " ".join(part for part in (table.note, section.note) if part)
    return SheetTable(
        name,
        _lowered(table.title or section.title),
        tuple(columns),
        rows,
        note,
        table.empty,
        _moved(table.chart, moved),
        _drawn(table),
    )


def _titled(column: Column) -> str:
    unit = _UNITS.get(column.form)
    return f"{column.title}, {unit}" if unit else column.title


def _lowered(title: str) -> str:
    """«Темы» inside a line is «темы»; an abbreviation stays as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _drawn(table: Table) -> int:
    """How many rows the chart draws: as on the page."""
    if table.chart is None:
        return 0
    return len(table.visible[: table.chart.rows])


def _moved(chart: Chart | None, moved: list[int]) -> Chart | None:
    if chart is None:
        return None
    return replace(
        chart,
        series=tuple(moved[place] for place in chart.series),
        names=moved[chart.names],
        plan=None if chart.plan is None else moved[chart.plan],
    )


def _summary(paper: Paper, name: str) -> SheetTable:
    """All figures a row each, then the words of people."""
    columns = (
        SheetColumn("Показатель", Form.TEXT, 48),
        SheetColumn("Значение", Form.COUNT, 14),
        SheetColumn("Изменение", Form.CHANGE, 14),
        SheetColumn("Раздел", Form.TEXT, 28),
        SheetColumn("Пояснение", Form.TEXT, WIDEST),
    )
    rows: list[tuple[Cell, ...]] = []
    for section in paper.sections:
        for part in section.parts:
            if isinstance(part, Figures):
                rows += _figures(section, part)
            elif isinstance(part, Prose):
                rows += _prose(section, part)
        if section.note:
            rows.append((Cell(section.title or HOW), Cell(""), Cell(""), Cell(section.title), Cell(section.note)))
    return SheetTable(name, "сводка", columns, tuple(rows), "", "Нет данных.", is_first=True)


def _figures(section: Section, part: Figures) -> Iterator[tuple[Cell, ...]]:
    for figure in part.figures:
        change = figure.change or Cell("")
        notes = " ".join(word for word in (figure.value.note, change.note, figure.note) if word)
        where = part.title or section.title
        yield Cell(figure.name), replace(figure.value, note=""), replace(change, note=""), Cell(where), Cell(notes)


def _prose(section: Section, part: Prose) -> Iterator[tuple[Cell, ...]]:
    nothing = Cell("")
    for paragraph in part.paragraphs or ((part.empty,) if part.empty else ()):
        yield Cell(part.title or section.title), nothing, nothing, Cell(section.title), Cell(paragraph)
    if part.paragraphs and part.by:
        yield Cell(part.title or section.title), nothing, nothing, Cell(section.title), Cell(part.by)
