"""``manage.py create_client``: a key for a program that pushes messages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.models import Center
from blocks.services.clients import create_client
from mcu.clock import utc_now
from mcu.errors import DomainError


class Command(BaseCommand):
    help = "Создать клиента REST-приёма для источников одного Центра; ключ показывается один раз."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--center", required=True, help="код Центра: oktyabrsky")
        parser.add_argument("--name", required=True, help="как назвать клиента: «Выгрузка ИМ»")
        parser.add_argument("--source", action="append", required=True, help="код источника; можно несколько раз")

    def handle(self, *args: Any, **options: Any) -> None:
        center = Center.objects.filter(slug=options["center"], closed_at__isnull=True).first()
        if center is None:
            known = ", ".join(Center.objects.filter(closed_at__isnull=True).order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"Центра «{options['center']}» нет. Есть: {known or 'ни одного'}.")
        try:
            client, key = create_client(center=center, name=options["name"], sources=options["source"], now=utc_now())
        except DomainError as error:
            raise CommandError(error.message) from error
        codes = ", ".join(sorted(set(options["source"])))
        # Only the key goes to stdout, so that KEY=$(manage.py create_client …) works.
        self.stderr.write(f"Клиент «{client.name}» — {center.name}, источники: {codes}.")
        self.stderr.write("Ключ показан один раз, сохраните его:")
        self.stdout.write(key)
