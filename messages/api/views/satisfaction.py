"""What the applicant says of the answer."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from blocks.models import Scope
from mcu.clock import utc_now
from messages.api import access, serializers
from messages.api.posting import BodyView, require_object
from messages.api.schema import satisfaction as schema
from messages.services.satisfaction import rate_by_client


class SatisfactionView(BodyView):
    """What the applicant says of the answer, from the client that pushed the message."""

    access_rule: ClassVar[str] = "API client with a key and the scope push; only messages that it pushed itself"

    @schema.rate
    def post(self, request: Request, number: str) -> Response:
        """Take a score, once: 201 for a new one, 200 for a repeat, 409 for another or where nothing was answered."""
        client, actor = access.caller(request)
        access.require(actor, Scope.PUSH)
        message = access.one_of(access.own(actor), number)
        require_object(request)
        incoming = serializers.SatisfactionIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        rated, is_new = rate_by_client(message_id=message.pk, actor=actor, **incoming.validated_data, now=utc_now())
        return Response(serializers.satisfaction(message, rated, client.center.tz), status=201 if is_new else 200)
