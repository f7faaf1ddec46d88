"""Bodies that hold many messages: a JSON array or a message a line (NDJSON), each of them readable by itself.

What is read is given one by one, so that of a strange body never more than a message is held as objects.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from mcu.json_body import refuse_unreadable
from mcu.problems import PayloadTooLarge, printable

ITEMS_MAX: Final = 5000
BODY_MAX: Final = 32 * 1024 * 1024
# Read at a time, and the longest single message: a body of brackets must not become gigabytes of empty lists.
_WINDOW: Final = 1024 * 1024

_SPACE: Final = frozenset(" \t\n\r")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """In place of a message, or of a value in one, that can not be read; why."""

    words: str


class JSONArrayParser(BaseParser):
    """The items of a JSON array in UTF-8. What is wrong with one of them is told of it alone."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The items, read one by one."""
        return _within_limit(_items(_text(_body(stream, parser_context))))


class LinesParser(BaseParser):
    """A JSON text a line, as RFC 8259 has it; empty lines are passed over."""

    media_type = "application/x-ndjson"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The items, read one by one."""
        body = _body(stream, parser_context).removeprefix(b"\xef\xbb\xbf")
        return _within_limit(_line(line) for line in body.split(b"\n") if line and not line.isspace())


class BulkTooLong(ParseError):
    """More messages than one call takes."""

    status_code = 413
    default_detail = f"В одном запросе не больше {ITEMS_MAX} сообщений; ничего не сохранено. Передайте их частями."


def _body(stream: IO[Any], context: Mapping[str, Any] | None) -> bytes:
    request = (context or {}).get("request")
    if isinstance(request, Request):
        refuse_unreadable(request, limit=BODY_MAX)
    body: bytes = stream.read(BODY_MAX + 1)
    if len(body) > BODY_MAX:
        raise PayloadTooLarge(BODY_MAX)
    return body


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"Тело должно быть JSON в кодировке UTF-8: байт {error.start + 1} не читается.") from None


def _within_limit(items: Iterator[Any]) -> Iterator[Any]:
    for number, item in enumerate(items):
        if number == ITEMS_MAX:
            raise BulkTooLong
        yield item


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Unreadable:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
    return Unreadable(f"Поле «{printable(twice)}» указано дважды.")


def _whole(digits: str) -> int | Unreadable:
    try:
        return int(digits)
    except ValueError:  # Python's own guard against numbers of many thousand digits
        return Unreadable("Слишком длинное число.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_constant=lambda name: Unreadable(f"{name}: такого числа в JSON нет.")
)


def _line(line: bytes) -> Any:
    if len(line) > _WINDOW:
        return Unreadable(f"Сообщение длиннее {_WINDOW // 1024} КБ.")
    try:
        return _DECODER.decode(line.decode())
    except UnicodeDecodeError as error:
        return Unreadable(f"Строка должна быть в кодировке UTF-8: байт {error.start + 1} не читается.")
    except json.JSONDecodeError as error:
        return Unreadable(f"Строка не является правильным JSON: знак {error.pos + 1}.")
    except RecursionError:
        return Unreadable("Сообщение вложено слишком глубоко.")


def _items(text: str) -> Iterator[Any]:
    """The items of the array one by one, read out of windows of the text."""
    place = _skip(text, 0)
    if not text.startswith("[", place):
        raise ParseError("Тело должно быть массивом JSON: […]. По одному сообщению передают на /api/v1/messages/.")
    place = _skip(text, place + 1)
    if text.startswith("]", place):
        _end(text, place)
        return
    window, begin = text[place : place + _WINDOW], place
    while True:
        try:
            value, read = _DECODER.raw_decode(window, place - begin)
        except json.JSONDecodeError:
            if begin == place:
                raise _broken(text, place) from None
            window, begin = text[place : place + _WINDOW], place
            continue
        except RecursionError:
            raise ParseError("Тело вложено слишком глубоко.") from None
        if read == len(window) and begin != place and begin + read < len(text):
            # A number may go on beyond the window.
            window, begin = text[place : place + _WINDOW], place
            continue
        yield value
        place = _skip(text, begin + read)
        if text.startswith("]", place):
            _end(text, place)
            return
        if not text.startswith(",", place):
            raise _broken(text, place)
        place = _skip(text, place + 1)
        if place - begin >= len(window):
            window, begin = text[place : place + _WINDOW], place


def _skip(text: str, place: int) -> int:
    """Past the space that JSON knows."""
    while text[place : place + 1] in _SPACE:
        place += 1
    return place


def _end(text: str, place: int) -> None:
    if _skip(text, place + 1) != len(text):
        raise _broken(text, place + 1)


def _broken(text: str, place: int) -> ParseError:
    line, sign = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
    return ParseError(
        f"Тело не является правильным JSON: сообщение, которое начинается в строке {line} со знака {sign}, не читается "
        f"или длиннее {_WINDOW // 1024} КБ. Ничего не сохранено."
    )
