"""The approval desk: drafts that wait for a person, with what has changed since each was last given back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from blocks.actors import Actor
from messages.models import EventNote, Message, MessageEvent, MessageQuerySet, Reply, WorkingCopy
from messages.selectors.case import latest_replies
from messages.selectors.desk import for_approval

RECENT: Final = 5
RECENT_DAYS: Final = 90
_READ: Final = 60  # returns looked at for five different reasons
_SHORT: Final = 300  # a longer remark is about one case and is not said twice


@dataclass(frozen=True, slots=True)
class Returned:
    """How the draft was last given back: the remark and the version it was about."""

    remark: str
    person: str
    at: datetime
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft to judge. ``copy`` is what this person was changing in it and has not saved."""

    message: Message
    reply: Reply
    returned: Returned | None
    copy: dict[str, Any] | None


def with_own_copy(rows: MessageQuerySet, actor: Actor) -> MessageQuerySet:
    """The cases with names and the person's own unsaved change of the draft, in the same query."""
    copies = WorkingCopy.objects.filter(message=OuterRef("pk"), user_id=actor.user_id or 0)
    mine = copies.values(row=JSONObject(text="text", base="base_version", at="saved_at"))
    return rows.with_names().annotate(own_copy=Subquery(mine))


def some_waiting(actor: Actor, ids: Iterable[int]) -> list[Message]:
    """Of these cases the ones that still wait for the person. One query."""
    return list(with_own_copy(for_approval(actor), actor).filter(pk__in=list(ids)))


def drafts_of(messages: list[Message]) -> list[Waiting]:
    """The newest version of each, and the last return with the version it was about. Two queries."""
    replies, returns = latest_replies(messages), _returns(messages)
    found = []
    for message in messages:
        reply = replies.get(message.pk)
        if reply is not None:
            copy = vars(message).get("own_copy")
            found.append(Waiting(message, reply, returns.get(message.pk), None if _is_saved(copy, reply) else copy))
    return found


def recent_reasons(actor: Actor, now: datetime) -> list[str]:
    """The last different remarks with which this person gave drafts back, to be said again. One query."""
    rows = (
        EventNote.objects.filter(
            event__code="return",
            event__user_id=actor.user_id or 0,
            event__at__gte=now - timedelta(days=RECENT_DAYS),
            event__message__center_id=actor.center_id,
        )
        .order_by("-event__at")
        .values_list("text", flat=True)[:_READ]
    )
    short = (text for text in rows if len(text) <= _SHORT)
    return list(dict.fromkeys(short))[:RECENT]


def _is_saved(copy: dict[str, Any] | None, reply: Reply) -> bool:
    return copy is None or copy["text"] == reply.text


def _returns(messages: list[Message]) -> dict[int, Returned]:
    """One query."""
    then = Reply.objects.filter(message=OuterRef("message"), saved_at__lte=OuterRef("at")).order_by("-version")
    rows = (
        MessageEvent.objects.filter(message__in=[message.pk for message in messages], code="return")
        .select_related("note", "user")
        .annotate(version=Subquery(then.values("version")[:1]), text=Subquery(then.values("text")[:1]))
        .order_by("message_id", "-at", "-id")
        .distinct("message_id")
    )
    return {row.message_id: _returned(row) for row in rows}


def _returned(event: MessageEvent) -> Returned:
    found = vars(event)  # what was annotated
    return Returned(
        remark=event.note.text if hasattr(event, "note") else "",
        person=event.user.short_name if event.user else "",
        at=event.at,
        version=found["version"] or 0,
        text=found["text"] or "",
    )
