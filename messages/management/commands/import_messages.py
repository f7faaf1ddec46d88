"""``manage.py import_messages --center C --format im|pos|delo|mcu FILE [--dry-run]``: messages of a file into the register."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from blocks import actors
from blocks.models import Center
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.text import system_words
from mcu.uploads.tables import Unread
from messages.exchange.formats import FORMATS
from messages.models import ImportRow, MessageImport
from messages.services.imports import asking, work
from messages.services.imports.passes import COUNTS, Pass

_TITLES: Final = {
    "made": "Новых",
    "updated": "Дополнено",
    "unchanged": "Без изменений",
    "conflicts": "Расхождений",
    "errors": "Не внесено",
}


class Command(BaseCommand):
    help = "Вносит сообщения из файла: выгрузки «Инцидент Менеджмент», ПОС, реестра СЭД «Дело», таблицы МЦУ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="ФАЙЛ", type=Path, help="XLSX, XLS, ODS или CSV")
        parser.add_argument("--center", metavar="ЦЕНТР", required=True, help="имя Центра в адресе, например oktyabrsky")
        parser.add_argument("--format", choices=tuple(FORMATS), required=True, help="откуда файл")
        parser.add_argument("--dry-run", action="store_true", help="только показать, что изменится")

    def handle(self, *args: Any, **options: Any) -> None:
        center = Center.objects.filter(slug=options["center"], closed_at__isnull=True).first()
        if center is None:
            known = ", ".join(Center.objects.filter(closed_at__isnull=True).values_list("slug", flat=True))
            raise CommandError(f"Центра «{options['center']}» нет. Есть: {known or 'ни одного'}.")
        try:
            self._go(center, options)
        except OSError as error:
            raise CommandError(f"Файл {options['file']} не открыть: {system_words(error)}.") from error
        except (DomainError, Unread) as error:
            raise CommandError(error.message if isinstance(error, DomainError) else str(error)) from error

    def _go(self, center: Center, options: dict[str, Any]) -> None:
        dry, row = bool(options["dry_run"]), self._brought(center, options["file"], options["format"])
        try:
            self._show(self._worked(row, dry=dry), dry=dry, all_words=int(options["verbosity"]) > 1)
        finally:
            if dry:
                asking.leave_no_trace(import_id=row.pk, center=center, actor=actors.system(center))

    def _brought(self, center: Center, path: Path, code: str) -> MessageImport:
        name = os.fsencode(path.name).decode(errors="replace")
        with path.open("rb") as content:
            table = uploads.accept_table(File(content, name=name))
            with uploads.stored(table) as kept:
                row = asking.bring(
                    center=center,
                    actor=actors.system(center),
                    code=code,
                    name=table.name,
                    sha256=table.sha256,
                    path=kept,
                    now=utc_now(),
                    taken=True,
                )
        return row

    def _worked(self, row: MessageImport, *, dry: bool) -> MessageImport:
        """Judged, and put in unless it is only to be looked at; what goes wrong leaves no file behind."""
        actor = actors.system(row.center)
        try:
            with _bar("Проверка") as bar:
                row = work.read(Pass(row, actor, utc_now, bar.update))
            if dry:
                return row
            row = asking.confirm(import_id=row.pk, center=row.center, actor=actor, now=utc_now(), taken=True)
            with _bar("Внесение", total=row.total) as bar:
                return work.run(Pass(row, actor, utc_now, bar.update))
        except (DomainError, Unread) as problem:
            work.fail(row, problem.message if isinstance(problem, DomainError) else str(problem), utc_now())
            raise

    def _show(self, row: MessageImport, *, dry: bool, all_words: bool) -> None:
        """The lines that want a person's eye, with ``-v 2`` every line that says something; then how many of each kind."""
        self.stdout.write(f"{row.get_format_display()}: {row.layout}.")
        wanted = (ImportRow.Kind.CONFLICT, ImportRow.Kind.ERROR)
        told = row.rows.exclude(words="") if all_words else row.rows.filter(kind__in=wanted)
        for one in told.iterator(chunk_size=1000):
            self.stdout.write(f"  строка {one.line}, № {one.key or '—'}, {one.get_kind_display()}: {one.words}")
        counts = ", ".join(f"{_TITLES[code].lower()} — {row.counts.get(code, 0)}" for code in COUNTS.values())
        self.stdout.write(f"Строк: {row.total}. {counts.capitalize()}.")
        if dry:
            more = "" if all_words else " Что станет с каждой строкой, покажет -v 2."
            self.stdout.write(f"Ничего не записано. Чтобы внести, повторите без --dry-run.{more}")


@contextmanager
def _bar(title: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar where somebody looks."""
    with tqdm(desc=title, unit=" строк", total=total, disable=None) as bar:
        yield bar
