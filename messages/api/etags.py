"""Editions of what is shown: ``ETag``, ``If-None-Match`` and ``If-Match`` (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from mcu.problems import PreconditionFailed

# Kept by the client, but asked about each time; what one key may read another may not.
_CACHED: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


def of(*shown: Any) -> str:
    """The edition of what is shown: the same whenever the same is."""
    text = json.dumps(shown, ensure_ascii=True, sort_keys=True, default=str)
    return quoted(hashlib.sha256(text.encode()).hexdigest()[:32])


def quoted(digest: str) -> str:
    """A digest as the header has it."""
    return f'"{digest}"'


def unless_known(request: Request, etag: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The response with its edition, or 304 where the client has this very one."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponseNotModified() if "*" in known or etag in map(_bare, known) else make()
    return headed(response, etag)


def headed(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """The response with the headers of its edition."""
    for name, value in {"ETag": etag, **_CACHED}.items():
        response.headers.setdefault(name, value)
    return response


def tagged(body: Any, request: Request) -> HttpResponseBase:
    """A body whose edition is what stands in it."""
    return unless_known(request, of(body), lambda: Response(body))


def require_match(request: Request, present: Callable[[], str]) -> None:
    """412 if ``If-Match`` names other editions than the present one.

    A tag that was weakened on its way by packing (``W/"…"``) still names the same edition of ours.
    """
    wanted = parse_etags(request.headers.get("If-Match", ""))
    if "If-Match" not in request.headers or "*" in wanted:
        return
    if present() not in map(_bare, wanted):
        raise PreconditionFailed


def _bare(etag: str) -> str:
    return etag.removeprefix("W/")
