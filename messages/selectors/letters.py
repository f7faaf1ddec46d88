"""Letters as pages show them."""

from __future__ import annotations

from django.db.models import QuerySet

from blocks.actors import Actor
from blocks.roles import SOURCE_ROLES, Role
from messages.models import Letter, Message

_SENDERS = (*SOURCE_ROLES, Role.BLOCK_RESPONSIBLE)


def letters_of(message: Message) -> list[Letter]:
    """The letters of a case, newest first. One query."""
    return list(Letter.objects.filter(message=message).select_related("reply", "made_by").order_by("-made_at"))


def undelivered(actor: Actor) -> QuerySet[Letter]:
    """Letters that the mail server refused for good, of the cases whose answers this person sends. One query."""
    mine = actor.narrowed(*_SENDERS)
    seen = Message.objects.visible_to(mine).filter(source__publisher__in={grant.role for grant in mine.grants})
    return (
        Letter.objects.filter(method=Letter.Method.EMAIL, mailed_at__isnull=True, next_try_at__isnull=True, attempts__gt=0)
        .filter(message__in=seen)
        .select_related("message")
        .order_by("made_at")
    )


def is_undelivered(letter: Letter) -> bool:
    """Whether the mail server refused it for good."""
    return letter.method == Letter.Method.EMAIL and not letter.mailed_at and not letter.next_try_at and letter.attempts > 0
