"""``manage.py new_link LOGIN``: a new sign-in link from the console, when nobody who could issue one can sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks import actors
from blocks.models import Center
from blocks.services.accounts import reset_access
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.models import User


class Command(BaseCommand):
    """The old password, the sessions and earlier links stop working at once."""

    help = "Новая одноразовая ссылка для входа: прежний пароль и открытые сеансы перестают работать сразу."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", help="логин человека")
        parser.add_argument("--clear-second-factor", action="store_true", help="сбросить второй шаг входа")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["login"]).first()
        if user is None:
            raise CommandError(f"Логина «{options['login']}» нет.")
        center = Center.objects.filter(memberships__user=user).order_by("pk").first()
        if center is None:
            raise CommandError(f"У человека с логином «{user.username}» нет роли ни в одном Центре.")
        try:
            path = reset_access(
                actor=actors.system(center),
                user_id=user.pk,
                clear_second_factor=options["clear_second_factor"],
                now=utc_now(),
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{user.full_name}: {settings.PUBLIC_URL}{path}")
