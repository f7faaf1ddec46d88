"""The problemator as an XLSX workbook: a sheet a table, native charts, ready to print.

Citizens' and clerks' words are written as strings only, so nothing in them runs as a formula or becomes a link.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports import wording
from reports.cases import CASE_FIGURES
from reports.documents.heading import Heading
from reports.shape import Figures, Pair, Row

Cell = str | int | float | None

A4: Final = 9
ACCENT, GREY, LINE, SHADE = "#1C4FB5", "#B9BDC4", "#DCDAD3", "#F6F5F2"
NUMBER, SIGNED, SHARE, HOURS, TEXT = "#,##0", "+#,##0;−#,##0;0", "0%", "0.0", "@"
HEADING_ROWS: Final = 4  # Center, title with period, when made, how to read; the table's header comes after a blank row
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, width in characters, number format."""

    title: str
    width: int
    form: str = NUMBER


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of two columns («неделя», «раньше») over the first rows of the table."""

    title: str
    kind: str  # column | bar
    rows: int
    names: int = 0
    now: int = 1
    before: int = 2


NAME: Final = Column("", 48, TEXT)
PAIR: Final = (Column("Неделя", 11), Column("Неделей раньше", 11), Column("Изменение", 12, SIGNED))


def render(*, heading: Heading, figures: Figures) -> bytes:
    """The workbook's bytes."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        workbook.set_properties(
            {
                "title": f"{heading.title} {heading.week}",
                "author": heading.center,
                "created": heading.made_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        book = _Book(workbook, heading)
        book.table("Сводка", [_named("Показатель"), *PAIR], _summary(figures))
        book.table("По дням", [_named("День", 14), *PAIR], _days(figures), Chart("Поступило по дням", "column", 7))
        _work(book, "Источники", "Источник", figures["sources"])
        _work(book, "Блоки", "Отраслевой блок", figures["blocks"])
        _ranking(book, "Темы", [_named("Тема"), Column("Блок", 28, TEXT)], figures["topics"], with_note=True)
        _ranking(book, "Территории", [_named("Населённый пункт")], figures["settlements"], with_note=False)
        book.table("Резкий рост", _SPIKE_COLUMNS, _spikes(figures))
        book.table("Просрочено", _OVERDUE_COLUMNS, _overdue(figures))
    return stream.getvalue()


class _Book:
    """A workbook that puts every table on a sheet of its own under the Center's heading."""

    def __init__(self, workbook: Workbook, heading: Heading) -> None:
        self._workbook = workbook
        self._heading = heading
        self._formats: dict[str, Format] = {}
        base = {"font_name": "PT Sans", "font_size": 10}
        self._base = base
        self._title = workbook.add_format({**base, "font_size": 14, "bold": True})
        self._plain = workbook.add_format({**base, "font_color": "#575C63"})
        self._header = workbook.add_format(
            {**base, "bold": True, "bg_color": SHADE, "bottom": 1, "bottom_color": LINE, "text_wrap": True, "valign": "top"}
        )

    def table(self, name: str, columns: Sequence[Column], rows: list[list[Cell]], chart: Chart | None = None) -> None:
        """One sheet: heading, frozen header, rows, the chart under them; printed on pages as wide as one sheet."""
        sheet = self._workbook.add_worksheet(name)
        header = HEADING_ROWS + 1
        self._head(sheet, name, columns, header)
        for line, row in enumerate(rows, start=header + 1):
            for place, (value, column) in enumerate(zip(row, columns, strict=True)):
                self._cell(sheet, line, place, value, column)
        last = header + max(len(rows), 1)
        if not rows:
            sheet.write_string(last, 0, "За неделю нет.", self._plain)
        if chart and rows:
            last = self._chart(sheet, name, chart, first=header + 1, below=last + 2)
        sheet.print_area(0, 0, last, len(columns) - 1)

    def _head(self, sheet: Worksheet, name: str, columns: Sequence[Column], header: int) -> None:
        heading = self._heading
        sheet.write_string(0, 0, heading.center, self._plain)
        sheet.write_string(1, 0, f"{heading.title}: {name.lower()}, {heading.period}", self._title)
        sheet.write_string(2, 0, f"{heading.made}. Неделя {heading.week}", self._plain)
        sheet.write_string(3, 0, heading.stocks, self._plain)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(header, place, column.title, self._header)
        sheet.freeze_panes(header + 1, 1)
        sheet.repeat_rows(header)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        # An ampersand begins a code in footers; doubled it is itself.
        sheet.set_footer(f"&L{heading.center.replace('&', '&&')}&R&P из &N")

    def _cell(self, sheet: Worksheet, line: int, place: int, value: Cell, column: Column) -> None:
        form = self._format(column.form)
        if isinstance(value, str):
            sheet.write_string(line, place, value, form)
        elif value is None:
            sheet.write_string(line, place, wording.NO_DATA, form)
        else:
            sheet.write_number(line, place, value, form)

    def _format(self, form: str) -> Format:
        if form not in self._formats:
            look = {"num_format": form, "valign": "top", "bottom": 4, "bottom_color": LINE, "text_wrap": form == TEXT}
            self._formats[form] = self._workbook.add_format({**self._base, **look})
        return self._formats[form]

    def _chart(self, sheet: Worksheet, name: str, spec: Chart, *, first: int, below: int) -> int:
        """Place the chart; returns its last line."""
        chart = self._workbook.add_chart({"type": spec.kind})
        end = first + spec.rows - 1
        for title, column, colour in (("Неделя", spec.now, ACCENT), ("Неделей раньше", spec.before, GREY)):
            chart.add_series(
                {
                    "name": title,
                    "categories": [name, first, spec.names, end, spec.names],
                    "values": [name, first, column, end, column],
                    "fill": {"color": colour},
                    "gap": 60,
                }
            )
        chart.set_title({"name": spec.title, "name_font": {"size": 11}, "overlay": False})
        chart.set_legend({"position": "bottom"})
        if spec.kind == "bar":
            chart.set_y_axis({"reverse": True})
            chart.set_x_axis({"num_format": NUMBER, "major_gridlines": {"visible": True, "line": {"color": LINE}}})
        else:
            chart.set_y_axis({"num_format": NUMBER, "major_gridlines": {"visible": True, "line": {"color": LINE}}})
        lines = max(15, 6 + (2 * spec.rows if spec.kind == "bar" else 0))
        chart.set_size({"width": 760, "height": lines * 20})
        sheet.insert_chart(below, 0, chart, {"description": spec.title, "object_position": 3})
        return below + lines


def _named(title: str, width: int = 48) -> Column:
    return Column(title, width, TEXT)


def _pair(pair: Pair) -> list[Cell]:
    return [pair["now"], pair["before"], pair["now"] - pair["before"]]


def _summary(figures: Figures) -> list[list[Cell]]:
    """Every total, the share in time in percent, the mean time in hours, then received by regime and work by state."""
    rows: list[list[Cell]] = [[figure.title, *_pair(figures["totals"][code])] for code, figure in CASE_FIGURES.items()]
    kept, took = figures["in_time_share"], figures["answer_seconds"]
    rows.append(
        ["Доля отвеченных в срок, %", _hundred(kept["now"]), _hundred(kept["before"]), _less(kept["now"], kept["before"], 100)]
    )
    rows.append(
        [
            "Среднее время до ответа, ч",
            _hours(took["now"]),
            _hours(took["before"]),
            _less(took["now"], took["before"], 1 / HOUR),
        ]
    )
    rows += [[f"Поступило: {row['name']}", *_pair(row["counts"]["received"])] for row in figures["regimes"]]
    rows += [[f"В работе: {row['name']}", *_pair(row["counts"]["open"])] for row in figures["states"]]
    return rows


def _hundred(share: float | None) -> Cell:
    return None if share is None else round(100 * share)


def _hours(seconds: float | None) -> Cell:
    return None if seconds is None else round(seconds / HOUR)


def _less(now: float | None, before: float | None, unit: float) -> Cell:
    return None if now is None or before is None else round(now * unit) - round(before * unit)


def _days(figures: Figures) -> list[list[Cell]]:
    return [[wording.day(day["day"]), day["now"], day["before"], day["now"] - day["before"]] for day in figures["days"]]


def _work(book: _Book, sheet: str, title: str, rows: list[Row]) -> None:
    """A table of sources or blocks: received against the week before, then answers and stocks of the week."""
    columns = [_named(title), *PAIR, *(Column(words, 13) for words in _WORK.values())]
    lines: list[list[Cell]] = [
        [row["name"], *_pair(row["counts"]["received"]), *(row["counts"][figure]["now"] for figure in _WORK)] for row in rows
    ]
    book.table(sheet, columns, lines, Chart(f"Поступило: {sheet.lower()}", "bar", len(lines)))


_WORK: Final = {
    "answered": "Отвечено",
    "in_time": "В срок",
    "late": "С опозданием",
    "open": "В работе",
    "overdue": "Просрочено",
}


def _ranking(book: _Book, sheet: str, names: list[Column], rows: list[Row], *, with_note: bool) -> None:
    lines: list[list[Cell]] = [
        [row["name"], *([row["note"]] if with_note else []), *_pair(row["counts"]["received"])] for row in rows
    ]
    at = len(names)
    chart = Chart(f"{sheet}: больше всего сообщений", "bar", min(len(lines), 10), now=at, before=at + 1)
    book.table(sheet, [*names, *PAIR], lines, chart)


_SPIKE_COLUMNS: Final = (
    _named("Тема"),
    _named("Населённый пункт", 28),
    Column("За неделю", 12),
    Column("В среднем за 4 недели", 14, "0.0#"),
    Column("Рост", 16, "+0%;−0%;0%"),
)


def _spikes(figures: Figures) -> list[list[Cell]]:
    return [
        [
            spike["topic"],
            spike["settlement"] or "все",
            spike["count"],
            spike["mean"],
            wording.growth(None) if spike["growth"] is None else spike["growth"],
        ]
        for spike in figures["spikes"]
    ]


_OVERDUE_COLUMNS: Final = (
    _named("Номер", 18),
    _named("Тема", 40),
    _named("Источник", 16),
    _named("Блок", 24),
    _named("Ответственный", 22),
    _named("Срок", 44),
    _named("Пункт", 18),
    _named("Просрочено на", 16),
)


def _overdue(figures: Figures) -> list[list[Cell]]:
    return [
        [
            row["number"],
            row["topic"],
            row["source"],
            row["block"],
            row["responsible"],
            row["term"],
            row["clause"],
            wording.late(row["late_seconds"]),
        ]
        for row in figures["overdue"]
    ]
