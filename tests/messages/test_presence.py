"""Who else has the case open: seen at once, costs one query, and nobody misses it when Redis is down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from messages.models import Message
from messages.services import presence, reply
from messages.services.presence import HERE_FOR
from tests.cast import Cast
from tests.messages.browsing import browser, of_case
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db
START = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _nobody(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # the second step of signing in has tests of its own
    cache.clear()
    yield
    cache.clear()


def here(cast: Cast, name: str, scene: Scene, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = browser(cast, name).get(of_case(scene, "here"), query).json()
    return found


def names(cast: Cast, *people: str) -> list[str]:
    return [cast.people[name].short_name for name in people]


def beat(user_id: int, name: str, moment: float, *, writing: bool = False) -> list[str]:
    found = presence.beat(message_id=7, user_id=user_id, name=name, writing=writing, moment=moment)
    return [f"{one.name} пишет" if one.writing else one.name for one in found]


def test_two_people_see_each_other_and_who_writes(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    assert here(okt, "roads", scene)["people"] == []
    found = here(okt, "roads_curator", scene, writing="1")
    assert found["people"] == [{"name": okt.people["roads"].short_name, "writing": False}]
    assert here(okt, "roads", scene)["people"] == [{"name": okt.people["roads_curator"].short_name, "writing": True}]


def test_who_leaves_is_gone_at_once_and_who_falls_silent_soon() -> None:
    assert beat(1, "Первый", START) == []
    assert beat(2, "Второй", START + 1) == ["Первый"]
    presence.leave(message_id=7, user_id=1, name="Первый")
    assert beat(2, "Второй", START + 2) == []
    assert beat(1, "Первый", START + 3, writing=True) == ["Второй"]
    assert beat(2, "Второй", START + 4) == ["Первый пишет"]
    assert beat(1, "Первый", START + 5) == ["Второй"]
    assert beat(2, "Второй", START + 6) == ["Первый"]
    assert beat(2, "Второй", START + 5 + HERE_FOR + 1) == []


def test_another_case_is_another_room(okt: Cast) -> None:
    first, second = bring(okt, IM, "drafting"), bring(okt, IM, "drafting")
    here(okt, "roads", first)
    assert here(okt, "roads_curator", second)["people"] == []


def test_a_newer_version_and_another_stage_are_told(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    before = here(okt, "roads_curator", scene)
    assert before["stage"] == Message.objects.get(pk=scene.message.pk).stage
    scene.act(reply.save_draft, "roads", text="Новее.", base_version=1)
    scene.submit()
    after = here(okt, "roads_curator", scene)
    assert (before["version"], after["version"]) == (1, 2)
    assert (after["author"], after["mine"]) == (okt.people["roads"].short_name, False)
    assert here(okt, "roads", scene)["mine"]
    assert after["stage"] != before["stage"]
    assert after["state"] == "На согласовании у куратора блока"


def test_who_does_not_see_the_case_learns_nothing(okt: Cast, kor: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    here(okt, "roads", scene)
    for name in ("housing", "tech"):
        answer = browser(okt, name).get(of_case(scene, "here"))
        assert (answer.status_code == 200) == (name == "tech")  # the technical role sees cases, without contacts
    assert browser(kor, "head").get(of_case(scene, "here")).status_code == 404
    assert okt.people["head"].pk
    client = browser(okt, "roads")
    client.logout()
    assert client.get(of_case(scene, "here")).status_code == 302


def test_an_admission_is_of_one_session_and_one_case(okt: Cast) -> None:
    scene, other = bring(okt, IM, "drafting"), bring(okt, IM, "received")
    roads = browser(okt, "roads")
    assert roads.get(of_case(scene, "here")).status_code == 200
    assert roads.get(of_case(other, "here")).status_code == 404
    roads.logout()
    assert roads.get(of_case(scene, "here")).status_code == 302


def test_a_beat_costs_three_queries(okt: Cast) -> None:
    scene, roads = bring(okt, IM, "drafting"), browser(okt, "roads")
    roads.get(of_case(scene, "here"))
    with CaptureQueriesContext(connection) as found:
        assert roads.get(of_case(scene, "here")).status_code == 200
    assert len(found) == 3  # the session, the person, where the case stands


def test_without_redis_nobody_is_shown_and_nothing_fails(okt: Cast, settings: Settings) -> None:
    scene = bring(okt, IM, "drafting")
    here(okt, "roads_curator", scene)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    found = here(okt, "roads", scene)
    assert found["people"] == []
    assert found["version"] == 1
    assert browser(okt, "roads").get(of_case(scene, "here"), {"gone": "1"}).status_code == 204
    assert browser(okt, "roads").get(of_case(scene)).status_code == 200
