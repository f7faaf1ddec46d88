"""``manage.py sweep_deadlines [--at TIME] [--dry-run]``: the sweep by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from mcu.clock import database_now
from messages.services.sweep import sweep

YEARS: Final = range(2000, 2101)  # what calendars, terms and the database can all count with


class Command(BaseCommand):
    help = "Предупредить, отметить просрочки и передать выше всё, чему подошло время."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="момент с часовым поясом, например 2026-11-21T10:00+05:00; по умолчанию сейчас")
        parser.add_argument("--dry-run", action="store_true", help="только показать")

    def handle(self, *args: Any, **options: Any) -> None:
        now = database_now()
        at = _moment(options["at"]) if options["at"] else now
        if at > now and not options["dry_run"]:
            raise CommandError("Момент в будущем: настоящий обход только по настоящее время. Для прогноза добавьте --dry-run.")
        done = sweep(now=at, dry_run=options["dry_run"], present=not options["at"])
        for line in done.lines:
            self.stdout.write(line)
        self.stdout.write(
            f"предупреждений: {done.warnings}, просрочек: {done.breaches}, передано выше: {done.escalations}"
            + (" (ничего не записано)" if options["dry_run"] else "")
        )


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise CommandError(f"«{value}» — не момент времени. Пример: 2026-11-21T10:00+05:00") from None
    if moment.tzinfo is None:
        raise CommandError("Укажите часовой пояс, например 2026-11-21T10:00+05:00.")
    if moment.year not in YEARS:
        raise CommandError(f"Год {moment.year} не подходит: нужен с {YEARS[0]} по {YEARS[-1]}. Исправьте год и повторите.")
    return moment
