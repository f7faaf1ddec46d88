"""Calls under an ``Idempotency-Key``: made once, whoever repeats them and whenever they were cut off."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from blocks.models import ApiClient, IdempotentCall
from blocks.services import idempotent
from mcu.clock import utc_now
from messages.models import Message
from messages.services.intake_bulk import NotStored
from messages.tasks import remove_idempotent_calls
from tests.cast import Cast, make_oktyabrsky
from tests.messages.pushing import Pusher, a_message, pusher


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def im(okt: Cast) -> Pusher:
    return pusher(okt.center, "im")


def push(one: Pusher, key: str = "a-1", **said: Any) -> Any:
    return one.call("POST", "messages/", a_message(**said), headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_very_answer_even_once_the_case_has_moved_on(im: Pusher) -> None:
    first = push(im)
    again = push(im)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert push(im, "a-2").status_code == 200  # another key: judged by what is stored


def test_a_refusal_is_an_answer_too(im: Pusher) -> None:
    assert push(im, text="").status_code == 400
    again = push(im, text="")
    assert again.status_code == 400
    assert again["Idempotent-Replayed"] == "true"
    assert again["Content-Type"] == "application/problem+json"


def test_what_may_be_mended_meanwhile_is_not_kept(im: Pusher) -> None:
    """A scope that the client was given after the refusal, a message that was not there yet."""
    ApiClient.objects.filter(pk=im.client.pk).update(scopes=["read"])
    assert push(im).status_code == 403
    ApiClient.objects.filter(pk=im.client.pk).update(scopes=["push"])
    assert push(im).status_code == 201


def test_many_of_which_one_failed_by_us_may_be_sent_again(im: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    def push_many() -> Any:
        return im.call("POST", "messages/bulk/", [a_message()], headers={"Idempotency-Key": "b-1"})

    def fails(**said: Any) -> Any:
        return [NotStored("Не сохранено.") for _ in said["pushed"]]

    with monkeypatch.context() as broken:
        broken.setattr("messages.api.views.bulk.take_in_many", fails)
        assert push_many().json()["items"][0]["status"] == 500
    assert push_many().json()["created"] == 1
    assert push_many()["Idempotent-Replayed"] == "true"


def test_the_key_with_another_call_is_422_and_nothing_is_done(im: Pusher) -> None:
    push(im)
    other = push(im, external_id="ИМ-2")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:mcu:problem:key-reused"
    assert Message.objects.count() == 1


def test_each_client_has_keys_of_its_own(im: Pusher, okt: Cast) -> None:
    push(im)
    assert push(pusher(okt.center, "im", name="Другая"), external_id="ИМ-2").status_code == 201


@pytest.mark.parametrize("key", ["", "два слова", "a b", "x" * 201])
def test_a_strange_key_is_400(im: Pusher, key: str) -> None:
    response = im.call("POST", "messages/", a_message(), HTTP_IDEMPOTENCY_KEY=key.encode().decode("latin-1"))
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_failure_of_ours_is_not_kept(im: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as broken:
        broken.setattr("messages.api.views.messages.take_in", fails)
        assert push(im).status_code == 503
    assert push(im).status_code == 201


def test_a_twin_that_is_still_running_is_409_and_one_that_was_killed_is_taken_over(im: Pusher) -> None:
    push(im)
    row = IdempotentCall.objects.get()
    IdempotentCall.objects.update(status=None, body="", at=utc_now())
    waiting = push(im)
    assert waiting.status_code == 409
    assert int(waiting["Retry-After"]) > 0

    IdempotentCall.objects.update(at=utc_now() - idempotent.GIVEN_UP_AFTER)
    late = push(im)
    assert late.status_code == 200  # the killed one had stored the message
    assert IdempotentCall.objects.get(pk=row.pk).status == 200


def test_what_another_has_taken_over_is_not_written_by_the_slow_one(im: Pusher) -> None:
    now = utc_now()
    slow = idempotent.begin(client_id=im.client.pk, key="k", digest="d", now=now - timedelta(minutes=10))
    fast = idempotent.begin(client_id=im.client.pk, key="k", digest="d", now=now)
    assert isinstance(slow, idempotent.Held)
    assert isinstance(fast, idempotent.Held)
    idempotent.finish(slow, idempotent.Answer(201, "slow"))
    idempotent.give_up(slow)
    idempotent.finish(fast, idempotent.Answer(200, "fast"))
    assert IdempotentCall.objects.get().body == "fast"


def test_after_a_day_the_key_is_free(im: Pusher) -> None:
    push(im)
    IdempotentCall.objects.update(at=utc_now() - idempotent.KEPT_FOR)
    assert push(im, external_id="ИМ-2").status_code == 201  # not removed yet, but out of date
    assert remove_idempotent_calls() == 0
    IdempotentCall.objects.update(at=utc_now() - idempotent.KEPT_FOR)
    assert remove_idempotent_calls() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one_call() -> None:
    one = pusher(make_oktyabrsky().center, "im")
    gate = threading.Barrier(8)
    answers: list[tuple[int, bytes]] = []

    def call() -> None:
        gate.wait(timeout=30)
        response = push(one)
        answers.append((response.status_code, response.content))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    made = {body for status, body in answers if status == 201}
    assert len(made) == 1
    assert {status for status, _ in answers} <= {201, 409}
    assert json.loads(push(one).content) == json.loads(made.pop())
