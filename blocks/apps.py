"""Who does what in a Center."""

from __future__ import annotations

from django.apps import AppConfig


class BlocksConfig(AppConfig):
    name = "blocks"
    verbose_name = "Центры и состав"
