"""The kernel as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class McuConfig(AppConfig):
    name = "mcu"
    verbose_name = "Ядро"
