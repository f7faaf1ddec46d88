"""The heat map: topics by settlements or recipients over a period, the worst places in words, the map beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.models import Settlement
from blocks.roles import Role
from mcu.clock import utc_now
from reports import charts, policies
from reports.cases import UNKNOWN
from reports.charts import Mark, Place
from reports.heat import cube, grid, spots
from reports.heat.cube import NOBODY, Axis
from reports.heat.measures import MEASURES
from reports.views.picking import Picked, pick

AXES: Final = {Axis.SETTLEMENT: "Населённые пункты", Axis.RECIPIENT: "Ответственные получатели"}
BARS: Final = 12


@lru_cache(maxsize=256)
def _base(slug: str, figure: str, period: str) -> str:
    """The address of a figure's cases; a page asks for the same few hundreds of times."""
    if figure == "overdue":
        return reverse("reports:now", args=[slug, figure])
    return reverse("reports:cases", args=[slug, period, figure])


@dataclass(frozen=True, slots=True)
class Links:
    """Where a number's cases are; nothing for an observer."""

    request: CenterRequest
    picked: Picked
    axis: Axis

    def __call__(self, figure: str, topic: int | None, column: int | None) -> str:
        if not policies.may_open_cases(self.request.actor):
            return ""
        base = _base(self.request.center.slug, figure, self.picked.period.code)
        asked = {"topic": topic, self.axis.value: column}
        narrowed = urlencode({name: key or UNKNOWN for name, key in asked.items() if key is not None})
        return f"{base}?{narrowed}" if narrowed else base


@require_safe
@center_page(*Role)
def heat(request: CenterRequest) -> HttpResponse:
    """The page of the map. At most twelve queries."""
    now = utc_now()
    picked = pick(request.GET, now=now, tz=request.center.tz)
    axis = Axis(request.GET["by"]) if request.GET.get("by") in set(Axis) else Axis.SETTLEMENT
    measure = MEASURES.get(request.GET.get("measure", ""), MEASURES["received"])
    scope = cube.Scope(request.center, picked.period, request.actor, now)
    cells, counted_at = cube.kept_cells(scope, axis)
    names = grid.names_of(request.center, axis)
    links = Links(request, picked, axis)
    context = {
        "picked": picked,
        "axis": axis,
        "axes": AXES.items(),
        "axis_label": AXES[axis],
        "measure": measure,
        "measures": MEASURES.values(),
        "grid": grid.Builder(cells, names, measure, links).grid(),
        "whole": cube.summed(cells.values()),
        "spots": _spots(cells, names, links),
        "is_part": not policies.counts_whole_center(request.actor),
        "may_plan": policies.may_plan(request.actor),
        "at": counted_at,
    }
    return render(request, "reports/heat.html", context | _beside(request, cells, axis, names, links))


def _spots(cells: cube.Cells, names: grid.Names, links: Links) -> list[dict[str, Any]]:
    return [
        {
            "name": names.topic(spot.key[0]),
            "place": names.column(spot.key[1]),
            "reasons": [(reason.words, links(reason.figure, *spot.key)) for reason in spot.reasons],
        }
        for spot in spots.spots(cells)
    ]


def _beside(request: CenterRequest, cells: cube.Cells, axis: Axis, names: grid.Names, links: Links) -> dict[str, Any]:
    """The map of settlements, or bars of the recipients."""
    sums = {key: cube.summed(one for (_, column), one in cells.items() if column == key) for key in (*names.columns, NOBODY)}
    if axis is Axis.RECIPIENT:
        ordered = sorted((key for key in sums if sums[key].received), key=lambda key: -sums[key].received)[:BARS]
        marks = [
            Mark(names.column(key), sums[key].received, links("received", None, key), before=sums[key].before)
            for key in ordered
        ]
        title = "Поступило по ответственным получателям; черта — период раньше"
        return {"bars": charts.bars(marks, title=title) if marks else ""}
    places = [
        Place(
            names.column(pk),
            sums[pk].received,
            None if (share := sums[pk].share) is None else 1 - share,
            lat,
            lon,
            links("received", None, pk),
        )
        for pk, lat, lon in Settlement.objects.filter(center=request.center).values_list("pk", "lat", "lon")
        if sums[pk].received
    ]
    return {"map": charts.settlements(places, title="Карта населённых пунктов: сколько поступило") if places else None}
