"""``manage.py make_reports``: every report that is due by the charters and not there, as the schedule makes them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mcu.clock import utc_now
from mcu.templatetags.mcu_ui import words
from reports.services.due import make_due


class Command(BaseCommand):
    """Make what is due now; what is there already stays as it is."""

    help = "Составить все отчёты, срок которых по уставам наступил и которых ещё нет."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Составлено: {words(make_due(now=utc_now()), 'отчёт,отчёта,отчётов')}.")
