"""``manage.py make_problemator --center oktyabrsky --week 2026-W47 --out FOLDER``: the week's problemator by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks import actors
from blocks.models import Center
from mcu.clock import utc_now
from mcu.errors import DomainError
from reports.models import Problemator
from reports.periods import last_full_week, parse_week
from reports.services.problemator import make_problemator


class Command(BaseCommand):
    """Make the problemator of a week and, if asked, write its documents to a folder."""

    help = "Составить проблематор недели; без --week — за последнюю полную неделю."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра, например oktyabrsky")
        parser.add_argument("--week", default="", help="неделя по ISO, например 2026-W47")
        parser.add_argument("--out", type=Path, help="папка, куда записать XLSX и PDF")

    def handle(self, *args: Any, center: str, week: str, out: Path | None, **options: Any) -> None:
        now = utc_now()
        found = Center.objects.filter(slug=center).first()
        if found is None:
            known = ", ".join(sorted(Center.objects.values_list("slug", flat=True))) or "ни одного"
            raise CommandError(f"Центра «{center}» нет. Есть: {known}.")
        try:
            period = parse_week(week, found.tz) if week else last_full_week(now, found.tz)
            problemator = make_problemator(center=found, week=period, now=now, actor=actors.system(found, "Команда"))
        except DomainError as error:
            raise CommandError(error.message) from error
        totals = problemator.figures["totals"]
        counts = f"поступило {totals['received']['now']}, отвечено {totals['answered']['now']}"
        self.stdout.write(f"{found.name}, {period.code}: {counts}, просрочено {totals['overdue']['now']}")
        if out:
            self._write(problemator, out)

    def _write(self, problemator: Problemator, out: Path) -> None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            for file in problemator.files.all():
                path = out / f"problemator-{problemator.center.slug}-{problemator.week}.{file.format}"
                path.write_bytes(bytes(file.content))
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(f"Документы не записаны в {out}: {error.strerror}.") from error
