"""How much a request may carry: judged by its declared length before a byte of it is read or written to disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError

from mcu import problems
from mcu.errors_pages import too_large

_MARK: Final = "takes_files"
# A browser shows our answer only after it has sent everything: we let it, for a while, and keep nothing.
_HEARD_OUT: Final = 512 * 1024 * 1024
_SECONDS: Final = 20.0
_CHUNK: Final = 256 * 1024

View = Callable[..., HttpResponseBase]
V = TypeVar("V", bound=View)


def takes_files(view: V) -> V:
    """Mark a view that files are sent to; any other takes no more than a form without files."""
    setattr(view, _MARK, True)
    return view


class UploadLimitMiddleware:
    """Refuses what is too large with a page that says so. Stands before whoever reads the form first (CSRF)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.content_type != "multipart/form-data":
            return None  # Django itself holds other forms to DATA_UPLOAD_MAX_MEMORY_SIZE
        files = getattr(view, _MARK, False)
        limit = settings.UPLOAD_MAX_BODY if files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= limit:
            return None
        _hear_out(request, size)
        if request.path_info.startswith(problems.BELOW):
            response = problems.too_large(limit)
        else:
            response = too_large(request, size=size, limit=limit if files else 0)
        response.headers["Connection"] = "close"
        return response


def _hear_out(request: HttpRequest, size: int) -> None:
    end = time.monotonic() + _SECONDS
    left = min(size, _HEARD_OUT)
    try:
        while left > 0 and time.monotonic() < end:
            chunk = request.read(min(_CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
    except (OSError, UnreadablePostError):
        return  # gone away meanwhile
