"""The applicant's contacts: shown on request, and every showing is written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from blocks.actors import Actor
from mcu.errors import NotAllowed, NotFound
from messages import policies
from messages.models import Applicant, ContactAccess, Message


@transaction.atomic
def show_contacts(*, message_id: int, actor: Actor, now: datetime) -> Applicant:
    """The applicant with contacts, and a row in the log of showings. Raises ``NotFound`` and ``NotAllowed``."""
    message = Message.objects.visible_to(actor).filter(pk=message_id).first()
    if message is None:
        raise NotFound("Такого дела нет среди тех, что вам видны.")
    verdict = policies.may_see_contacts(actor, message)
    if not verdict or actor.user_id is None:
        raise NotAllowed(verdict.reason)
    applicant = Applicant.objects.filter(message=message).first()
    if applicant is None:
        raise NotFound("Заявитель в этом сообщении не назвался.")
    ContactAccess.objects.create(
        message=message, user_id=actor.user_id, role=verdict.grant.role if verdict.grant else "", at=now
    )
    return applicant
