"""Data for planning: a slice is put together, looked at as a table and a chart, taken as XLSX or CSV (R9, R104)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.roles import WHOLE_CENTER, Role
from mcu.clock import utc_now
from mcu.errors import Invalid
from reports import charts, documents, policies
from reports.charts import Mark, Series
from reports.heat.grid import Grid, Group, Line, Shown
from reports.paper import Form, written
from reports.periods import Week, month_of
from reports.planning import count, layout, slices
from reports.planning.count import Sum2
from reports.planning.layout import Layout
from reports.planning.slices import DIMENSIONS, FILTERS, MEASURES, Dimension, Names, Slice
from reports.views.picking import pick

READERS: Final = (*sorted(WHOLE_CENTER), Role.OBSERVER)
FORMS: Final = ("xlsx", "csv")
BARS: Final = 20
_WORST_FIRST: Final = {Form.SHARE: (0.95, 0.9, 0.8, 0.6), Form.TENTHS: (4.5, 4, 3.5, 3)}  # where darker means lower


@require_safe
@center_page(*READERS)
def planning(request: CenterRequest) -> HttpResponse:
    """The builder with its table. At most fifteen queries."""
    now = utc_now()
    picked = pick(request.GET, now=now, tz=request.center.tz)
    names = Names(request.center)
    context: dict[str, Any] = {
        "picked": picked,
        "choices": _choices(request, names),
        "asked": request.GET,
        "note": layout.NOTE,
    }
    try:
        asked = slices.read(request.GET.dict(), request.center, picked.period)
        found = _counted(request, asked, now, names)
    except TooFew:
        return render(request, "reports/planning.html", context | {"is_few": True})
    except Invalid as error:
        return render(request, "reports/planning.html", context | {"refused": error.message}, status=422)
    return render(request, "reports/planning.html", context | _shown(request, found, now))


@require_safe
@center_page(*READERS)
def planning_file(request: CenterRequest, form: str) -> HttpResponse:
    """The same table as a file."""
    if form not in FORMS:
        raise Http404
    now = utc_now()
    picked = pick(request.GET, now=now, tz=request.center.tz)
    try:
        asked = slices.read(request.GET.dict(), request.center, picked.period)
        found = _counted(request, asked, now, Names(request.center))
    except Invalid as error:
        raise Http404(error.message) from error
    paper = layout.paper(found, filters=layout.words_of_filters(found.asked), now=now)
    about = documents.FORMATS[form]
    answer = HttpResponse(about.render(paper), content_type=about.content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="planning-{picked.period.code}.{form}"'
    return answer


class TooFew(Invalid):
    """So few cases under the words of an address that their numbers would tell of a person."""


def _counted(request: CenterRequest, asked: Slice, now: datetime, names: Names) -> Layout:
    cells = count.counted(asked, now)
    if asked.words and count.is_few(cells) and not policies.sees_whole_center(request.actor):
        raise TooFew("По этим словам меньше трёх дел.")
    found = layout.lay_out(asked, cells, names)
    if found.too_wide:
        raise Invalid("Столбцов больше шестидесяти: возьмите период короче или месяцы вместо недель.", {"columns": "много"})
    return found


def _choices(request: CenterRequest, names: Names) -> list[dict[str, Any]]:
    """The selects of the form. One query for each list of the charter."""
    found: list[dict[str, Any]] = [
        {"name": "measure", "label": "Показатель", "options": [(one.code, one.title) for one in MEASURES.values()]},
        {"name": "rows", "label": "Строки", "options": [(one.code, one.title) for one in DIMENSIONS.values()]},
        {
            "name": "columns",
            "label": "Столбцы",
            "options": [("", "нет"), *((one.code, one.title) for one in DIMENSIONS.values() if one.kind != "address")],
        },
    ]
    for name in FILTERS:
        dimension = DIMENSIONS[name]
        unknown = [("none", dimension.unknown)] if dimension.unknown else []
        options = [("", "все"), *names.of(dimension).items(), *unknown]
        found.append({"name": name, "label": dimension.title, "options": options})
    for choice in found:
        choice["value"] = request.GET.get(choice["name"], "")
    return found


def _shown(request: CenterRequest, found: Layout, now: datetime) -> dict[str, Any]:
    asked = found.asked
    return {
        "grid": _grid(request, found),
        "title": layout.paper(found, filters=[], now=now).sections[0].title,
        "chart": _chart(request, found),
        "measure": asked.measure,
        "rows_title": asked.rows.title,
        "crossed": asked.columns is not None,
        "alone": asked.columns is None,
        "is_empty": not found.rows,
        "query": request.GET.urlencode(),
        "forms": [(form, documents.FORMATS[form].name) for form in FORMS],
    }


def _grid(request: CenterRequest, found: Layout) -> Grid:
    crossed = found.asked.columns is not None

    def line(name: str, row: str | None) -> Line:
        cells = tuple(
            _place(request, found, found.column_total(column) if row is None else found.cell(row, column), (row, column))
            for column in found.columns
        )
        whole = found.total if row is None else found.row_total(row)
        return Line(name, cells, replace(_place(request, found, whole, (row, None)), level=0) if crossed else Shown())

    lines = tuple(line(name, row) for row, name in found.rows.items())
    foot = line("Всего", None)
    return Grid(tuple(found.columns.values()), (Group(foot, lines),), foot)


def _place(request: CenterRequest, found: Layout, one: Sum2 | None, at: tuple[str | None, str | None]) -> Shown:
    if one is None or one.value is None:
        return Shown()
    row, column = at
    words = written(one.value, found.asked.measure.form)
    where = [found.rows[row] if row is not None else "Всего", found.columns[column] if column else ""]
    return Shown(
        words,
        level=_level(one, found) if row is not None else 0,
        url=_url(request, found.asked, row, column),
        said=f"{', '.join(part for part in where if part)}: {words}",
    )


def _level(one: Sum2, found: Layout) -> int:
    if steps := _WORST_FIRST.get(found.asked.measure.form):
        return 1 + sum((one.value or 0) < step for step in steps)
    return charts.levels([one.value], most=found.most)[0]


def _url(request: CenterRequest, asked: Slice, row: str | None, column: str | None) -> str:
    """Where the cases of a cell are; nothing where a list cannot be narrowed to them."""
    if not policies.may_open_cases(request.actor) or asked.words:
        return ""
    by, code = dict(asked.by), asked.period.code
    for dimension, key in ((asked.rows, row), (asked.columns, column)):
        if dimension is None or key is None:
            continue
        if dimension.kind == "address" or by.get(dimension.code, key) != key:
            return ""
        if dimension.kind == "time":
            code = _code(asked, dimension, key)
        else:
            by[dimension.code] = key
    if not code:
        return ""
    slug, figure = request.center.slug, asked.measure.figure
    address = (
        reverse("reports:now", args=[slug, figure])
        if asked.measure.is_now
        else reverse("reports:cases", args=[slug, code, figure])
    )
    return f"{address}?{urlencode(by)}" if by else address


def _code(asked: Slice, dimension: Dimension, key: str) -> str:
    """The week or month of a column, if all its days are of the period."""
    day, tz = date.fromisoformat(key), asked.period.tz
    part = Week(day - timedelta(days=day.weekday()), tz) if dimension.code == "week" else month_of(day, tz)
    return part.code if asked.period.first <= part.first and part.last <= asked.period.last else ""


def _chart(request: CenterRequest, found: Layout) -> str:
    """Bars of the rows, the largest first; over time, columns, or a line of shares and means."""
    asked = found.asked
    marks = [
        Mark(name, one.value, _url(request, asked, row, None), words=written(one.value, asked.measure.form))
        for row, name in found.rows.items()
        for one in (found.row_total(row),)
    ]
    if not marks:
        return ""
    title = f"{asked.measure.title}: {asked.rows.title.lower()}"
    if asked.rows.kind == "time":
        if asked.measure.form is Form.COUNT:
            return charts.column_chart(marks, title=title, width=max(360, min(46 * len(marks), 1040)))
        return charts.lines([Series(asked.measure.title, marks)], title=title, share=asked.measure.form is Form.SHARE)
    marks.sort(key=lambda mark: -(mark.value or 0))
    return charts.bars(marks[:BARS], title=title, width=560)
