"""``manage.py rotate_client``: a new key for a program; the old one goes on for some days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.management.clients import center_named, client_named
from blocks.services.clients import rotate
from mcu.clock import utc_now
from mcu.errors import DomainError


class Command(BaseCommand):
    help = "Выдать клиенту новый ключ; прежний действует ещё столько дней, сколько сказано."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра: oktyabrsky")
        parser.add_argument("--name", required=True, help="название клиента: «Выгрузка ИМ»")
        parser.add_argument("--overlap", type=int, default=7, help="сколько дней ещё действует прежний ключ (7)")

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_named(center_named(options["center"]), options["name"])
        try:
            key = rotate(client=client, overlap=timedelta(days=options["overlap"]), now=utc_now())
        except (DomainError, OverflowError) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"Прежние ключи клиента «{client.name}» действуют ещё {options['overlap']} дн.")
        self.stderr.write("Новый ключ показан один раз, сохраните его:")
        self.stdout.write(key)
