"""How far the counting of a report is: words kept for a moment, so that the page that waits can show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.core.cache import cache

from reports.models import Report

KEPT_FOR: Final = 300  # seconds
WAITS: Final = "Ждёт своей очереди"


def step_of(report: Report) -> str:
    """The step that goes on; what waits for a worker says so. Without the cache nothing more is known."""
    found: str | None = cache.get(_key(report.pk))
    return found or WAITS


def teller(report_id: int) -> Callable[[str], None]:
    """To be told of each step."""
    return lambda step: cache.set(_key(report_id), step, KEPT_FOR)


def _key(report_id: int) -> str:
    return f"report-making:{report_id}"
