"""`manage.py load_charter`: brings a Center in line with its charter after showing what will change."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blocks.charters import load, shipped
from blocks.services.charter_changes import Change, ChangeKind
from blocks.services.load_charter import apply
from mcu.clock import utc_now
from mcu.errors import DomainError


class Command(BaseCommand):
    help = "Загружает устав Центра: показывает изменения и вносит их. Ничего не удаляет, исчезнувшее закрывает."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("charter", metavar="ИМЯ|ФАЙЛ", help=f"имя из поставки ({', '.join(shipped())}) или путь к файлу")
        parser.add_argument("--dry-run", action="store_true", help="только показать, что изменится")
        parser.add_argument("--yes", action="store_true", help="не спрашивать, если что-то закрывается")

    def handle(self, *args: Any, **options: Any) -> None:
        now = utc_now()
        try:
            charter = load(options["charter"])
            planned = apply(charter=charter, actor_label=_who(), now=now, dry_run=True)
            self._show(charter.center.name, planned)
            if options["dry_run"] or not planned:
                return
            if not options["yes"] and not self._agreed(planned):
                self.stdout.write("Оставлено как было.")
                return
            apply(charter=charter, actor_label=_who(), now=now)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(self.style.SUCCESS("Устав загружен."))

    def _show(self, name: str, changes: list[Change]) -> None:
        self.stdout.write(f"{name}: {f'изменений: {len(changes)}' if changes else 'изменений нет'}.")
        for change in changes:
            self.stdout.write(f"  {change}")

    def _agreed(self, changes: list[Change]) -> bool:
        """A person at the keyboard is asked before anything is closed; a script is not."""
        closing = sum(change.kind == ChangeKind.CLOSED for change in changes)
        if not closing or not sys.stdin.isatty():
            return True
        self.stdout.write(
            f"Будет закрыто строк: {closing}. Сообщения, где они указаны, сохранятся. Продолжить? [да/нет] ", ending=""
        )
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in {"да", "д", "yes", "y"}


def _who() -> str:
    """The account of the operating system that runs the command."""
    return f"командная строка, {os.environ.get('USER') or f'uid {os.getuid()}'}"
