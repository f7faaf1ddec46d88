"""``manage.py load_calendar FILE [--dry-run]``: the production calendar of a year, and the open cases that follow it."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from blocks.models import Center
from mcu import calendar_files, calendars
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.templatetags.mcu_ui import words
from messages.services import new_calendar
from messages.services.recount import Move
from messages.terms import KIND_RU


class Command(BaseCommand):
    help = "Загружает производственный календарь (XML или JSON xmlcalendar.ru) и пересчитывает по нему сроки открытых дел."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="ФАЙЛ", type=Path, help="файл календаря одного или нескольких лет")
        parser.add_argument("--dry-run", action="store_true", help="только показать, что изменится")

    def handle(self, *args: Any, **options: Any) -> None:
        now = utc_now()
        path: Path = options["file"]
        try:
            years = calendar_files.parse(calendar_files.read(path), this_year=now.year)
        except DomainError as error:
            raise CommandError(error.message) from error
        dry = bool(options["dry_run"])
        calendar = calendars.with_years(years)
        if dry:
            changes = calendars.compare(calendars.current(), calendar, years)
        else:
            changes = calendars.load(years, now=now, by=_who(), file_name=_name(path))
        for line in (line for change in changes for line in change.lines()):
            self.stdout.write(line)
        # Also where nothing changed: a run that was cut off is finished by the next one.
        for center in Center.objects.order_by("pk"):
            if dry:
                moves = new_calendar.expected(center, calendar=calendar, years=list(years), now=now)
            else:
                moves = new_calendar.follow(center, calendar=calendar, years=list(years), now=now, watched=_bar)
            self._show(center, moves, dry=dry)
        if dry:
            self.stdout.write("Ничего не записано. Чтобы загрузить, повторите без --dry-run.")
        elif any(changes):
            self.stdout.write(self.style.SUCCESS("Календарь загружен и действует."))

    def _show(self, center: Center, moves: Sequence[Move], *, dry: bool) -> None:
        """The moved terms line by line, then how many."""
        if not moves:
            self.stdout.write(f"{center.name}: сроки открытых дел не меняются.")
            return
        self.stdout.write(f"{center.name}: {'переедут' if dry else 'переехали'} сроки:")
        for one in moves:
            ends = f"{_moment(center, one.old_due_at)} → {_moment(center, one.new_due_at)}"
            self.stdout.write(f"  {one.number}, {KIND_RU[one.kind]}: {ends}{' — сразу просрочен' if one.becomes_late else ''}")
        cases = words(len({one.message_id for one in moves}), "дело,дела,дел")
        late = sum(one.becomes_late for one in moves)
        self.stdout.write(f"  Всего {words(len(moves), 'срок,срока,сроков')}, {cases}; сразу просрочены: {late}.")


def _moment(center: Center, moment: Any) -> str:
    return f"{moment.astimezone(center.tz):%d.%m.%Y %H:%M}" if moment else "нет"


def _bar(ids: Sequence[int]) -> Iterable[int]:
    """A progress bar where somebody looks."""
    return tqdm(ids, desc="Пересчёт", unit=" дел", disable=None)


def _name(path: Path) -> str:
    """The file's name as the database can keep it, whatever bytes the disk holds."""
    return os.fsencode(path.name).decode(errors="replace")


def _who() -> str:
    """The account of the operating system that runs the command."""
    return f"командная строка, {os.environ.get('USER') or f'uid {os.getuid()}'}"
