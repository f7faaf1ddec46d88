"""The published description and the interface say the same: every call is tried with data made from the description."""

from __future__ import annotations

import zlib
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from blocks.models import ApiClient, Scope
from mcu.clock import utc_now
from mcu.text import clean_text
from mcu.wsgi import application
from messages.models import Message
from tests.cast import Cast
from tests.messages.pushing import Pusher, a_message, one_connection, pusher
from tests.messages.scenes import IM, Scene

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
# A message of the client that was answered, and one that has just come.
CALLS = count()
WELL_KNOWN = {"source": "im", "received_at": "2026-11-16T09:30:00+05:00", "url": "https://vk.com/wall-1_1", "email": "a@b.ru"}
NUMBERS = ("ОКТ-2026-000001", "ОКТ-2026-000002")


schema.config.generation.update(allow_x00=False)


def possible(case: schemathesis.Case[Any]) -> None:
    """Put into valid data what no description can say: which messages and sources there are, and what time it is.

    Half of the numbers stay as they were made. Words that show nothing get a letter, as a text of them alone is refused.
    """
    parameters: dict[str, Any] = case.path_parameters or {}
    sign = zlib.crc32(repr(parameters.get("number")).encode())
    if "number" in parameters and sign % 2:
        parameters["number"] = NUMBERS[sign % 3 % 2]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    headers: Any = case.headers or {}
    headers.pop("If-Match", None)  # only an answer gives an edition
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"call-{next(CALLS)}"  # the same key with another body is refused
    query: Any = case.query or {}
    query.pop("cursor", None)  # only a page gives one
    body: Any = case.body
    if case.operation.label.startswith("POST") and case.path.endswith("attachments/"):
        body["file"] = "Фонари горят."
    for said in (query, body, body.get("applicant") if isinstance(body, dict) else None):
        if isinstance(said, dict):
            said.update({name: value for name, value in WELL_KNOWN.items() if said.get(name)})
            if None in (said.get("lat"), said.get("lon")):  # a place is given as a whole
                said.pop("lat", None), said.pop("lon", None)
            said.update({name: "ж" for name in ("text", "external_id") if name in said and not clean_text(str(said[name]))})


def set_up(cast: Cast) -> Pusher:
    """A client with a key and messages of its own."""
    cache.clear()
    one = pusher(cast.center, "im", "fz59")
    ApiClient.objects.filter(pk=one.client.pk).update(rate=10**6, scopes=[Scope.PUSH, Scope.READ])
    for number in range(2):
        assert one.post(a_message(external_id=f"contract-{number}")).status_code == 201
    answered = Scene(cast, IM, Message.objects.select_related("center", "source").get(number=NUMBERS[0]), utc_now())
    for step in ("assign", "draft", "submit", "agree", "approve", "send"):
        getattr(answered, step)()
    return one


def excluded(case: schemathesis.Case[Any]) -> list[Any]:
    """Of many messages at once each is judged by itself: a wrong one is refused within an answer of 200."""
    return [CHECKS.get_one("negative_data_rejection")] if case.path.endswith("/bulk/") else []


def try_call(one: Pusher, case: schemathesis.Case[Any]) -> None:
    cache.clear()  # calls without a key are limited
    possible(case)
    with one_connection():
        # The door of the tests does not unpack what comes packed.
        headers = {**one.headers, "Accept-Encoding": "identity"}
        case.call_and_validate(headers=headers, excluded_checks=excluded(case))


@pytest.fixture
def program(okt: Cast) -> Pusher:
    return set_up(okt)


@schema.parametrize()
@settings(max_examples=5, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_call_answers_as_described(program: Pusher, case: schemathesis.Case[Any]) -> None:
    try_call(program, case)
