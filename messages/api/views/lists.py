"""The Center's lists that messages refer to."""

from __future__ import annotations

from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from messages.api import access, etags, reads, serializers
from messages.api.schema import lists as schema


class TopicsView(APIView):
    """Topics."""

    access_rule: ClassVar[str] = "API client with a key; the open topics of its own Center"

    @schema.topics
    def get(self, request: Request) -> HttpResponseBase:
        """All topics."""
        serializers.StrictQuery.read(request.query_params)
        return etags.tagged({"items": reads.topics_of(access.caller(request)[1])}, request)


class SettlementsView(APIView):
    """Settlements."""

    access_rule: ClassVar[str] = "API client with a key; the settlements of its own Center"

    @schema.settlements
    def get(self, request: Request) -> HttpResponseBase:
        """All settlements."""
        serializers.StrictQuery.read(request.query_params)
        return etags.tagged({"items": reads.settlements_of(access.caller(request)[1])}, request)


class SourcesView(APIView):
    """Sources."""

    access_rule: ClassVar[str] = "API client with a key; the sources it is bound to"

    @schema.sources
    def get(self, request: Request) -> HttpResponseBase:
        """All sources of the client."""
        serializers.StrictQuery.read(request.query_params)
        return etags.tagged({"items": reads.sources_of(access.caller(request)[1])}, request)
