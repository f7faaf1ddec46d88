"""``manage.py load_demo``: the demo's people and messages, once; then, and every time, the table of sign-ins."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from blocks.models import Center
from mcu.clock import utc_now
from mcu.errors import DomainError
from messages.demo import SignIn, sign_ins
from messages.demo.load import load

HEADS = ("Вход", "Кто", "Роли", "Центр")


class Command(BaseCommand):
    """Load the demo if it is not there yet and say who can sign in."""

    help = "Загрузить образец: людей обоих Центров и сообщения за восемь недель (повторно ничего не меняет)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", default="", help="пароль всех людей образца; иначе из MCU_DEMO_PASSWORD")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or os.environ.get("MCU_DEMO_PASSWORD", "")
        if not password:
            raise CommandError("Задайте пароль людей образца: --password или MCU_DEMO_PASSWORD.")
        try:
            done = load(password=password, now=utc_now())
        except DomainError as error:
            raise CommandError(error.message) from error
        if done.now_loaded:
            self.stdout.write(f"Образец загружен: сообщений {done.cases}.")
        names = dict(Center.objects.values_list("slug", "district"))
        self.stdout.write("\n".join(_table(sign_ins(), names)))


def _table(rows: Iterable[SignIn], names: dict[str, str]) -> list[str]:
    """Lines of a table with columns as wide as their longest cell."""
    cells = [HEADS]
    for row in rows:
        centers = ", ".join(names.get(slug, slug) for slug in row.centers)
        cells.append((row.sign_in, row.full_name, row.roles, centers))
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
