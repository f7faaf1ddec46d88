"""One decision of the sorting desk: what the case is and who answers it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from blocks.actors import Actor
from messages.models import Message
from messages.services import routing
from messages.services.case import locked


@transaction.atomic
def hand_over(
    *,
    message_id: int,
    actor: Actor,
    block_id: int,
    topic_id: int | None,
    recipient_id: int | None,
    responsible_id: int | None,
    fast_track: bool,
    outside_number: str = "",
    seen: str = "",
    without_topic: bool = False,
    now: datetime,
) -> Message:
    """Hand the case over to a block; where fast-track is set otherwise than before, that first, so that terms start by it.

    Raises what ``routing.assign`` raises; then nothing is changed.
    """
    message = locked(message_id=message_id, actor=actor, seen=seen)
    if fast_track != message.fast_track:
        routing.classify(
            message_id=message_id,
            actor=actor,
            topic_id=None if without_topic else topic_id or message.topic_id,
            settlement_id=message.settlement_id,
            recipient_id=message.recipient_id,
            fast_track=fast_track,
            now=now,
        )
    return routing.assign(
        message_id=message_id,
        actor=actor,
        block_id=block_id,
        recipient_id=recipient_id,
        responsible_id=responsible_id,
        topic_id=topic_id,
        without_topic=without_topic,
        outside_number=outside_number,
        seen=seen,
        now=now,
    )
