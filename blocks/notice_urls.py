"""Addresses of «Уведомления»; mounted under ``/<center>/notices/``."""

from __future__ import annotations

from django.urls import path

from blocks.views import notices

urlpatterns = [
    path("", notices.notices, name="notices"),
    path("bell/", notices.notices_bell, name="notices_bell"),
    path("latest/", notices.notices_latest, name="notices_latest"),
    path("settings/", notices.notices_settings, name="notices_settings"),
    path("devices/", notices.notices_device, name="notices_device"),
    path("devices/<int:device>/remove/", notices.notices_device_remove, name="notices_device_remove"),
    path("check/", notices.notices_check, name="notices_check"),
    path("<int:notice>/", notices.notice_open, name="notice_open"),
]
