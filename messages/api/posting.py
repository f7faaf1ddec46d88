"""What every call with a body has in common: it is read however it is sent, and made once under an ``Idempotency-Key``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from mcu.json_body import StrictJSONParser, accept_chunks, has_body, read_whole
from messages.api import idempotency
from messages.api.idempotency import AnsweredBefore, Once


class ChunkedView(APIView):
    """A call whose body may be sent in chunks. A view whose bodies are larger says so in ``max_body``."""

    refused: exceptions.APIException | None = None
    """Why the body cannot be read; to be raised where errors become answers."""

    @property
    def max_body(self) -> int:
        """Bytes that a body may have."""
        return int(settings.API_MAX_BODY)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """A body sent in chunks is made readable before the framework takes it for an empty one."""
        try:
            accept_chunks(request, limit=self.max_body)
        except exceptions.APIException as error:
            self.refused = error
        return super().initialize_request(request, *args, **kwargs)


class BodyView(ChunkedView):
    """A call with a body; a POST under an ``Idempotency-Key`` is made once. A body that is no JSON needs another parser."""

    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)
    once: Once | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the caller is known and found within the limits, before anything is done."""
        super().initial(request, *args, **kwargs)
        if self.refused is not None:
            raise self.refused
        if request.method == "POST" and hasattr(self, "post") and not has_body(request):
            raise exceptions.ParseError("Тело пустое; ничего не сделано.")
        key = request.headers.get(idempotency.HEADER)
        if request.method == "POST" and key is not None:
            self.once = idempotency.begin(request, key, self.body_digest(request))

    def body_digest(self, request: Request) -> str:
        """What tells one body from another; the body can still be parsed afterwards."""
        return hashlib.sha256(read_whole(request, limit=self.max_body)).hexdigest()

    def handle_exception(self, exc: Exception) -> Any:
        """A repeat is given the kept answer."""
        return exc.response() if isinstance(exc, AnsweredBefore) else super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer is kept as soon as it is written."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if self.once is not None and hasattr(final, "add_post_render_callback"):
            final.add_post_render_callback(self.once.keep)
        elif self.once is not None:
            self.once.keep(final)
        return final


def require_object(request: Request) -> None:
    """400 for a body that is JSON but no object."""
    if not isinstance(request.data, dict):
        raise exceptions.ParseError("Тело должно быть объектом JSON: {…}.")
