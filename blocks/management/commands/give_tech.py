"""``manage.py give_tech CENTER LOGIN``: the technical role in a Center loaded after the first account was made."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks import actors
from blocks.models import Center
from blocks.roles import Role
from blocks.services.accounts import TECH_POST
from blocks.services.roster import Appointment, add_membership
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.models import User


class Command(BaseCommand):
    """Nobody keeps the composition of a new Center yet, so the console gives the first role in it."""

    help = "Дать человеку роль технического обеспечения в Центре: дальше он приглашает остальных."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("center", help="Центр, например oktyabrsky")
        parser.add_argument("login", help="логин человека")

    def handle(self, *args: Any, **options: Any) -> None:
        center = Center.objects.filter(slug=options["center"], closed_at__isnull=True).first()
        if center is None:
            raise CommandError(f"Центра «{options['center']}» нет: загрузите его устав командой load_charter.")
        user = User.objects.filter(username__iexact=options["login"]).first()
        if user is None:
            raise CommandError(f"Логина «{options['login']}» нет.")
        appointment = Appointment(role=Role.TECH, post=TECH_POST)
        try:
            add_membership(actor=actors.system(center), center=center, user=user, appointment=appointment, now=utc_now())
        except Invalid as refusal:
            raise CommandError(" ".join([refusal.message, *refusal.fields.values()])) from refusal
        self.stdout.write(f"{user.full_name} отвечает за техническое обеспечение: {center.name}.")
