"""REST views: one call of a service each."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.actors import Actor
from blocks.models import ApiClient, Source
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.json_body import StrictJSONParser, accept_chunks
from messages.api import reads, schema, serializers
from messages.models import Message
from messages.services.intake import take_in
from messages.services.satisfaction import rate_by_client


class _PostedView(APIView):
    """A call with a JSON body, however it is sent."""

    parser_classes = (StrictJSONParser,)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """A body sent in chunks is made readable before the framework takes it for an empty one."""
        self.refused: exceptions.APIException | None = None
        try:
            accept_chunks(request)
        except exceptions.APIException as error:
            self.refused = error
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.refused is not None:
            raise self.refused


class MessagesView(_PostedView):
    """Where messages are pushed."""

    access_rule: ClassVar[str] = "API client with a key; takes in for its own Center and the sources it is bound to"

    @schema.push
    def post(self, request: Request) -> Response:
        """Take a message in, once: 201 for a new case, 200 for a repeat, 409 for the same number with other content."""
        client, actor = cast(ApiClient, request.user), cast(Actor, request.auth)
        center = client.center
        _require_object(request)
        incoming = serializers.MessageIn(data=request.data, context={"tz": center.tz})
        incoming.is_valid(raise_exception=True)
        source = _source(client, incoming.validated_data["source"])
        taken = take_in(actor=actor, source=source, payload=incoming.payload(), now=utc_now())
        body = serializers.taken(taken.message, reads.terms_of(taken.message), center.tz)
        headers = {"Location": body["links"]["self"]} if taken.created else {}
        return Response(body, status=201 if taken.created else 200, headers=headers)


class MessageView(APIView):
    """One message, for the client that pushed it."""

    access_rule: ClassVar[str] = "API client with a key; only messages that it pushed itself, of the sources it has now"
    parser_classes = (StrictJSONParser,)

    @schema.read
    def get(self, request: Request, number: str) -> Response:
        """The state, the terms, and the answer once it was sent. A foreign message is 404, as if there were none."""
        client, actor = cast(ApiClient, request.user), cast(Actor, request.auth)
        message = _own(actor, number)
        deadlines, reply = reads.terms_of(message), reads.answer_of(message)
        return Response(serializers.case(message, deadlines, reply, client.center.tz))


class SatisfactionView(_PostedView):
    """What the applicant says of the answer, for the client that pushed the message."""

    access_rule: ClassVar[str] = "API client with a key; only messages that it pushed itself, of the sources it has now"

    @schema.rate
    def post(self, request: Request, number: str) -> Response:
        """Take a score, once: 201 for a new one, 200 for a repeat, 409 for another or where nothing was answered."""
        client, actor = cast(ApiClient, request.user), cast(Actor, request.auth)
        message = _own(actor, number)
        _require_object(request)
        incoming = serializers.SatisfactionIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        rated, is_new = rate_by_client(message_id=message.pk, actor=actor, **incoming.validated_data, now=utc_now())
        return Response(serializers.satisfaction(message, rated, client.center.tz), status=201 if is_new else 200)


def _own(actor: Actor, number: str) -> Message:
    message = reads.own_message(actor=actor, number=number)
    if message is None:
        raise exceptions.NotFound("Среди сообщений, переданных с этим ключом, такого номера нет.")
    return message


def _require_object(request: Request) -> None:
    if not isinstance(request.data, dict):
        raise exceptions.ParseError("Тело должно быть объектом JSON: {…}.")


def _source(client: ApiClient, code: str) -> Source:
    """The open source of the client's own Center; codes of other Centers are as unknown as any. One query."""
    try:
        source = Source.objects.get(center=client.center_id, code=code, closed_at__isnull=True)
    except Source.DoesNotExist:
        words = f"нет действующего источника «{code}»."
        raise Invalid(f"Сообщение не принято: у Центра {words}", {"source": f"У Центра {words}"}) from None
    source.center = client.center
    return source
