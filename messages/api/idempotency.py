"""The header ``Idempotency-Key`` of a call that posts."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError
from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.request import Request

from blocks.services import idempotent
from blocks.services.idempotent import Answer, Held
from mcu.clock import utc_now
from mcu.problems import RetryLater, Unprocessable
from messages.api.access import caller

logger = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS: Final = ("Content-Type", "Location", "ETag")
_AGAIN_AFTER: Final = 2  # seconds
# Refusals that stay true of this body; a key without a scope, a limit, a page that is not there yet may be mended meanwhile.
_KEPT_REFUSALS: Final = frozenset({400, 409, 412, 422})


class AnsweredBefore(Exception):
    """The call was made before under its key; this is the answer it got."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer

    def response(self) -> HttpResponse:
        headers = {**self.answer.headers, "Idempotent-Replayed": "true"}
        return HttpResponse(self.answer.body, status=self.answer.status, headers=headers)


@dataclass(frozen=True, slots=True)
class Once:
    """A call that is being made under its key."""

    held: Held

    def keep(self, response: HttpResponse) -> None:
        """Keep what is answered and stays true. For anything else, a failure of ours too, the call may be made again."""
        try:
            if not _stays_true(response):
                idempotent.give_up(self.held)
            else:
                headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
                idempotent.finish(self.held, Answer(response.status_code, response.content.decode(), headers))
        except DatabaseError as error:
            # What the call did stands, and the client hears of it; a repeat is judged by what is stored.
            logger.warning("the answer to a call under an idempotency key was not kept: %s", error)


def begin(request: Request, key: str, digest: str) -> Once:
    """The call as one that is made once under its key. Raises ``AnsweredBefore`` for a repeat."""
    if not KEY.fullmatch(key):
        raise exceptions.ValidationError({HEADER: "От 1 до 200 печатных знаков латиницы, цифр и знаков без пробелов."})
    client, _ = caller(request)
    whole = hashlib.sha256(f"{request.method} {request.get_full_path()} {digest}".encode()).hexdigest()
    try:
        found = idempotent.begin(client_id=client.pk, key=key, digest=whole, now=utc_now())
    except idempotent.OtherCall as error:
        raise Unprocessable(error.message) from None
    except idempotent.StillRunning as error:
        raise RetryLater(error.message, seconds=_AGAIN_AFTER) from None
    if isinstance(found, Answer):
        raise AnsweredBefore(found)
    return Once(found)


def _stays_true(response: HttpResponse) -> bool:
    """Whether a repeat is to be given the same answer: also of many messages at once none has failed by us."""
    if 200 <= response.status_code < 300:
        said = getattr(response, "data", None)
        items = said.get("items") if isinstance(said, dict) else None
        return not any(isinstance(one, dict) and one.get("status", 0) >= 500 for one in items or ())
    return response.status_code in _KEPT_REFUSALS
