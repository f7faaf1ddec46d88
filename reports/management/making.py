"""What the commands that make a report share: the Center and the period by their names, documents into a folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from mcu.clock import utc_now
from mcu.errors import DomainError
from reports import schedule, selectors, wording
from reports.compose import period_of
from reports.kinds import KINDS, plan_of
from reports.models import Report, ReportDocument
from reports.services.files import document_of
from reports.services.making import make


class MakeCommand(BaseCommand):
    """Makes one kind of report; a signed one is left as it is, and its kept documents are written."""

    kind: ClassVar[str]
    option: ClassVar[str]
    example: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра, например oktyabrsky")
        parser.add_argument(f"--{self.option}", default="", help=self.example)
        parser.add_argument("--out", type=Path, help="папка, куда записать документы XLSX, DOCX, PDF и CSV")

    def handle(self, *args: Any, center: str, out: Path | None, **options: Any) -> None:
        now = utc_now()
        found = center_of(center)
        actor = actors.system(found, "Команда")
        try:
            report = self._made(found, str(options[self.option]), actor, now)
        except DomainError as error:
            raise CommandError(error.message) from error
        numbers = ", ".join(f"{words.lower()} {value}" for words, value in KINDS[self.kind].summary(report.figures))
        self.stdout.write(f"{found.name}, {wording.period(period_of(report))}: {numbers}")
        if out:
            self._write(report, out, actor, now)

    def _made(self, center: Center, code: str, actor: Actor, now: datetime) -> Report:
        kind = KINDS[self.kind]
        if plan_of(center, kind) is None:
            raise CommandError(f"{kind.title}: в Центре «{center.name}» такой отчёт не составляется.")
        period = schedule.period_of(code, kind, now=now, tz=center.tz)
        schedule.demand_over(kind, period, now)
        kept = selectors.report_of(selectors.Place(center, kind, period, None), actor=actor, version=None)
        if kept is not None and kept.is_signed:
            return kept
        return make(center=center, kind=kind, period=period, now=now, actor=actor)

    def _write(self, report: Report, out: Path, actor: Actor, now: datetime) -> None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            for form in ReportDocument.Format.values:
                path = out / f"{self.kind}-{report.center.slug}-{report.code}.{form}"
                path.write_bytes(document_of(report=report, form=form, actor=actor))
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(f"Документы не записаны в {out}: {error.strerror}.") from error


def center_of(slug: str) -> Center:
    """The Center by its code. Raises CommandError naming those there are."""
    found = Center.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(sorted(Center.objects.values_list("slug", flat=True))) or "ни одного"
        raise CommandError(f"Центра «{slug}» нет. Есть: {known}.")
    return found
