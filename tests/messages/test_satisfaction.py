"""What the applicant says of the answer: by a signed link, through the source's client, by word of mouth; the low ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from mcu.errors import NotAllowed, WrongState
from mcu.models import Outbox
from messages.models import Message, MessageEvent, Satisfaction
from messages.selectors.desk import desk
from messages.services import closing, satisfaction
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.pushing import Pusher, a_message, pusher
from tests.messages.scenes import ANSWER, IM, MINUTE, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    cache.clear()
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def scene(okt: Cast) -> Scene:
    return bring(okt, IM, "answered")


def link(scene: Scene) -> str:
    return urlsplit(satisfaction.link_of(Message.objects.get(pk=scene.message.pk))).path


def told(kind: str) -> set[str]:
    return {row.user.username.partition(".")[2] for row in Outbox.objects.filter(kind=kind).select_related("user")}


def test_the_applicant_rates_once_by_the_link_and_reads_what_was_given(scene: Scene) -> None:
    client, address = Client(), link(scene)
    page = client.get(address)
    assert scene.message.number in words(page)
    assert ANSWER not in words(page)
    assert scene.message.text not in words(page)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert client.post(address, {"score": "4", "text": "Спасибо."}).status_code == 302
    assert "4 из 5" in words(client.get(address))
    client.post(address, {"score": "1"})
    rated = Satisfaction.objects.get()
    assert (rated.score, rated.text, rated.via, rated.at) == (4, "Спасибо.", "link", LATER)
    event = MessageEvent.objects.get(code="satisfaction")
    assert event.data == {"score": 4, "via": "link", "cycle": 0}
    assert event.note.text == "Спасибо."


def test_the_form_asks_for_a_score_and_keeps_the_words(scene: Scene) -> None:
    response = Client().post(link(scene), {"text": "Ничего не сделали."})
    assert response.status_code == 400
    assert "Поставьте оценку от 1 до 5." in words(response)
    assert "Ничего не сделали." in words(response)
    assert Client().post(link(scene), {"score": "6"}).status_code == 400
    assert Client(enforce_csrf_checks=True).post(link(scene), {"score": "5"}).status_code == 403
    assert not Satisfaction.objects.exists()


@pytest.mark.parametrize("token", ["", "1.0", "1.0~x", "~", "abc~def", "1.0~" + "A" * 5000])
def test_a_link_that_is_none_tells_nothing(scene: Scene, token: str) -> None:
    assert Client().get(f"/s/{token or '-'}/").status_code == 404
    spoiled = link(scene).rstrip("/")
    assert Client().get(f"{spoiled[:-1]}{'A' if spoiled[-1] != 'A' else 'B'}/").status_code == 404


def test_a_case_reopened_is_asked_about_by_a_new_link(scene: Scene) -> None:
    old = link(scene)
    scene.act(closing.reopen, "head", reason="Снова темно.")
    assert Client().get(old).status_code == 410
    with pytest.raises(WrongState):
        satisfaction.rate_by_link(token=old.split("/")[2], score=5, text="", now=LATER)


def test_long_after_the_closing_the_link_is_out_of_date(scene: Scene) -> None:
    scene.close()
    assert Client().get(link(scene)).status_code == 200
    with time_machine.travel(scene.now + timedelta(days=61), tick=False):
        response = Client().get(link(scene))
    assert response.status_code == 410
    assert "60 дней" in words(response)


def test_a_flood_from_one_address_is_asked_to_wait(scene: Scene) -> None:
    client, address = Client(), link(scene)
    answers = {client.get(address).status_code for _ in range(125)}
    assert answers == {200, 429}


def test_a_low_score_is_told_and_waits_on_the_desks_until_somebody_decides(scene: Scene) -> None:
    satisfaction.rate_by_link(token=link(scene).split("/")[2], score=2, text="Темно.", now=LATER)
    assert told("low_score") == {"im", "head"}
    for name in ("im", "head"):
        sections = {
            section.code: section
            for section in desk(actor=scene.cast.actor(name), center=scene.cast.center, now=LATER).sections
        }
        assert [row.number for row in sections["score"].rows] == [scene.message.number]
    assert "Низкая оценка" in words(browser(scene.cast, "im").get(of_case(scene)))
    response = browser(scene.cast, "im").post(of_case(scene, "score/keep"), {"reason": ""})
    assert response.status_code == 400
    scene.now = LATER
    with pytest.raises(NotAllowed):
        scene.act(satisfaction.keep, "roads", reason="Нам и так хорошо.")
    browser(scene.cast, "im").post(of_case(scene, "score/keep"), {"reason": "Фонарь горит, проверено."})
    assert Satisfaction.objects.get().settled_at is not None
    assert MessageEvent.objects.get(code="low_score_kept").note.text == "Фонарь горит, проверено."
    assert "score" not in {
        section.code for section in desk(actor=scene.cast.actor("im"), center=scene.cast.center, now=LATER).sections
    }


def test_reopening_settles_the_low_score_and_the_new_answer_is_rated_anew(scene: Scene) -> None:
    satisfaction.rate_by_link(token=link(scene).split("/")[2], score=1, text="", now=LATER)
    scene.now = LATER
    scene.act(closing.reopen, "im", reason="Низкая оценка.")
    assert Satisfaction.objects.get().settled_at is not None
    page = words(browser(scene.cast, "im").get(of_case(scene)))
    assert "Прежний ответ: 1 из 5" in page


def test_the_staff_writes_down_what_the_applicant_said(scene: Scene) -> None:
    client = browser(scene.cast, "im")
    assert link(scene) in words(client.get(of_case(scene)))
    assert client.post(of_case(scene, "score"), {"score": "5", "text": "Позвонил."}).status_code == 302
    assert Satisfaction.objects.get().via == "staff"
    refused = client.post(of_case(scene, "score"), {"score": "1", "text": ""})
    assert refused.status_code == 409
    assert "уже оценён на 5" in words(refused)
    assert browser(scene.cast, "tech").post(of_case(scene, "score"), {"score": "5"}).status_code in {403, 409}


def test_the_link_is_for_those_who_talk_with_the_applicant(scene: Scene) -> None:
    for name in ("tech", "curator", "district_head"):
        page = words(browser(scene.cast, name).get(of_case(scene)))
        assert "Ещё не оценён" in page
        assert "/s/" not in page


def test_nobody_rates_what_is_not_answered(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    assert browser(okt, "im").post(of_case(scene, "score"), {"score": "5"}).status_code == 403
    assert Client().get(link(scene)).status_code == 410


def rate(client: Pusher, number: str, body: dict[str, object]) -> Any:
    address = f"/api/v1/messages/{number}/satisfaction/"
    http = Client(raise_request_exception=False)
    return http.post(address, json.dumps(body), content_type="application/json", headers=client.headers)


def answered_by_push(okt: Cast, client: Pusher) -> Scene:
    number = client.post(a_message()).json()["number"]
    scene = Scene(okt, IM, Message.objects.get(number=number), now=LATER)
    for step in (scene.assign, scene.draft, scene.submit, scene.agree, scene.approve, scene.send):
        step()
    return scene


def test_the_source_passes_the_score_on_once(okt: Cast) -> None:
    client = pusher(okt.center, "im")
    scene = answered_by_push(okt, client)
    number = scene.message.number
    with time_machine.travel(scene.now + MINUTE, tick=False):
        first = rate(client, number, {"score": 4, "text": " Хорошо. "})
        assert first.status_code == 201
        assert first.json()["number"] == scene.message.number
        assert first.json()["text"] == "Хорошо."
        assert rate(client, number, {"score": 4, "text": "Хорошо."}).status_code == 200
        other = rate(client, number, {"score": 1})
    assert (other.status_code, other.headers["Content-Type"]) == (409, "application/problem+json")
    assert Satisfaction.objects.get().score == 4


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "score"),
        ({"score": 6}, "score"),
        ({"score": "5"}, "score"),
        ({"score": True}, "score"),
        ({"score": 5, "mark": 1}, "mark"),
    ],
)
def test_a_wrong_score_is_refused_by_its_field(okt: Cast, body: dict[str, object], field: str) -> None:
    client = pusher(okt.center, "im")
    scene = answered_by_push(okt, client)
    response = rate(client, scene.message.number, body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_a_client_rates_only_what_it_pushed_and_only_what_is_answered(okt: Cast) -> None:
    client, stranger = pusher(okt.center, "im"), pusher(okt.center, "im", "pos", name="Чужая")
    number = client.post(a_message()).json()["number"]
    assert rate(client, number, {"score": 5}).status_code == 409
    assert rate(stranger, number, {"score": 5}).status_code == 404
