"""``manage.py load_demo_registers``: rows of the registers for the demo, once; ``prepare --demo`` calls it."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from blocks.models import Center
from mcu.clock import utc_now
from mcu.models import Heartbeat
from reports.registers.demo.load import load


class Command(BaseCommand):
    """Fill the registers of the demo's Centers where they are empty."""

    help = "Внести в реестры образца выдуманные записи (повторно ничего не меняет)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not Heartbeat.objects.filter(name="demo").exists():
            raise CommandError("Образца в этой базе нет: выдуманные записи в настоящие реестры не вносятся.")
        for center in Center.objects.filter(closed_at__isnull=True).order_by("pk"):
            if made := load(center=center, now=utc_now()):
                self.stdout.write(f"{center.name}: записей в реестрах — {made}.")
