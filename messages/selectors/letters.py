"""Letters as pages show them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.db.models import QuerySet

from blocks.actors import Actor
from blocks.roles import SOURCE_ROLES, Role
from messages.models import Letter, Message

_SENDERS = (*SOURCE_ROLES, Role.BLOCK_RESPONSIBLE)


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


class OnItsWay(Protocol):
    """What is asked of a letter's delivery, be it the row itself or what a page has read of it."""

    @property
    def method(self) -> str: ...
    @property
    def tracking(self) -> str: ...
    @property
    def handed_to(self) -> str: ...
    @property
    def mailed_at(self) -> datetime | None: ...
    @property
    def next_try_at(self) -> datetime | None: ...
    @property
    def attempts(self) -> int: ...


def is_undelivered(letter: OnItsWay) -> bool:
    """Whether the mail server refused it for good."""
    return (
        letter.method == Letter.Method.EMAIL and letter.mailed_at is None and letter.next_try_at is None and letter.attempts > 0
    )
