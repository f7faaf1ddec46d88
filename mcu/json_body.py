"""Reading a JSON body that may be anything: too large, cut off, deeply nested, or not quite JSON."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from mcu.problems import LengthRequired, PackedBody, PayloadTooLarge, printable

MAX_DEPTH: Final = 20


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 as RFC 8259 has it: no NaN, no repeated names, no more than ``settings.API_MAX_BODY`` bytes.

    Refusals are 400, 413 or 415 with words for the author of the client.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {}).get("request")
        if isinstance(request, Request):
            refuse_unreadable(request, limit=settings.API_MAX_BODY)
        # One byte more than allowed tells a body that is too large from one that just fits.
        body = stream.read(settings.API_MAX_BODY + 1)
        if len(body) > settings.API_MAX_BODY:
            raise PayloadTooLarge
        return loads(body)


def loads(body: bytes) -> Any:
    """The value of a JSON text; ParseError (400) says what is wrong and where."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"Тело должно быть JSON в кодировке UTF-8: байт {error.start + 1} не читается.") from None
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"строка {error.lineno}, знак {error.colno}"
        raise ParseError(f"Тело не является правильным JSON: {place}.") from None
    except ValueError:
        # Python's own guard against numbers of many thousand digits.
        raise ParseError("В теле слишком длинное число.") from None
    except RecursionError:
        raise _too_deep() from None
    if _depth(value) > MAX_DEPTH:
        raise _too_deep()
    return value


def has_body(request: Request) -> bool:
    """Whether anything was sent."""
    return _declared_length(request) > 0


def refuse_unreadable(request: Request, *, limit: int) -> None:
    """415 for a packed body, 413 for one that says it is larger than the limit."""
    _refuse_encoded(request)
    if _declared_length(request) > limit:
        raise PayloadTooLarge(limit)


def read_whole(request: Request, *, limit: int) -> bytes:
    """The bytes of the body, which can still be parsed afterwards; 413 for more than the limit."""
    inner: Any = request._request
    if not hasattr(inner, "_body"):
        if _declared_length(request) > limit:
            raise PayloadTooLarge(limit)
        body = inner.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(limit)
        inner._body = body
    whole: bytes = inner._body
    return whole


def accept_chunks(request: HttpRequest, *, limit: int = 0) -> None:
    """Make a body sent in chunks readable: Django takes a request without Content-Length for an empty one.

    Reads at most one byte over the limit. Where the server does not end the stream itself (WSGI leaves that open),
    reading could hang, so the client is asked for a length instead.
    """
    environ = request.META
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower() or environ.get("CONTENT_LENGTH"):
        return
    if not environ.get("wsgi.input_terminated"):
        raise LengthRequired
    body = environ["wsgi.input"].read((limit or settings.API_MAX_BODY) + 1)
    environ["CONTENT_LENGTH"] = str(len(body))
    inner: Any = request
    inner._stream = io.BytesIO(body)


def _declared_length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _refuse_encoded(request: Request) -> None:
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise PackedBody(encoding)


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"В теле стоит {name}: такого числа в JSON нет.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ParseError("В теле слишком большое число.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ParseError(f"Поле «{printable(name)}» указано дважды.")
            seen.add(name)
    return found


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion and no further than is of interest."""
    depth = 0
    level = [value]
    while level and depth <= MAX_DEPTH:
        level = [
            inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth


def _too_deep() -> ParseError:
    return ParseError("Тело вложено слишком глубоко.")
