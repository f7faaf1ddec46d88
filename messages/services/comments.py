"""Words among colleagues about a case. They are never sent out: no answer, letter, export or API call reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from blocks.actors import Actor
from blocks.selectors import Roster, roster_of
from mcu.errors import NotAllowed
from messages import cooperation
from messages.mentions import called_in
from messages.models import Comment, Message
from messages.selectors.readers import readers_of
from messages.services import notices
from messages.services.case import locked, words
from messages.services.history import record


@dataclass(frozen=True, slots=True)
class Said:
    """A comment that was kept, and the names in it that nobody was found by."""

    comment: Comment
    unknown: tuple[str, ...]


@transaction.atomic
def add(*, message_id: int, actor: Actor, text: str, now: datetime) -> Said:
    """Say something to the colleagues; those called with «@» are told, and so is whoever holds the case.

    A name that nobody is found by keeps nobody from being told and the comment from being kept.
    """
    message = locked(message_id=message_id, actor=actor)
    if actor.user_id is None:
        raise NotAllowed("Комментарии пишут люди.")
    grant = cooperation.reading_as(actor, message)
    text = words(text, field="text", missing="Напишите комментарий.")
    roster = roster_of(message.center, now)
    called = called_in(text, readers_of(message, roster))
    comment = Comment.objects.create(
        message=message,
        author_id=actor.user_id,
        role=grant.role if grant else "",
        text=text,
        mentions=sorted(called.people),
        at=now,
    )
    data = {"comment": comment.pk, "mentions": comment.mentions}
    event = record(message=message, code="comment", actor=actor, now=now, grant=grant, data=data)
    subject = f"вас назвал(а) в комментарии {actor.name}"
    notices.tell(message=message, users=comment.mentions, event=event, subject=subject, actor=actor, now=now, kind="mention")
    others = _holders(message, roster) - called.people
    notices.tell(message=message, users=sorted(others), event=event, subject=f"комментарий, {actor.name}", actor=actor, now=now)
    return Said(comment, called.unknown)


def _holders(message: Message, roster: Roster) -> set[int]:
    return set(notices.holders(message, roster))
