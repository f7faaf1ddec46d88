"""The changes feed as a client reads it, call by call and by webhook: places in it, and what each change says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max

from blocks.actors import Actor
from blocks.models.programs import Scope
from mcu.clock import local_iso
from messages.masking import mask_contacts
from messages.models import Change, Reply
from messages.workflow import State

# Pairs are compared whole, so that only the index of these pairs gives the order: however rare a source or a client is, no
# other's rows are read over, whatever the planner believes of how many there are.
_LAST: Final = 2**63 - 1
_OF_SOURCES: Final = """
SELECT next.id FROM unnest(%(sources)s::bigint[]) AS source (id) CROSS JOIN LATERAL (
    SELECT change.id, change.position FROM mcu_messages_change AS change
    WHERE (change.source_id, change.position) > (source.id, %(after)s)
        AND (change.source_id, change.position) <= (source.id, %(last)s) AND change.position IS NOT NULL
    ORDER BY change.source_id, change.position LIMIT %(limit)s
) AS next ORDER BY next.position LIMIT %(limit)s
"""
_OWN: Final = """
SELECT change.id FROM mcu_messages_change AS change
WHERE (change.client_id, change.position) > (%(client)s, %(after)s)
    AND (change.client_id, change.position) <= (%(client)s, %(last)s)
    AND change.position IS NOT NULL AND change.client_id IS NOT NULL AND change.source_id = ANY(%(sources)s::bigint[])
ORDER BY change.client_id, change.position LIMIT %(limit)s
"""
_READ: Final = (
    "position", "client_id", "event__code", "event__at", "event__to_state", "event__data",
    "message__number", "message__external_id", "source__code",
)  # fmt: skip
_SENT: Final = "send"


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in order, the place to ask from next, and whether more are known already."""

    changes: list[dict[str, Any]]
    next: int
    more: bool


def last_position() -> int:
    """Where the feed stands. One query."""
    return int(Change.objects.aggregate(last=Max("position"))["last"] or 0)


def page(*, actor: Actor, after: int, limit: int, tz: ZoneInfo) -> Page:
    """What follows the place ``after`` for a client: of its own messages, or of all of its sources. At most three queries."""
    ids = _next_ids(actor, after, limit + 1)
    rows = list(
        Change.objects.filter(pk__in=ids[:limit]).select_related("event", "message", "source").only(*_READ).order_by("position")
    )
    answers = _answers(rows)
    told = [_told(row, answers.get(row.pk), whole=row.client_id == actor.client_id, tz=tz) for row in rows]
    return Page(told, rows[-1].position or after if rows else after, len(ids) > limit)


def _next_ids(actor: Actor, after: int, limit: int) -> list[int]:
    sources = sorted(actor.source_ids)
    if actor.client_id is None or not sources or not actor.scopes & {Scope.READ, Scope.READ_ALL}:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_SOURCES if Scope.READ_ALL in actor.scopes else _OWN,
            {"sources": sources, "client": actor.client_id, "after": after, "last": _LAST, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def _answers(rows: Iterable[Change]) -> dict[int, Reply]:
    """The version that went out with each sending, by the change. One query, where anything was sent."""
    sent = {row.pk: (row.message_id, row.event.data.get("version")) for row in rows if row.event.code == _SENT}
    if not sent:
        return {}
    rows_of = Reply.objects.filter(message_id__in={message_id for message_id, _ in sent.values()}, posted_at__isnull=False)
    posted = {(reply.message_id, reply.version): reply for reply in rows_of}
    return {pk: posted[version] for pk, version in sent.items() if version in posted}


def _told(row: Change, answer: Reply | None, *, whole: bool, tz: ZoneInfo) -> dict[str, Any]:
    event = row.event
    state = State(event.to_state or State.RECEIVED)
    told: dict[str, Any] = {
        "position": row.position,
        "number": row.message.number,
        "external_id": row.message.external_id,
        "source": row.source.code,
        "what": event.code,
        "at": local_iso(event.at, tz),
        "state": state.value,
        "state_name": state.label,
    }
    if answer is not None:
        text = answer.text if whole else mask_contacts(answer.text)
        told["answer"] = {"text": text, "url": answer.url, "answered_at": local_iso(_posted(event.data, answer, event.at), tz)}
    return told | _said(event.code, event.data, tz)


def _posted(data: Mapping[str, Any], answer: Reply, recorded: datetime) -> datetime:
    """When it was posted, as said with this sending."""
    said = data.get("posted_at")
    return datetime.fromisoformat(said) if said else answer.posted_at or recorded


def _said(code: str, data: Mapping[str, Any], tz: ZoneInfo) -> dict[str, Any]:
    """What else is of use to whoever waits: the promise of an interim answer, the days of an extension, the outcome."""
    if code == "interim" and data.get("promised_at"):
        return {"promised_at": local_iso(datetime.fromisoformat(data["promised_at"]), tz)}
    if code == "extend" and data.get("days"):
        return {"extended_days": data["days"]}
    if code == "close" and data.get("outcome"):
        return {"outcome": data["outcome"]}
    return {}
