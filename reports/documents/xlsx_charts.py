"""Native charts of a workbook: the same marks as on the page, kept by the sheet's own numbers."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.documents.sheets import SheetTable
from reports.paper import Chart, Form
from reports.printable import one_line

WIDE: Final = 760  # pixels
LINE_HEIGHT: Final = 20
LEAST_LINES: Final = 15
LINE, INK, ACCENT, GREY = "#DCDAD3", "#1B1D20", "#1C4FB5", "#B9BDC4"
PALETTE: Final = (ACCENT, GREY, "#B87400", "#1C6B3C", INK)
_TYPES: Final[dict[str, dict[str, str]]] = {
    "bars": {"type": "bar"},
    "columns": {"type": "column"},
    "lines": {"type": "line"},
    "stacked": {"type": "column", "subtype": "stacked"},
    "multiples": {"type": "line"},
}
_AXIS: Final = {Form.SHARE: '0" %"', Form.PERCENT: '0" %"', Form.TENTHS: "0.0", Form.DURATION: "0.0"}


def add(workbook: Workbook, sheet: Worksheet, table: SheetTable, *, first: int, below: int) -> int:
    """Put the table's chart under its rows; returns the last line it takes."""
    spec = table.chart
    assert spec is not None  # noqa: S101 - asked by whoever calls
    chart = workbook.add_chart(dict(_TYPES[spec.kind]))
    end = first + table.drawn - 1
    for number, column in enumerate(spec.series):
        chart.add_series(_series(table, spec, column, first, end) | _look(spec.kind, PALETTE[number % len(PALETTE)]))
    if spec.plan is not None:
        dashed = {"line": {"color": INK, "width": 1.5, "dash_type": "dash"}, "marker": {"type": "none"}}
        chart.add_series(_series(table, spec, spec.plan, first, end) | dashed)
    lines = _dress(chart, table, spec)
    chart.set_size({"width": WIDE, "height": lines * LINE_HEIGHT})
    sheet.insert_chart(below, 0, chart, {"description": one_line(spec.title), "object_position": 3})
    return below + lines


def _series(table: SheetTable, spec: Chart, column: int, first: int, end: int) -> dict[str, Any]:
    return {
        "name": one_line(table.columns[column].title),
        "categories": [table.name, first, spec.names, end, spec.names],
        "values": [table.name, first, column, end, column],
        "gap": 60,
    }


def _look(kind: str, colour: str) -> dict[str, Any]:
    if kind in ("lines", "multiples"):
        return {"line": {"color": colour, "width": 2}, "marker": {"type": "circle", "fill": {"color": colour}}}
    return {"fill": {"color": colour}}


def _dress(chart: Any, table: SheetTable, spec: Chart) -> int:
    """Title, legend, axes; how many lines of the sheet it takes."""
    chart.set_title({"name": one_line(spec.title), "name_font": {"size": 11}, "overlay": False})
    chart.set_legend({"position": "bottom"})
    chart.show_blanks_as("gap")
    numbers: dict[str, Any] = {
        "num_format": _AXIS.get(table.columns[spec.series[0]].form, "#,##0"),
        "major_gridlines": {"visible": True, "line": {"color": LINE}},
        "min": 0,
    }
    names: dict[str, Any] = {"text_axis": True}
    if table.columns[spec.names].form is Form.DAY:
        names["num_format"] = "dd.mm"
    if spec.kind == "bars":
        # Of a chart of bars XlsxWriter calls the axis of names y: the one that stands.
        chart.set_x_axis(numbers)
        chart.set_y_axis(names | {"reverse": True})
        return max(LEAST_LINES, 6 + 2 * table.drawn)
    chart.set_x_axis(names)
    chart.set_y_axis(numbers)
    return LEAST_LINES
