"""The changes feed: what became of a client's messages, one place after another."""

from __future__ import annotations

from typing import ClassVar, Final

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.models import Scope
from messages.api import access, serializers
from messages.api.schema import feed as schema
from messages.selectors import feed
from messages.services.feed import number_changes

_IN_A_CALL: Final = 4  # batches; the rest is numbered by the beat or by the next call


class ChangesView(APIView):
    """What happened since the place a client has read up to."""

    access_rule: ClassVar[str] = "API client with the scope read (what it pushed itself) or read_all (all of its sources)"

    @schema.changes
    def get(self, request: Request) -> Response:
        """The changes after a place, in order and without gaps."""
        client, actor = access.caller(request)
        access.require(actor, Scope.READ)
        asked = serializers.ChangesQuery.read(request.query_params)
        number_changes(batches=_IN_A_CALL)
        page = feed.page(actor=actor, **asked, tz=client.center.tz)
        return Response({"changes": page.changes, "next": page.next, "more": page.more})
