"""PATCH: what a source may still change in what it has passed on, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from blocks.models import Topic
from mcu.clock import utc_now
from messages.models import Applicant, Message, MessageEvent
from messages.selectors.history import lines_of
from messages.services import control, routing
from tests.cast import Cast
from tests.messages.pushing import Pusher, a_message, pusher
from tests.messages.scenes import IM, WAYS, Scene


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def im(okt: Cast) -> Pusher:
    return pusher(okt.center, "im")


def taken(one: Pusher, **said: Any) -> Message:
    return Message.objects.select_related("center", "source").get(number=one.post(a_message(**said)).json()["number"])


def brought(one: Pusher, cast: Cast, state: str, **said: Any) -> Message:
    """A message of the client, moved on by people to the state."""
    scene = Scene(cast, IM, taken(one, **said), utc_now())
    for step in WAYS[state].split():
        getattr(scene, step)()
    return Message.objects.get(pk=scene.message.pk)


def patch(one: Pusher, message: Message, body: Any, **headers: str) -> Any:
    return one.call("PATCH", f"messages/{message.number}/", body, headers=headers)


def test_what_was_named_changes_and_nothing_else(im: Pusher, okt: Cast) -> None:
    message = taken(im, address="ул. Мира, 1", url="https://vk.com/wall-1", applicant={"name": "Петрова", "phone": "2-12-34"})
    response = patch(
        im,
        message,
        {"text": "Не горят фонари у больницы.", "address": None, "lat": 62.4, "lon": 66.0, "applicant": {"phone": "2-99-99"}},
    )
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["text"], body["address"], body["lat"]) == ("Не горят фонари у больницы.", "", 62.4)
    assert body["url"] == "https://vk.com/wall-1"
    applicant = Applicant.objects.get(message=message)
    assert (applicant.name, applicant.phone, applicant.phone_key) == ("Петрова", "2-99-99", "29999")

    event = MessageEvent.objects.filter(message=message).latest("id")
    assert (event.code, event.actor_kind, event.client_id) == ("fields", "client", im.client.pk)
    assert event.data == {"said": ["address", "applicant", "place", "text"]}
    assert event.note.text == "Прежний текст: Не горят фонари у школы."
    title = lines_of([event], {}, okt.center)[0].title
    assert title == "Изменены признаки: адрес, данные заявителя, место на карте, текст"


def test_the_same_again_is_no_change_and_the_first_push_is_still_known(im: Pusher) -> None:
    message = taken(im)
    patch(im, message, {"text": "Иначе."})
    events = MessageEvent.objects.filter(message=message).count()
    for body in ({"text": " Иначе. "}, {}, {"topic": "", "lat": None, "lon": None}):
        assert patch(im, message, body).status_code == 200
    assert MessageEvent.objects.filter(message=message).count() == events
    assert im.post(a_message()).status_code == 200  # compared with the first, not with the corrected one
    assert im.post(a_message(text="Иначе.")).status_code == 409


def test_a_topic_is_matched_and_terms_follow_it(im: Pusher, okt: Cast) -> None:
    message = taken(im, topic="совсем неизвестная")
    fast = okt.block("roads").topics.filter(closed_at__isnull=True).earliest("pk")
    Topic.objects.filter(pk=fast.pk).update(fast_track=True)
    body = patch(im, message, {"topic": fast.name}).json()
    assert body["topic"] == {"code": fast.code, "name": fast.name}
    assert (body["topic_words"], body["fast_track"]) == ("", True)
    event = MessageEvent.objects.get(message=message, code="fields")
    assert event.data == {"topic": [None, fast.pk], "fast_track": [False, True], "said": ["topic_words"]}
    assert fast.name in lines_of([event], {"topic": {fast.pk: fast.name}}, okt.center)[0].title

    back = patch(im, message, {"topic": "опять неизвестная"}).json()
    assert (back["topic"], back["topic_words"], back["fast_track"]) == (None, "опять неизвестная", False)


@pytest.mark.parametrize("state", WAYS)
def test_each_state_takes_what_it_may(im: Pusher, okt: Cast, state: str) -> None:
    message = brought(im, okt, state)
    text = patch(im, message, {"text": "Другое."})
    assert text.status_code == (200 if state == "received" else 409)
    rest = patch(im, message, {"address": "ул. Мира, 5", "applicant": {"name": "Сидоров"}})
    open_ones = ("received", "assigned", "drafting", "block_approval", "merged")
    assert rest.status_code == (200 if state in open_ones else 409)
    kept = Message.objects.get(pk=message.pk)
    assert kept.address == ("ул. Мира, 5" if state in open_ones else "")
    assert Applicant.objects.filter(message=message, name="Сидоров").exists() == (state in open_ones)
    if state not in open_ones:
        assert message.number in rest.json()["detail"]


def test_what_people_have_set_stays_and_is_named(im: Pusher, okt: Cast) -> None:
    message = taken(im)
    topic = okt.block("roads").topics.filter(closed_at__isnull=True, fast_track=False).earliest("pk")
    routing.classify(
        message_id=message.pk,
        actor=okt.actor("im"),
        topic_id=topic.pk,
        settlement_id=None,
        recipient_id=None,
        fast_track=False,
        now=utc_now(),
    )
    refused = patch(im, message, {"topic": "мусор", "address": "ул. Мира, 5"})
    assert refused.status_code == 409
    assert [error["field"] for error in refused.json()["errors"]] == ["topic"]
    assert Message.objects.get(pk=message.pk).address == ""
    assert patch(im, message, {"topic": topic.name, "address": "ул. Мира, 5"}).status_code == 200
    assert patch(im, message, {"settlement": "Андра", "control": "photo"}).status_code == 200

    control.mark_control(message_id=message.pk, actor=okt.actor("im"), control="video", now=utc_now())
    assert patch(im, message, {"control": "glonass"}).status_code == 409


def test_whoever_sorted_has_judged_the_topic(im: Pusher, okt: Cast) -> None:
    message = brought(im, okt, "assigned", topic="яма на дороге у дома")
    assert patch(im, message, {"topic": "яма на дороге у дома"}).status_code == 200  # the same words say nothing new
    refused = patch(im, message, {"topic": "мусор", "fast_track": True})
    assert {error["field"] for error in refused.json()["errors"]} == {"topic", "fast_track"}


def test_if_match_refuses_what_has_moved_on(im: Pusher, okt: Cast) -> None:
    message = taken(im)
    etag = im.get(message.number)["ETag"]
    changed = patch(im, message, {"address": "ул. Мира, 1"}, **{"If-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] == im.get(message.number)["ETag"]
    stale = patch(im, message, {"address": "ул. Мира, 2"}, **{"If-Match": etag})
    assert stale.status_code == 412
    assert stale.json()["type"] == "urn:mcu:problem:precondition-failed"
    for header in (f"W/{changed['ETag']}", f'"x", {changed["ETag"]}', "*"):
        assert patch(im, message, {}, **{"If-Match": header}).status_code == 200
    assert Message.objects.get(pk=message.pk).address == "ул. Мира, 1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "\u200b"}, "text"),
        ({"text": None}, "text"),
        ({"source": "fz59"}, "source"),
        ({"external_id": "2"}, "external_id"),
        ({"lat": 1}, "lon"),
        ({"lat": 1, "lon": None}, "lon"),
        ({"fast_track": None}, "fast_track"),
        ({"applicant": None}, "applicant"),
        ({"applicant": {"mail": "x"}}, "applicant.mail"),
        ({"url": "ftp://x"}, "url"),
    ],
)
def test_a_wrong_value_is_named(im: Pusher, body: Any, field: str) -> None:
    response = patch(im, taken(im), body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_only_its_own(im: Pusher, okt: Cast) -> None:
    message = taken(im)
    assert patch(pusher(okt.center, "im", name="Другая"), message, {"text": "Чужое."}).status_code == 404
