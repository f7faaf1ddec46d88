"""The chart that a table of a ``Paper`` asks for: marks of its rows, drawn by ``reports.charts`` for a page or for paper."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.safestring import SafeString

from reports import charts, wording
from reports.paper import Cell, Chart, Form, Table
from reports.printable import one_line

FULL, HALF = 756, 366  # units across a sheet of paper and across its half: letters are then 8 points high

Address = Callable[[Cell], str]


def _nowhere(cell: Cell) -> str:
    return ""


def draw(table: Table, *, width: int, paper: bool = False, address: Address = _nowhere) -> SafeString | None:
    """The drawing; None where the table asks for none or has nothing to draw. ``address`` leads a mark to its cases."""
    chart = table.chart
    rows = drawn_rows(table)
    if chart is None or not rows:
        return None
    first = [_marks(rows, chart, column, address) for column in chart.series]
    title = one_line(chart.title)
    if chart.kind == "bars":
        return charts.bars(_with_before(first), title=title, width=width, paper=paper)
    if chart.kind == "columns":
        return charts.column_chart(_with_before(first), title=title, width=width, paper=paper)
    series = [
        charts.Series(one_line(table.columns[column].title), marks, _plan(rows, chart) if number == 0 else ())
        for number, (column, marks) in enumerate(zip(chart.series, first, strict=True))
    ]
    if chart.kind == "multiples":
        levels = chart.plans or (None,) * len(series)
        planned = [
            charts.Series(one.name, one.marks, [level] * len(one.marks)) for one, level in zip(series, levels, strict=True)
        ]
        return charts.multiples(planned, title=title, share=is_share(table), paper=paper)
    if chart.kind == "stacked":
        return charts.stacked(series, title=title, width=width, paper=paper)
    return charts.lines(series, title=title, width=width, share=is_share(table), paper=paper)


def is_in_rows(table: Table) -> bool:
    """Whether the bars that the chart would show already lie in the table's own rows."""
    return table.bar is not None and table.chart is not None and table.chart.kind == "bars"


def drawn_rows(table: Table) -> tuple[tuple[Cell, ...], ...]:
    """The rows that the chart draws: those that are shown, or the first few of them."""
    return table.visible[: table.chart.rows] if table.chart else ()


def is_share(table: Table) -> bool:
    """Whether the drawn numbers are shares."""
    forms = (Form.SHARE, Form.PERCENT)
    return table.chart is not None and all(table.columns[column].form in forms for column in table.chart.series)


def _marks(rows: tuple[tuple[Cell, ...], ...], chart: Chart, column: int, address: Address) -> list[charts.Mark]:
    return [
        charts.Mark(_label(row[chart.names]), number(row[column]), address(row[column]), words=row[column].words)
        for row in rows
    ]


def _with_before(series: list[list[charts.Mark]]) -> list[charts.Mark]:
    """Marks of the first series, each with the second one's number as its tick."""
    if len(series) < 2:
        return series[0]
    return [
        charts.Mark(now.label, now.value, now.url, before.value, now.words)
        for now, before in zip(series[0], series[1], strict=True)
    ]


def _plan(rows: tuple[tuple[Cell, ...], ...], chart: Chart) -> list[float | None]:
    return [number(row[chart.plan]) for row in rows] if chart.plan is not None else []


def _label(cell: Cell) -> str:
    """The name of a mark; of a day, short: «пн 16»."""
    if cell.form is Form.DAY and isinstance(cell.value, str) and cell.value:
        return wording.day(cell.value)
    return one_line(cell.words)


def number(cell: Cell) -> float | None:
    """The cell's number; None for words and for no data."""
    return float(cell.value) if isinstance(cell.value, (int, float)) else None
