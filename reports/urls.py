"""Addresses of the reports under ``/<center>/reports/``."""

from __future__ import annotations

from django.urls import path, register_converter

from reports import register_urls
from reports.kinds import KINDS
from reports.views import archive, board, cases, heat, planning, rows, way
from reports.views import report as views


class KindConverter:
    """The code of a kind of report."""

    regex = "|".join(KINDS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KindConverter, "kind")

app_name = "reports"

urlpatterns = [
    path("", archive.index, name="index"),
    path("board/", board.board, name="board"),
    path("board/figures/", board.figures, name="board-figures"),
    path("heat/", heat.heat, name="heat"),
    path("planning/", planning.planning, name="planning"),
    path("planning/data.<slug:form>", planning.planning_file, name="planning_file"),
    path("now/<slug:figure>/", cases.now, name="now"),
    path("cases/<str:week>/<slug:figure>/", cases.cases, name="cases"),
    path("rows/<str:week>/<slug:figure>/", rows.rows, name="rows"),
    path("<kind:kind>/<str:code>/", views.report, name="report"),
    path("<kind:kind>/<str:code>/make/", views.make, name="make"),
    path("<kind:kind>/<str:code>/making/", views.making_of, name="making"),
    path("<kind:kind>/<str:code>/text/<slug:place>/", way.text, name="text"),
    path("<kind:kind>/<str:code>/do/<slug:name>/", way.step, name="step"),
    path("<kind:kind>/<str:code>/<slug:form>", views.document, name="document"),
    *register_urls.urlpatterns,
]
