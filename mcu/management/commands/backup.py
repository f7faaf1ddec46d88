"""``manage.py backup``: a copy of the database and the files, the older ones removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mcu import backups
from mcu.clock import utc_now

KEEP = 14


class Command(BaseCommand):
    help = "Копия базы и файлов в папку; прежние копии сверх числа убираются. Для расписания: раз в сутки."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, help="куда (по умолчанию backups/ в папке данных; лучше другой диск)")
        parser.add_argument("--keep", type=int, default=KEEP, help=f"сколько последних копий оставить (по умолчанию {KEEP})")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1:
            raise CommandError("--keep: оставить нужно хотя бы одну копию.")
        to = (options["to"] or settings.VAR / "backups").expanduser().resolve()
        try:
            copy = backups.make(to=to, keep=options["keep"], now=utc_now())
        except backups.BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Копия сделана: {copy.folder} ({copy.size / 1024**2:.1f} МБ). Хранятся последние {options['keep']}.")
