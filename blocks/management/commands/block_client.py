"""``manage.py block_client``: a key that leaked or is no longer needed stops at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.management.clients import center_named, client_named
from blocks.services.clients import block_client
from mcu.clock import utc_now
from mcu.errors import DomainError


class Command(BaseCommand):
    help = "Заблокировать клиента REST-приёма: его ключ перестаёт действовать сразу."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра: oktyabrsky")
        parser.add_argument("--name", required=True, help="название клиента: «Выгрузка ИМ»")

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_named(center_named(options["center"]), options["name"])
        try:
            block_client(center=client.center, name=client.name, now=utc_now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Клиент «{client.name}» заблокирован.")
