"""Calls about messages: passing them on, reading and listing them, changing what was passed on."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from blocks.models import ApiClient, Scope, Source
from mcu.clock import utc_now
from mcu.errors import Invalid
from messages.api import access, etags, pages, plain, reads, serializers
from messages.api.posting import BodyView, require_object
from messages.api.schema import messages as schema
from messages.models import Message
from messages.services import source_changes
from messages.services.incoming import IncomingMessage
from messages.services.intake import take_in


class MessagesView(BodyView):
    """Where messages are pushed and listed."""

    access_rule: ClassVar[str] = "API client with a key: push takes in for the sources it is bound to, read and read_all list"

    @schema.listed
    def get(self, request: Request) -> Response:
        """A page of the messages the client may read."""
        client, actor = access.caller(request)
        rows, tz = access.readable(actor), client.center.tz
        asked = serializers.ListQuery.read(request.query_params, tz=tz)
        page = pages.page(rows, asked, actor)
        return Response({"items": reads.shown_all(actor, page.items, tz), "next": pages.cursor_of(page.older)})

    @schema.push
    def post(self, request: Request) -> Response:
        """Take a message in, once: 201 for a new case, 200 for a repeat, 409 for the same number with other content."""
        client, actor = access.caller(request)
        access.require(actor, Scope.PUSH)
        center = client.center
        require_object(request)
        code, payload = plain.read(request.data, center.tz) or _by_serializer(request.data, center.tz)
        taken = take_in(actor=actor, source=_source(client, code), payload=payload, now=utc_now())
        terms = reads.in_force(taken.terms) if taken.created else reads.terms_of(taken.message)
        body = serializers.taken(taken.message, terms, center.tz)
        headers = {"Location": body["links"]["self"]} if taken.created else {}
        return Response(body, status=201 if taken.created else 200, headers=headers)


class MessageView(BodyView):
    """One message."""

    access_rule: ClassVar[str] = "API client with a key: what it may read, by its scopes; it changes only what it pushed"

    @schema.read
    def get(self, request: Request, number: str) -> HttpResponseBase:
        """The state, the terms, and the answer once it was sent. A foreign message is 404, as if there were none."""
        client, actor = access.caller(request)
        message = access.one_of(access.readable(actor).select_related("topic", "settlement"), number)
        shown = reads.shown(actor, message, client.center.tz)
        return etags.unless_known(request, shown.etag, lambda: Response(shown.body))

    @schema.change
    def patch(self, request: Request, number: str) -> HttpResponseBase:
        """Change what the source may still change, unless the message is another than the client has read."""
        client, actor = access.caller(request)
        access.require(actor, Scope.PUSH)
        message = access.one_of(access.own(actor), number)
        require_object(request)
        incoming = serializers.MessagePatch(data=request.data, partial=True, context={"tz": client.center.tz})
        incoming.is_valid(raise_exception=True)

        def refuse_stale(found: Message) -> None:
            etags.require_match(request, lambda: reads.shown(actor, found, client.center.tz).etag)

        changed = source_changes.change(
            message_id=message.pk, actor=actor, changes=incoming.changes(), now=utc_now(), unless=refuse_stale
        )
        shown = reads.shown(actor, changed, client.center.tz)
        return etags.headed(Response(shown.body), shown.etag)


def _by_serializer(said: Any, tz: ZoneInfo) -> tuple[str, IncomingMessage]:
    incoming = serializers.MessageIn(data=said, context={"tz": tz})
    incoming.is_valid(raise_exception=True)
    return incoming.validated_data["source"], incoming.payload()


def _source(client: ApiClient, code: str) -> Source:
    """The open source of the client's own Center; codes of other Centers are as unknown as any. No query for its own ones."""
    for source in client.sources.all():
        if source.code == code:
            return source
    other = Source.objects.select_related("center").filter(center=client.center_id, code=code, closed_at__isnull=True).first()
    if other is None:
        raise unknown_source(code)
    return other


def unknown_source(code: str) -> Invalid:
    """The Center has no open source of this code."""
    words = f"нет действующего источника «{code}»."
    return Invalid(f"Сообщение не принято: у Центра {words}", {"source": f"У Центра {words}"})
