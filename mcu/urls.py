"""The only place that mounts pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from blocks.views.start import home, notices, one_time_link
from mcu import errors_pages, health, problems
from reports.views.desk import desk

handler400 = problems.bad_request
handler403 = errors_pages.forbidden
handler404 = errors_pages.not_found
handler500 = errors_pages.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", home, name="home"),
    path("accounts/", include("mcu.account_urls")),
    path("link/<str:token>/", one_time_link, name="one_time_link"),
    path("api/v1/", include("mcu.api")),
    path("<slug:center>/", desk, name="desk"),
    path("<slug:center>/notices/", notices, name="notices"),
    path("<slug:center>/roster/", include("blocks.urls")),
    path("<slug:center>/reports/", include("reports.urls")),
    path("<slug:center>/", include("messages.urls")),
]
