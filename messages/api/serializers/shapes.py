"""Rows as the JSON that goes out, times with the Center's offset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.urls import reverse

from blocks.actors import Actor
from blocks.models import CenterRow, Settlement, Source, Topic
from mcu.clock import local_iso
from messages.api.access import shown
from messages.models import Attachment, Deadline, Message, Reply, Satisfaction
from messages.services.first_terms import FirstTerm
from messages.workflow import State

Term: TypeAlias = Deadline | FirstTerm  # as it is stored, or as a new case has just got it


def taken(message: Message, deadlines: Sequence[Term], tz: ZoneInfo) -> dict[str, Any]:
    """The answer to a push, times with the Center's offset."""
    return {
        "number": message.number,
        "state": message.state,
        "state_name": State(message.state).label,
        "regime": message.regime,
        "fast_track": message.fast_track,
        "received_at": local_iso(message.received_at, tz),
        "deadlines": [
            {
                "kind": row.kind,
                "title": row.title,
                "due_at": local_iso(row.due_at, tz),
                "met_at": local_iso(row.met_at, tz),
                "breached_at": local_iso(row.breached_at, tz),
            }
            for row in deadlines
        ],
        "links": {"self": reverse("api:message", args=[message.number])},
    }


def case(message: Message, deadlines: Sequence[Term], reply: Reply | None, tz: ZoneInfo, *, actor: Actor) -> dict[str, Any]:
    """What a client is told of a message: whole of its own, without anybody's contacts of any other."""
    own = message.client_id == actor.client_id
    answer = None
    if reply is not None:
        answer = {"text": shown(actor, message, reply.text), "answered_at": local_iso(reply.posted_at, tz), "url": reply.url}
    return {
        **taken(message, deadlines, tz),
        "external_id": message.external_id,
        "source": message.source.code,
        "text": shown(actor, message, message.text),
        "topic": _row(message.topic),
        "topic_words": message.topic_words,
        "settlement": _row(message.settlement),
        "settlement_words": message.settlement_words,
        "address": shown(actor, message, message.address),
        "lat": message.lat,
        "lon": message.lon,
        "url": message.url if own else "",  # it may lead to who wrote
        "control": message.control or None,
        "changed_at": local_iso(message.changed_at, tz),
        "answer": answer,
    }


def satisfaction(message: Message, rated: Satisfaction, tz: ZoneInfo) -> dict[str, Any]:
    """The score as it is kept."""
    return {"number": message.number, "score": rated.score, "text": rated.text, "rated_at": local_iso(rated.at, tz)}


def attachment(row: Attachment, number: str, tz: ZoneInfo) -> dict[str, Any]:
    """A file of a message."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "name": row.name,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "uploaded_at": local_iso(row.uploaded_at, tz),
        "links": {"self": reverse("api:attachment", args=[number, row.pk])},
    }


def topic(row: Topic) -> dict[str, Any]:
    """A topic with the block that answers."""
    return {
        "code": row.code,
        "name": row.name,
        "block": _row(row.block),
        "classifier_code": row.classifier_code,
        "fast_track": row.fast_track,
    }


def settlement(row: Settlement) -> dict[str, Any]:
    """A settlement."""
    return {"code": row.code, "name": row.name, "kind": row.kind, "parent": row.parent, "lat": row.lat, "lon": row.lon}


def source(row: Source) -> dict[str, Any]:
    """A source."""
    return {"code": row.code, "name": row.name, "short": row.short, "regime": row.regime}


def _row(row: CenterRow | None) -> dict[str, str] | None:
    return {"code": row.code, "name": row.name} if row else None
