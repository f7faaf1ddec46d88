"""The one writer of a case's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from blocks.actors import Actor, Grant
from mcu.text import clean_text
from messages.models import EventNote, Message, MessageEvent


def record(
    *,
    message: Message,
    code: str,
    actor: Actor,
    now: datetime,
    grant: Grant | None = None,
    from_state: str = "",
    data: dict[str, Any] | None = None,
    note: str = "",
) -> MessageEvent:
    """Add a line to the history: who did what in which role, with codes in ``data`` and personal words in ``note``."""
    event = MessageEvent.objects.create(
        message=message,
        at=now,
        code=code,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        client_id=actor.client_id,
        role=grant.role if grant else "",
        acting_for_id=grant.acting_for_id if grant else None,
        from_state=from_state,
        to_state=message.state if from_state else "",
        data=data or {},
    )
    if words := clean_text(note):
        EventNote.objects.create(event=event, text=words)
    return event
