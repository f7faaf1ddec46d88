"""Earlier cases of whoever is calling or writing: found by telephone, name or e-mail, among those the person sees."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Lower

from blocks.actors import Actor
from messages import policies
from messages.models import Applicant, Message

SHOWN: Final = 5
FEWEST: Final = 4  # signs below which a search would tell more than it finds
PHONE_DIGITS: Final = 10  # of Applicant.phone_key
_NOT_DIGIT: Final = re.compile(r"\D")


def earlier(*, actor: Actor, phone: str = "", name: str = "", email: str = "") -> list[Message]:
    """The newest cases of the applicant whose contacts this person may ask for. One query, none where too little is given."""
    found = _people(phone, name, email)
    if not found:
        return []
    people = found[0].union(*found[1:], all=True) if found[1:] else found[0]
    seen = policies.rows(actor.narrowed(*policies.CONTACT_ROLES))
    rows = Message.objects.get_queryset().filter(seen, pk__in=people).select_related("topic", "source")
    return list(rows.order_by("-received_at", "-pk")[:SHOWN])


def _people(phone: str, name: str, email: str) -> list[QuerySet[Applicant, int]]:
    """Ids of cases by each of what is known, each by its own index: what is empty is not indexed."""
    found = []
    digits = _NOT_DIGIT.sub("", phone)[-PHONE_DIGITS:]
    if len(digits) >= FEWEST:
        found.append(Applicant.objects.filter(phone_key=digits).exclude(phone=""))
    words = " ".join(name.lower().replace("ё", "е").split())
    if len(words) >= FEWEST:
        found.append(Applicant.objects.filter(name_key__startswith=words).exclude(name=""))
    address = email.strip().lower()
    if "@" in address and len(address) > FEWEST:
        found.append(Applicant.objects.alias(address=Lower("email")).filter(address=address).exclude(email=""))
    return [rows.order_by().values_list("pk", flat=True) for rows in found]
