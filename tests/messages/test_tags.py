"""Tags: words that staff put on cases, with history, suggested as one types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from mcu.errors import Invalid, NotAllowed, NotFound
from messages.models import Message, MessageEvent, Tag
from messages.services import tags
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, page, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # else the head would first be asked for the second step of sign-in
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def on(message: Message) -> list[str]:
    return list(message.tags.values_list("name", flat=True))


def test_a_tag_is_put_on_and_taken_off_with_history(okt: Cast) -> None:
    message = okt.message("im")
    actor = okt.actor("im")
    tags.add(message_id=message.pk, actor=actor, name="  Ямочный   ремонт ", now=NOW)
    tags.add(message_id=message.pk, actor=actor, name="ямочный ремонт", now=NOW)  # the same word
    assert on(message) == ["Ямочный ремонт"]
    tags.remove(message_id=message.pk, actor=actor, name="ЯМОЧНЫЙ РЕМОНТ", now=NOW)
    tags.remove(message_id=message.pk, actor=actor, name="чего нет", now=NOW)
    assert on(message) == []
    events = MessageEvent.objects.filter(message=message, code="tags").order_by("pk")
    assert [event.data for event in events] == [{"added": "Ямочный ремонт"}, {"removed": "Ямочный ремонт"}]
    assert {event.role for event in events} == {"source_curator"}


def test_done_cases_are_tagged_too_but_not_by_strangers(okt: Cast, kor: Cast) -> None:
    done = bring(okt, IM, "closed").message
    tags.add(message_id=done.pk, actor=okt.actor("curator"), name="пример", now=NOW)
    with pytest.raises(NotFound):
        tags.add(message_id=done.pk, actor=okt.actor("housing"), name="чужой", now=NOW)
    with pytest.raises(NotAllowed):
        tags.add(message_id=done.pk, actor=okt.actor("tech"), name="чужой", now=NOW)
    with pytest.raises(NotFound):
        tags.add(message_id=done.pk, actor=kor.actor("head"), name="чужой", now=NOW)
    assert on(done) == ["пример"]


def test_words_have_something_to_see_and_an_end(okt: Cast) -> None:
    message = okt.message("im")
    for name in ("", " , ", "\u200b", "я" * 61):
        with pytest.raises(Invalid):
            tags.add(message_id=message.pk, actor=okt.actor("im"), name=name, now=NOW)
    for number in range(20):
        tags.add(message_id=message.pk, actor=okt.actor("im"), name=f"метка {number}", now=NOW)
    with pytest.raises(Invalid, match="уже 20"):
        tags.add(message_id=message.pk, actor=okt.actor("im"), name="ещё одна", now=NOW)


def test_known_words_are_suggested_of_this_center_only(okt: Cast, kor: Cast) -> None:
    for name in ("Снег", "Уборка снега", "Вода"):
        Tag.objects.create(center=okt.center, name=name)
    Tag.objects.create(center=kor.center, name="Снегопад")
    assert tags.suggest(center=okt.center, begun="сне") == ["Снег", "Уборка снега"]
    text = words(browser(okt, "im").get(page(okt, "tags") + "?name=СНЕ"))
    assert text.count("<option") == 2
    assert "Снегопад" not in text
    assert browser(okt, "im").get(page(okt, "tags") + "?name=%00%27").status_code == 200


def test_the_case_page_shows_and_changes_them(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    client = browser(okt, "im")
    assert "Добавить метку" in words(client.get(of_case(scene)))
    answer = client.post(of_case(scene, "tags"), {"name": "Школа"})
    assert answer.status_code == 302
    text = words(client.get(of_case(scene)))
    assert "?state=all&tag=%D0%A8%D0%BA%D0%BE%D0%BB%D0%B0" in text
    assert "метка" in text.lower()
    part = client.post(of_case(scene, "tags"), {"name": ""}, headers={"HX-Request": "true"})
    assert "Напишите метку" in words(part)
    assert "<html" not in words(part)
    client.post(of_case(scene, "tags"), {"remove": "Школа"})
    assert on(scene.message) == []
    tech = words(browser(okt, "tech").get(of_case(scene)))
    assert "Добавить метку" not in tech


def test_the_history_says_it_in_words(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    tags.add(message_id=scene.message.pk, actor=okt.actor("im"), name="Школа", now=NOW)
    tags.remove(message_id=scene.message.pk, actor=okt.actor("im"), name="Школа", now=NOW)
    text = words(browser(okt, "im").get(of_case(scene)))
    assert "Метки: поставлена «Школа»" in text
    assert "Метки: снята «Школа»" in text
