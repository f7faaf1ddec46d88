"""A slice laid out: rows and columns in their order with their words, totals, and as a ``Paper`` for its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.dateformat import format as format_date

from reports import wording
from reports.cases import UNKNOWN
from reports.paper import Cell, Column, Heading, Paper, Section, Table
from reports.planning.count import OTHERS, Cells, Sum2
from reports.planning.slices import Dimension, Names, Slice
from reports.selectors import words_of

MOST_COLUMNS: Final = 60
NOTE: Final = (
    "Поступило — по дню поступления, ответы — по дню размещения, оценки — по дню оценки. Тема, место, блок и получатель — "
    "какие они сейчас. Адреса, и слова в них, — без номеров квартир; где дел меньше трёх, адрес не назван."
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of rows and columns in order, what they are called, and the cells."""

    asked: Slice
    rows: dict[str, str]
    columns: dict[str, str]
    cells: Mapping[tuple[str, str], Sum2]

    @property
    def too_wide(self) -> bool:
        return len(self.columns) > MOST_COLUMNS

    def cell(self, row: str, column: str) -> Sum2 | None:
        return self.cells.get((row, column))

    def row_total(self, row: str) -> Sum2:
        return _sum(self.cells.get((row, column)) for column in self.columns)

    def column_total(self, column: str) -> Sum2:
        return _sum(self.cells.get((row, column)) for row in self.rows)

    @property
    def total(self) -> Sum2:
        return _sum(self.cells.values())

    @property
    def most(self) -> float:
        """The largest value of a cell."""
        return max([one.value or 0 for one in self.cells.values()] or [0])


def lay_out(asked: Slice, cells: Cells, names: Names | None = None) -> Layout:
    """Names of rows and columns that have a number. One query for each dimension of the charter not read yet."""
    names = names or Names(asked.center)
    return Layout(
        asked,
        _named(names, asked.rows, {row for row, _ in cells}, cells),
        _named(names, asked.columns, {column for _, column in cells}, cells) if asked.columns else {"": asked.measure.title},
        cells,
    )


def _named(names: Names, dimension: Dimension, used: set[str], cells: Cells) -> dict[str, str]:
    if dimension.kind == "time":
        return {key: _time(dimension, date.fromisoformat(key)) for key in sorted(used)}
    if dimension.kind == "address":
        sizes = {row: abs(one.of or one.number) for (row, _), one in cells.items()}
        ordered = sorted(used, key=lambda row: (row in ("", OTHERS), -sizes[row], row))
        return {row: row or dimension.unknown for row in ordered}
    known = names.of(dimension)
    found = {key: name for key, name in known.items() if key in used}
    return found | ({UNKNOWN: dimension.unknown} if UNKNOWN in used else {})


def _time(dimension: Dimension, day: date) -> str:
    return f"с {day:%d.%m.%Y}" if dimension.code == "week" else format_date(day, "F Y").lower()


def _sum(parts: Iterable[Sum2 | None]) -> Sum2:
    return sum((part for part in parts if part is not None), Sum2())


def words_of_filters(asked: Slice) -> list[str]:
    """The conditions of the slice in words. One query a condition of the charter's rows."""
    found = words_of(asked.center, dict(asked.by))
    return [*found, f"адрес: «{asked.words}»"] if asked.words else found


def paper(layout: Layout, *, filters: list[str], now: datetime) -> Paper:
    """The same table for XLSX and CSV."""
    asked = layout.asked
    form, crossed = asked.measure.form, asked.columns is not None
    titles = [*layout.columns.values(), *(["Всего"] if crossed else [])]
    columns = (Column(asked.rows.title, width=36), *(Column(title, form, 12) for title in titles))

    def line(name: str, parts: list[Sum2 | None], whole: Sum2) -> tuple[Cell, ...]:
        numbers = [*parts, *([whole] if crossed else [])]
        return (Cell(name), *(Cell(None if one is None else one.value, form) for one in numbers))

    rows = [
        line(name, [layout.cell(row, one) for one in layout.columns], layout.row_total(row))
        for row, name in layout.rows.items()
    ]
    rows.append(line("Всего", [layout.column_total(one) for one in layout.columns], layout.total))
    period = "сейчас" if asked.measure.is_now else wording.period(asked.period)
    title = f"{asked.measure.title}: {asked.rows.title.lower()}" + (
        f" × {asked.columns.title.lower()}" if asked.columns else ""
    )
    table = Table(title, columns, tuple(rows), sheet="Данные")
    return Paper(
        Heading(
            center=asked.center.name,
            title="Данные для планирования",
            period=" · ".join([period, *filters]),
            code=asked.period.code,
            made=f"Составлено {wording.moment(now, asked.center.tz)}",
            note=NOTE,
            made_at=now,
        ),
        (Section(title, (table,)),),
    )
