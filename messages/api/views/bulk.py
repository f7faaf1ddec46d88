"""The call that takes many messages in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, TypeAlias
from zoneinfo import ZoneInfo

from rest_framework.request import Request
from rest_framework.response import Response

from blocks.models import Scope, Source
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from mcu.middleware import status_of
from mcu.problems import printable, summary, wrong_fields
from messages.api import access, plain, serializers
from messages.api.bulk_body import BODY_MAX, JSONArrayParser, LinesParser, Unreadable
from messages.api.posting import BodyView
from messages.api.schema import bulk as schema
from messages.api.views.messages import unknown_source
from messages.services.incoming import IncomingMessage
from messages.services.intake_bulk import Landed, NotStored, take_in_many

ERRORS_MAX: Final = 10  # named of one message: five thousand may be wrong at once
Pushed: TypeAlias = tuple[Source, IncomingMessage]


class BulkView(BodyView):
    """Where many messages are pushed at once."""

    access_rule: ClassVar[str] = "API client with a key and the scope to push; each message as it would be taken in alone"
    parser_classes = (JSONArrayParser, LinesParser)

    @property
    def max_body(self) -> int:
        return BODY_MAX

    @schema.push_many
    def post(self, request: Request) -> Response:
        """Take in what is right and new; what became of each is told in the order in which they came."""
        client, actor = access.caller(request)
        access.require(actor, Scope.PUSH)
        sources = {row.code: row for row in Source.objects.filter(center=client.center_id, closed_at__isnull=True)}
        for source in sources.values():
            source.center = client.center
        judged: list[tuple[str, Pushed | DomainError]] = [
            (_outside_number(item), _judged(item, sources, client.center.tz)) for item in request.data
        ]
        pushed = [one for _, one in judged if not isinstance(one, DomainError)]
        landed = iter(take_in_many(actor=actor, pushed=pushed, now=utc_now()))
        items = [_told(outside, one if isinstance(one, DomainError) else next(landed)) for outside, one in judged]
        return Response({**_counted(items), "items": items})


def _judged(item: Any, sources: Mapping[str, Source], tz: ZoneInfo) -> Pushed | DomainError:
    """The message with its source, or why it is none."""
    try:
        code, payload = plain.read(item, tz) or _by_serializer(item, tz)
    except Invalid as refusal:
        return refusal
    source = sources.get(code)
    return unknown_source(code) if source is None else (source, payload)


def _by_serializer(item: Any, tz: ZoneInfo) -> tuple[str, IncomingMessage]:
    for unreadable in _unreadable(item):
        raise Invalid(unreadable.words)
    incoming = serializers.MessageIn(data=item, context={"tz": tz})
    if incoming.is_valid():
        return incoming.validated_data["source"], incoming.payload()
    errors = list(wrong_fields(incoming.errors))
    raise Invalid(summary(errors), {one["field"]: one["message"] for one in errors[:ERRORS_MAX]})


def _unreadable(item: Any) -> Iterator[Unreadable]:
    """What could not be read of the message: itself, a field, a field of the applicant."""
    values = [item, *item.values()] if isinstance(item, dict) else [item]
    for value in values:
        if isinstance(value, Unreadable):
            yield value
        elif value is not item and isinstance(value, dict):
            yield from (inner for inner in value.values() if isinstance(inner, Unreadable))


def _outside_number(item: Any) -> str:
    said = item.get("external_id") if isinstance(item, dict) else None
    return printable(str(said), 200) if isinstance(said, str | int) else ""


def _told(outside: str, one: Landed | DomainError) -> dict[str, Any]:
    if isinstance(one, Landed):
        return {"status": 201 if one.created else 200, "external_id": outside, "number": one.number}
    status = 500 if isinstance(one, NotStored) else status_of(one)
    fields: dict[str, str] = getattr(one, "fields", {})
    errors = [{"field": field, "message": message} for field, message in fields.items()]
    return {"status": status, "external_id": outside, "detail": one.message, "errors": errors}


def _counted(items: list[dict[str, Any]]) -> dict[str, int]:
    created = sum(item["status"] == 201 for item in items)
    repeated = sum(item["status"] == 200 for item in items)
    return {"created": created, "repeated": repeated, "refused": len(items) - created - repeated}
