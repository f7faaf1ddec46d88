"""With Redis away or hanging the cache answers as an empty one, so that sign-in and limits go on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, Cast


@pytest.fixture
def no_redis(settings: Settings, tmp_path: Path) -> None:
    cache = {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}
    settings.CACHES = {"default": cache}


@pytest.fixture
def hanging_redis(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A server that takes calls and never answers."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{tmp_path}/hanging.sock")
        door.listen(64)
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/hanging.sock"}}
        yield


@pytest.mark.usefixtures("no_redis")
def test_nothing_is_known_and_everything_may_be_added() -> None:
    cache = caches["default"]
    assert cache.get("word", "nothing") == "nothing"
    assert cache.add("word", 1) is True


@pytest.mark.usefixtures("no_redis")
def test_a_person_signs_in(okt: Cast) -> None:
    user = okt.people["roads"]
    answer = Client().post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


@pytest.mark.usefixtures("hanging_redis")
def test_a_person_signs_in_without_waiting_for_each_question(okt: Cast) -> None:
    user, began = okt.people["roads"], monotonic()
    answer = Client().post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    assert monotonic() - began < 4
