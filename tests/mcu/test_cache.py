"""With Redis away the cache answers as an empty one, so that sign-in and limits go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, Cast


@pytest.fixture
def no_redis(settings: Settings, tmp_path: Path) -> None:
    cache = {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}
    settings.CACHES = {"default": cache}


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
