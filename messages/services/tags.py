"""Words of the Center's own that staff put on cases, to find them again; each putting on and off is in the history."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Center
from mcu.errors import Invalid, NotAllowed
from mcu.text import clean_text
from messages import policies
from messages.models import Message, Tag
from messages.services.case import locked
from messages.services.history import record

LENGTH: Final = 60
MOST: Final = 20  # on one case
SUGGESTED: Final = 10


@transaction.atomic
def add(*, message_id: int, actor: Actor, name: str, now: datetime) -> Message:
    """Put a tag on the case, done or not; a word the Center knows in other letters is that word. Again is no change."""
    message = locked(message_id=message_id, actor=actor)
    grant = _permitted(message, actor)
    tag = tag_of(message.center, tag_name(name))
    if message.tags.filter(pk=tag.pk).exists():
        return message
    if message.tags.count() >= MOST:
        problem = f"На сообщении уже {MOST} меток: снимите ненужную."
        raise Invalid(problem, {"name": problem})
    message.tags.add(tag)
    record(message=message, code="tags", actor=actor, now=now, grant=grant.grant, data={"added": tag.name})
    return message


@transaction.atomic
def remove(*, message_id: int, actor: Actor, name: str, now: datetime) -> Message:
    """Take a tag off the case; one that is not there is no change."""
    message = locked(message_id=message_id, actor=actor)
    grant = _permitted(message, actor)
    tag = message.tags.filter(name__iexact=tag_name(name)).first()
    if tag is None:
        return message
    message.tags.remove(tag)
    record(message=message, code="tags", actor=actor, now=now, grant=grant.grant, data={"removed": tag.name})
    return message


def suggest(*, center: Center, begun: str) -> list[str]:
    """Words of the Center that hold what has been typed, those that begin with it first. One query."""
    begun = " ".join(clean_text(begun).split())[:LENGTH].casefold()
    names = Tag.objects.filter(center=center, name__icontains=begun).values_list("name", flat=True)[:200]
    return sorted(names, key=lambda name: (not name.casefold().startswith(begun), name.casefold()))[:SUGGESTED]


def tag_name(name: str) -> str:
    """The word as it is kept. Raises ``Invalid``."""
    words = " ".join(clean_text(name).replace(",", " ").split())
    if not words or len(words) > LENGTH:
        problem = (
            f"Метка — слово или несколько, до {LENGTH} знаков." if words else "Напишите метку: слово, по которому найдёте."
        )
        raise Invalid(problem, {"name": problem})
    return words


def tag_of(center: Center, name: str) -> Tag:
    """The Center's word, made if it is new; ``name`` is one of ``tag_name``."""
    known = Tag.objects.filter(center=center, name__iexact=name).first()
    return known or Tag.objects.get_or_create(center=center, name=name)[0]


def _permitted(message: Message, actor: Actor) -> policies.Verdict:
    verdict = policies.may_tag(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    return verdict
