"""``manage.py create_client``: a key for a program that pushes or reads messages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.management.clients import center_named
from blocks.models.programs import Scope
from blocks.services.clients import create_client
from mcu.clock import utc_now
from mcu.errors import DomainError


class Command(BaseCommand):
    help = "Создать клиента REST-интерфейса для источников одного Центра; ключ показывается один раз."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра: oktyabrsky")
        parser.add_argument("--name", required=True, help="как назвать клиента: «Выгрузка ИМ»")
        parser.add_argument("--source", action="append", required=True, help="код источника; можно несколько раз")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="что можно; несколько раз. push — передавать, read — читать переданное, read_all — читать всё "
            "по источникам; без указания — push и read",
        )
        parser.add_argument("--rate", type=int, help="вызовов в минуту; без указания — предел установки")

    def handle(self, *args: Any, **options: Any) -> None:
        center = center_named(options["center"])
        try:
            client, key = create_client(
                center=center,
                name=options["name"],
                sources=options["source"],
                scopes=options["scope"],
                rate=options["rate"],
                now=utc_now(),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        codes = ", ".join(sorted(set(options["source"])))
        # Only the key goes to stdout, so that KEY=$(manage.py create_client …) works.
        self.stderr.write(f"Клиент «{client.name}» — {center.name}, источники: {codes}, права: {', '.join(client.scopes)}.")
        self.stderr.write("Ключ показан один раз, сохраните его:")
        self.stdout.write(key)
