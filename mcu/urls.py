"""The only place that mounts pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from blocks.views.notices import push_worker
from blocks.views.start import home, one_time_link
from mcu import errors_pages, health, problems
from messages.views.rating import rating
from messages.views.terms.feed import ical
from reports.views.desk import desk

handler400 = problems.bad_request
handler403 = errors_pages.forbidden
handler404 = errors_pages.not_found
handler500 = errors_pages.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("push-worker.js", push_worker, name="push_worker"),
    path("", home, name="home"),
    path("accounts/", include("mcu.account_urls")),
    path("link/<str:token>/", one_time_link, name="one_time_link"),
    path("s/<str:token>/", rating, name="satisfaction"),
    path("ical/<str:token>.ics", ical, name="ical"),
    path("api/v1/", include("mcu.api")),
    path("open311/v2/", include("messages.api.open311.urls")),
    path("<slug:center>/", desk, name="desk"),
    path("<slug:center>/notices/", include("blocks.notice_urls")),
    path("<slug:center>/roster/", include("blocks.urls")),
    path("<slug:center>/reports/", include("reports.urls")),
    path("<slug:center>/settings/lists/", include("blocks.list_urls")),
    path("<slug:center>/", include("messages.urls")),
]
