"""How GeoReport v2 is spoken: answers in XML and JSON by the address's ending, forms in, errors as a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, ClassVar, Final
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from django.conf import settings
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from mcu import problems
from mcu.problems import PayloadTooLarge

MOST_FIELDS: Final = 200
# What stands in a list of the standard, by the name of the list.
ITEM_OF: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
# XML 1.0 has no way to write these, not even as a reference.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_KEY: Final = "Передайте ключ: api_key (при POST — полем формы) или заголовок Authorization: Bearer mcu_…"
# Of errors the standard knows 400, 403 and 404; what a program must tell apart to come again stays as HTTP has it.
_KEPT: Final = frozenset({403, 404, 405, 429, 500, 503})


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: the root element and its content, a list or an object. None is an empty element, in JSON null."""

    root: str
    content: Sequence[Any] | Mapping[str, Any]


class XmlRenderer(BaseRenderer):
    """``text/xml`` in UTF-8, without namespaces, as the standard asks."""

    media_type = "text/xml"
    format = "xml"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The document with its declaration."""
        if not isinstance(data, Document):
            return b""
        body: bytes = ET.tostring(_element(data.root, data.content), encoding="utf-8", xml_declaration=False)
        return _DECLARATION + body


class JsonRenderer(BaseRenderer):
    """``application/json`` by the Spark convention: the content of the root, lists without the names of their items."""

    media_type = "application/json"
    format = "json"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The content alone."""
        if not isinstance(data, Document):
            return b""
        return json.dumps(data.content, ensure_ascii=False).encode("utf-8", "replace")


class ByEnding(BaseContentNegotiation):
    """The ending of the address decides, whatever ``Accept`` says; XML, which the standard requires, without one."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The one parser, or none where the body is something else."""
        said = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == said), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer of the ending."""
        known = list(renderers)
        chosen = next((one for one in known if one.format == format_suffix), known[0])
        return chosen, str(chosen.media_type)


class StrictFormParser(BaseParser):
    """``application/x-www-form-urlencoded`` in UTF-8, no larger than ``settings.API_MAX_BODY``; each name with its values."""

    media_type = "application/x-www-form-urlencoded"
    unreadable: ClassVar[str] = "Тело должно быть формой application/x-www-form-urlencoded в кодировке UTF-8."

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, list[str]]:
        """One byte more than allowed tells a body that is too large from one that just fits."""
        body = stream.read(settings.API_MAX_BODY + 1)
        if len(body) > settings.API_MAX_BODY:
            raise PayloadTooLarge
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        except UnicodeDecodeError:
            raise exceptions.ParseError(self.unreadable) from None
        except ValueError:
            raise exceptions.ParseError(f"В форме больше {MOST_FIELDS} полей.") from None
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Every error in the standard's own form; the words are those of the REST interface."""
    if isinstance(error, exceptions.NotAuthenticated):
        error = exceptions.PermissionDenied(_NO_KEY)
    problem = problems.exception_handler(error, context)
    said: dict[str, Any] = problem.data
    status = 403 if problem.status_code == 401 else problem.status_code
    errors = [f"{one['field']}: {one['message']}" for one in said["errors"] if one["field"]] or [said["detail"]]
    document = Document("errors", [{"code": status, "description": words} for words in errors])
    answer = Response(document, status=status if status in _KEPT else 400)
    if "Retry-After" in problem:
        answer["Retry-After"] = problem["Retry-After"]
    return answer


def _element(name: str, content: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(content, Mapping):
        element.extend(_element(inner, value) for inner, value in content.items())
    elif isinstance(content, list | tuple):
        element.extend(_element(ITEM_OF[name], value) for value in content)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _NOT_XML.sub("\ufffd", str(content))
    return element
