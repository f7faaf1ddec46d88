"""Addresses of Open311 GeoReport v2, below /open311/v2/. The ending names the form of the answer."""

from __future__ import annotations

from django.urls import re_path

from messages.api.open311 import views

app_name = "open311"
_FORMAT = r"\.(?P<format>json|xml)$"

urlpatterns = [
    re_path(rf"^discovery{_FORMAT}", views.DiscoveryView.as_view(), name="discovery"),
    re_path(rf"^services{_FORMAT}", views.ServicesView.as_view(), name="services"),
    re_path(rf"^services/(?P<code>[^/]+){_FORMAT}", views.ServiceView.as_view(), name="service"),
    re_path(rf"^requests{_FORMAT}", views.RequestsView.as_view(), name="requests"),
    re_path(rf"^requests/(?P<number>[^/]+){_FORMAT}", views.RequestView.as_view(), name="request"),
    re_path(rf"^tokens/(?P<number>[^/]+){_FORMAT}", views.TokenView.as_view(), name="token"),
    re_path(r"^(.*)$", views.UnknownView.as_view(), name="unknown"),
]
