"""The Center's lists that messages refer to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from blocks.actors import Actor
from messages.api import access, etags, reads, serializers
from messages.api.schema import lists as schema


class _ListView(APIView):
    """A whole list with its edition."""

    rows: Callable[[Actor], list[dict[str, Any]]]

    def get(self, request: Request) -> HttpResponseBase:
        """All rows."""
        serializers.StrictQuery.read(request.query_params)
        _, actor = access.caller(request)
        return etags.tagged({"items": self.rows(actor)}, request)


@extend_schema_view(get=schema.topics)
class TopicsView(_ListView):
    """Topics."""

    access_rule: ClassVar[str] = "API client with a key; the open topics of its own Center"
    rows = staticmethod(reads.topics_of)


@extend_schema_view(get=schema.settlements)
class SettlementsView(_ListView):
    """Settlements."""

    access_rule: ClassVar[str] = "API client with a key; the settlements of its own Center"
    rows = staticmethod(reads.settlements_of)


@extend_schema_view(get=schema.sources)
class SourcesView(_ListView):
    """Sources."""

    access_rule: ClassVar[str] = "API client with a key; the sources it is bound to"
    rows = staticmethod(reads.sources_of)
