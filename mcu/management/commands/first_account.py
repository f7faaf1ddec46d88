"""``manage.py first_account``: a one-time link with which the first person of an installation makes an account."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from blocks.services.accounts import first_account_link
from mcu.clock import utc_now


class Command(BaseCommand):
    """Print the link while there is no account; once there is one, print nothing."""

    help = "Одноразовая ссылка для первой учётной записи, пока ни одной нет."

    def handle(self, *args: Any, **options: Any) -> None:
        path = first_account_link(now=utc_now())
        if path:
            self.stdout.write(f"Первая учётная запись (ссылка действует один раз): {settings.PUBLIC_URL}{path}")
