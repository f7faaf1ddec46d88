"""By what it was checked that the matter is put right: the mark of control, indicator 6's fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from mcu.errors import Invalid, NotAllowed, NotFound
from messages.models import Message, MessageEvent
from messages.services import closing
from messages.services.control import mark_control
from messages.services.intake import IncomingMessage, payload_hash, take_in
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # else the head would first be asked for the second step of sign-in
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def mark(scene: Scene, by: str, control: str) -> str:
    mark_control(message_id=scene.message.pk, actor=scene.cast.actor(by), control=control, now=scene.now)
    return Message.objects.get(pk=scene.message.pk).control


@pytest.mark.parametrize("by", ["roads", "roads_curator", "im", "head"])
def test_people_of_the_block_and_the_source_and_the_head_mark_it_while_it_is_written_and_answered(okt: Cast, by: str) -> None:
    assert mark(bring(okt, IM, "drafting"), by, "photo") == "photo"
    assert mark(bring(okt, IM, "answered"), by, "glonass") == "glonass"


def test_nobody_else_does_nor_of_a_closed_case(okt: Cast, kor: Cast) -> None:
    scene, closed = bring(okt, IM, "drafting"), bring(okt, IM, "closed")
    for by in ("support", "tech", "curator"):
        with pytest.raises(NotAllowed, match="люди блока"):
            mark(scene, by, "photo")
    with pytest.raises(NotFound):
        mark(scene, "housing", "photo")
    with pytest.raises(NotFound):
        mark_control(message_id=scene.message.pk, actor=kor.actor("head"), control="photo", now=scene.now)
    with pytest.raises(NotAllowed, match="не закрыто"):
        mark(closed, "head", "photo")
    with pytest.raises(Invalid, match="ГЛОНАСС, фото, видео, датчик"):
        mark(scene, "roads", "слово соседа")


def test_each_change_is_one_line_of_the_history_in_words(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    for control in ("photo", "photo", "sensor", ""):
        mark(scene, "roads", control)
    events = MessageEvent.objects.filter(message=scene.message, code="control").order_by("pk")
    assert [event.data for event in events] == [
        {"former": "", "control": "photo"},
        {"former": "photo", "control": "sensor"},
        {"former": "sensor", "control": ""},
    ]
    assert {event.role for event in events} == {"block_responsible"}
    text = words(browser(okt, "head").get(of_case(scene)))
    assert "Контроль решения: фото" in text
    assert "Контроль решения: датчик, прежде — фото" in text
    assert "Контроль решения: отметка снята, прежде — датчик" in text


def test_it_is_marked_on_the_case_page_beside_the_facts(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    client = browser(okt, "roads")
    assert "Отметить контроль решения" in words(client.get(of_case(scene)))
    assert client.post(of_case(scene, "control"), {"control": "video"}).status_code == 302
    text = words(client.get(of_case(scene)))
    assert "<dt>Контроль решения</dt>" in text
    assert client.post(of_case(scene, "control"), {"control": "rumour"}).status_code == 400
    assert "Отметить контроль решения" not in words(browser(okt, "support").get(of_case(scene)))


def test_work_begun_anew_has_not_been_checked(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    mark(scene, "roads", "photo")
    scene.act(closing.reopen, "im", reason="Фонари снова не горят.")
    assert Message.objects.get(pk=scene.message.pk).control == ""
    last = MessageEvent.objects.filter(message=scene.message, code="control").latest("pk")
    assert last.data == {"former": "photo", "control": ""}


def test_a_source_may_say_it_and_what_it_leaves_out_is_the_same_push_as_ever(okt: Cast) -> None:
    source = okt.source("im")
    said = IncomingMessage(external_id="1", text="Яма засыпана.", control="sensor")
    taken = take_in(actor=okt.system, source=source, payload=said, now=NOW)
    assert Message.objects.get(pk=taken.message.pk).control == "sensor"
    assert MessageEvent.objects.get(message=taken.message, code="control").data["control"] == "sensor"
    without = IncomingMessage(external_id="1", text="Яма засыпана.")
    # As it was before sources could say it: what was pushed then is known when it is pushed again.
    known = "8c3bc2ae8fec9c442dab0298f74bb31f6d3e52e727272291d6cb4af1fb23288c"
    assert payload_hash(without) == known
    rumour = IncomingMessage(external_id="2", text="Яма.", control="слух")
    with pytest.raises(Invalid) as error:
        take_in(actor=okt.system, source=source, payload=rumour, now=NOW)
    assert "glonass" in error.value.fields["control"]
