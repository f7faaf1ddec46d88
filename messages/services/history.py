"""The one writer of a case's history."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from blocks.actors import Actor, ActorKind, Grant
from mcu.text import clean_text
from messages.models import Change, EventNote, Message, MessageEvent

# Besides what moves the case: lines that say something to whoever waits for the answer.
TOLD: Final = frozenset({"created", "interim", "extend"})


@dataclass(slots=True)
class Entry:
    """A line as it is to be stored, still of no case: by the columns of ``MessageEvent``."""

    at: datetime
    code: str
    actor_kind: str
    user_id: int | None
    client_id: int | None
    role: str
    acting_for_id: int | None
    from_state: str
    to_state: str
    data: dict[str, Any]

    @property
    def is_told(self) -> bool:
        """Whether clients are told of it: a case that came, a state that changed, an interim answer, a term put off."""
        return self.code in TOLD or self.from_state != self.to_state


COLUMNS: Final = tuple(field.name for field in fields(Entry))


def record(
    *,
    message: Message,
    code: str,
    actor: Actor,
    now: datetime,
    grant: Grant | None = None,
    from_state: str = "",
    to_state: str = "",
    data: dict[str, Any] | None = None,
    note: str = "",
) -> MessageEvent:
    """Add a line to the history: who did what in which role, with codes in ``data`` and personal words in ``note``.

    ``to_state``: where a step on the way led, when the case itself stands further on already.
    """
    to_state = to_state or (message.state if from_state else "")
    entry = entry_of(actor, code=code, at=now, grant=grant, from_state=from_state, to_state=to_state, data=data)
    event = MessageEvent.objects.create(message=message, **{name: getattr(entry, name) for name in COLUMNS})
    if entry.is_told:
        Change.objects.create(message=message, event=event, source_id=message.source_id, client_id=message.client_id)
    if words := clean_text(note):
        EventNote.objects.create(event=event, text=words)
    return event


def entry_of(
    actor: Actor,
    *,
    code: str,
    at: datetime,
    grant: Grant | None = None,
    from_state: str = "",
    to_state: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """What the actor does, as it is to be stored."""
    return Entry(
        at=at,
        code=code,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        client_id=actor.client_id,
        role=grant.role if grant else "",
        acting_for_id=grant.acting_for_id if grant else None,
        from_state=from_state,
        to_state=to_state,
        data=(data or {}) | ({"rule": actor.rule_id} if actor.kind == ActorKind.RULE else {}),
    )
