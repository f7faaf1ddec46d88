"""Addresses of the reports under ``/<center>/reports/``."""

from __future__ import annotations

from django.urls import path

from reports import register_urls
from reports.views import board, cases
from reports.views import problemator as views

app_name = "reports"

urlpatterns = [
    path("", views.index, name="index"),
    path("problemator/<slug:week>/", views.problemator, name="problemator"),
    path("problemator/<slug:week>.xlsx", views.document, {"form": "xlsx"}, name="xlsx"),
    path("problemator/<slug:week>.pdf", views.document, {"form": "pdf"}, name="pdf"),
    path("problemator/<slug:week>/make/", views.make, name="make"),
    path("problemator/<slug:week>/cases/<slug:figure>/", cases.cases, name="cases"),
    path("board/", board.board, name="board"),
    path("board/figures/", board.figures, name="board-figures"),
    path("now/<slug:figure>/", cases.now, name="now"),
    *register_urls.urlpatterns,
]
