"""REST view of the changes feed: what became of a client's messages, one place after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.models.programs import Scope
from mcu.errors import Invalid
from messages.api import access, feed_schema
from messages.selectors import feed
from messages.services.feed import number_changes

LIMIT: Final = 200
MOST: Final = 1000
LAST_PLACE: Final = 2**63 - 1
_NAMES: Final = {"after", "limit"}
_IN_A_CALL: Final = 4  # batches; the rest is numbered by the beat or by the next call


class ChangesView(APIView):
    """What happened since the place a client has read up to."""

    access_rule: ClassVar[str] = "API client with the scope read (what it pushed itself) or read_all (all of its sources)"

    @feed_schema.changes
    def get(self, request: Request) -> Response:
        """The changes after a place, in order and without gaps."""
        client, actor = access.caller(request)
        access.require(actor, Scope.READ)
        after, limit = _asked(request.query_params)
        number_changes(batches=_IN_A_CALL)
        page = feed.page(actor=actor, after=after, limit=limit, tz=client.center.tz)
        return Response({"changes": page.changes, "next": page.next, "more": page.more})


def _asked(query: Mapping[str, str]) -> tuple[int, int]:
    problems: dict[str, str] = {}
    for name in sorted(set(query) - _NAMES):
        problems[name[:60]] = "Неизвестный параметр. Есть after и limit."
    after = _whole(query.get("after", "0"), 0, LAST_PLACE)
    limit = _whole(query.get("limit", str(LIMIT)), 1, MOST)
    if after is None:
        problems["after"] = "Нужно целое число от 0: поле next прошлого ответа. С начала — без параметра."
    if limit is None:
        problems["limit"] = f"Нужно целое число от 1 до {MOST}."
    if problems or after is None or limit is None:
        raise Invalid("Изменения не прочитаны: проверьте параметры адреса.", problems)
    return after, limit


def _whole(given: str, least: int, most: int) -> int | None:
    if not given.isascii() or not given.isdigit() or len(given) > len(str(LAST_PLACE)):
        return None
    number = int(given)
    return number if least <= number <= most else None
