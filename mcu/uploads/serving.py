"""Handing a file out so that it can only be saved or looked at, never run in our name."""

from __future__ import annotations

import io
from typing import IO, Final

from django.http import FileResponse

from mcu.uploads import kinds
from mcu.uploads.storage import opened

# What a browser may show in a tab of its own; whatever is in it gets no scripts, no forms, no cookies of ours.
_SHOWN: Final = frozenset(one.content_type for one in (kinds.JPEG, kinds.PNG, kinds.WEBP, kinds.GIF, kinds.PDF))
_SANDBOX: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


def download(*, path: str, name: str, content_type: str, inline: bool = False) -> FileResponse:
    """A kept file under its own name. The caller has asked who may see it."""
    return _response(opened(path), name, content_type, inline)


def download_bytes(content: bytes, *, name: str, content_type: str, inline: bool = False) -> FileResponse:
    """The same for what is not a kept file: a letter, a table."""
    return _response(io.BytesIO(content), name, content_type, inline)


def download_file(file: IO[bytes], *, name: str, content_type: str, inline: bool = False) -> FileResponse:
    """The same for a kept file that a service has already opened."""
    return _response(file, name, content_type, inline)


def _response(content: IO[bytes], name: str, content_type: str, inline: bool) -> FileResponse:
    shown = inline and content_type in _SHOWN
    response = FileResponse(content, as_attachment=not shown, filename=name, content_type=content_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response
