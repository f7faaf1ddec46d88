"""The list of messages, page by page: what is asked for as a filter, and the place to go on from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet

from blocks.actors import Actor
from blocks.models import Source
from mcu import keyset
from mcu.errors import Invalid
from messages.api.serializers.queries import PAGE
from messages.models import Message

ORDER: Final = keyset.Order("received_at", descending=True)
_CURSOR_WORDS: Final = "Такого места в списке нет: передайте поле next прошлой страницы как есть или начните без cursor."


def page(rows: QuerySet[Message], asked: Mapping[str, Any], actor: Actor) -> keyset.Page[Message]:
    """The page that was asked for, newest first. One query, one more to know the source by its code."""
    place = _place(asked["cursor"]) if "cursor" in asked else ""
    found = _filtered(rows, asked, actor).select_related("source", "topic", "settlement")
    return keyset.page(found, ORDER, after=place, size=asked.get("limit", PAGE))


def cursor_of(place: str) -> str | None:
    """The place as clients carry it: without signs that an address would change."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=") if place else None


def _filtered(rows: QuerySet[Message], asked: Mapping[str, Any], actor: Actor) -> QuerySet[Message]:
    if "source" in asked:
        rows = rows.filter(source=_source(actor, asked["source"]))
    elif "external_id" in asked:
        # Spelled out, so that the unique index of source and outside number is used.
        rows = rows.filter(source__in=sorted(actor.source_ids))
    exact = {name: asked[name] for name in ("state", "regime", "external_id") if name in asked}
    since, until = asked.get("received_from"), asked.get("received_to")
    spans = {"received_at__gte": since, "received_at__lt": until}
    return rows.filter(**exact, **{name: moment for name, moment in spans.items() if moment is not None})


def _source(actor: Actor, code: str) -> Source:
    source = Source.objects.filter(pk__in=actor.source_ids, code=code).first()
    if source is None:
        words = f"Среди источников этого клиента нет «{code}»."
        raise Invalid(words, {"source": words})
    return source


def _place(cursor: str) -> str:
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        place = ""
    if not keyset.is_cursor(place):
        raise Invalid(_CURSOR_WORDS, {"cursor": _CURSOR_WORDS})
    return place
