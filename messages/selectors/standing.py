"""Where a case stands at this moment, for a page that was opened earlier: one small query."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from mcu.models import User
from messages.models import Message, Reply
from messages.workflow import State


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest version with its author, and the stage, as ``Message.stage`` says it."""

    version: int
    author: str
    author_id: int | None
    stage: str
    state: str


def standing_of(message_id: int) -> Standing | None:
    """One query."""
    newest = Reply.objects.filter(message=OuterRef("pk")).order_by("-version")
    row = (
        Message.objects.get_queryset()
        .filter(pk=message_id)
        .order_by()
        .annotate(
            newest=Subquery(newest.values("version")[:1]),
            writer=Subquery(newest.values("author__full_name")[:1]),
            writer_id=Subquery(newest.values("author_id")[:1]),
        )
        .only("state", "block_id", "cycle")
        .first()
    )
    if row is None:
        return None
    found = vars(row)  # what was annotated
    author = User(full_name=found["writer"]).short_name if found["writer"] else ""
    return Standing(found["newest"] or 0, author, found["writer_id"], row.stage, State(row.state).label)
