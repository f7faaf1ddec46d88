"""Whether people left a case where a rule had sent it: a miss is counted once, where a person sends it elsewhere."""

from __future__ import annotations

from datetime import datetime

from blocks.actors import Actor, ActorKind
from messages.models import AutoMove, Message


def sent_elsewhere(message: Message, *, actor: Actor, now: datetime) -> None:
    """The case leaves the block or recipient it was in. One query, none for what a rule or the program does.

    Rules act on new cases only, so a reopened one has no hand-over of theirs.
    """
    if actor.kind in (ActorKind.PERSON, ActorKind.CLIENT) and message.cycle == 0:
        AutoMove.objects.filter(message=message, missed_at__isnull=True).update(missed_at=now)
