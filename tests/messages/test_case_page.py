"""The case page by hand: the whole way over HTTP, refusals that keep what was typed, contacts on request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from messages.models import Applicant, ContactAccess, Message, Reply
from messages.services import approval, reply, routing
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, page, words
from tests.messages.scenes import ANSWER, IM, MINUTE, POS, Scene, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
MINE = "Мой текст, который я писал полчаса."


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    """Two hours after the scenes begin; the head's second step has tests of its own."""
    settings.DEMO = True
    with time_machine.travel(LATER, tick=False):
        yield


def state(scene: Scene) -> str:
    return str(Message.objects.get(pk=scene.message.pk).state)


def buttons(client: Client, scene: Scene) -> list[str]:
    return [action.name for action in client.get(of_case(scene)).context["actions"]]


def test_a_social_message_goes_the_whole_way_by_its_pages(okt: Cast) -> None:
    scene = Scene(okt, IM, okt.message("im"))
    im, roads = browser(okt, "im"), browser(okt, "roads")
    curator, head = browser(okt, "roads_curator"), browser(okt, "head")

    assert buttons(im, scene) == ["assign", "merge", "redirect", "dismiss"]
    assert roads.get(of_case(scene)).status_code == 404
    response = im.post(of_case(scene, "assign"), {"block": okt.block("roads").pk}, follow=True)
    assert "передано в блок" in words(response)

    assert buttons(roads, scene) == ["start", "decline"]
    roads.post(of_case(scene, "start"))
    assert roads.post(of_case(scene, "submit"), {"text": "", "version": "0"}).status_code == 400
    roads.post(of_case(scene, "draft"), {"text": "Первый набросок.", "version": "0"})
    response = roads.post(of_case(scene, "submit"), {"text": ANSWER, "version": "1"}, follow=True)
    assert "передан на согласование" in words(response)
    assert Reply.objects.get(message=scene.message, version=2).text == ANSWER

    assert buttons(curator, scene) == ["agree", "return"]
    curator.post(of_case(scene, "return"), {"comment": "Назовите срок."})
    roads.post(of_case(scene, "draft"), {"text": f"{ANSWER} До 20 ноября.", "version": "2"})
    roads.post(of_case(scene, "submit"), {"text": f"{ANSWER} До 20 ноября.", "version": "3"})
    curator.post(of_case(scene, "agree"), {"version": "3", "completeness": "2"})
    assert state(scene) == State.HEAD_APPROVAL
    assert curator.post(of_case(scene, "approve"), {"version": "3"}).status_code == 403

    response = head.post(of_case(scene, "approve") + "?then=approval", {"version": "3"})
    assert response["Location"] == page(okt, "approval")
    assert roads.post(of_case(scene, "send"), {"url": "https://vk.com/1"}).status_code == 403
    im.post(of_case(scene, "send"), {"url": "https://vk.com/wall-1_2", "posted_at": ""})
    assert state(scene) == State.ANSWERED
    assert "https://vk.com/wall-1_2" in words(roads.get(of_case(scene)))

    im.post(of_case(scene, "close"), {"outcome": "solved"})
    assert state(scene) == State.CLOSED
    head.post(of_case(scene, "reopen"), {"reason": "Снова темно."})
    assert state(scene) == State.ASSIGNED
    text = words(im.get(of_case(scene)))
    for said in ("Назовите срок.", "Снова темно.", "Направленный ответ", "Возвращено на доработку", "Работа возобновлена"):
        assert said in text, said


@pytest.mark.parametrize(
    ("at", "who", "request_", "kept"),
    [
        ("received", "im", ("assign", {"block": ""}), ""),
        ("received", "im", ("assign", {"block": "999999"}), ""),
        ("received", "im", ("redirect", {"addressee": "  "}), ""),
        ("received", "im", ("redirect", {"addressee": "Управа " * 60}), "Управа Управа"),
        ("received", "im", ("dismiss", {"ground": "выдумка", "comment": MINE}), MINE),
        ("assigned", "roads", ("decline", {"reason": " "}), ""),
        ("drafting", "roads", ("draft", {"text": "", "version": "1"}), ""),
        ("drafting", "roads", ("draft", {"text": MINE * 800, "version": "1"}), MINE),
        ("drafting", "roads", ("submit", {"text": MINE * 800, "version": "1"}), MINE),
        ("block_approval", "roads_curator", ("agree", {"version": "1"}), ""),
        ("block_approval", "roads_curator", ("agree", {"version": "1", "completeness": "7"}), ""),
        ("block_approval", "roads_curator", ("agree", {"version": "много", "completeness": "2"}), ""),
        ("block_approval", "roads_curator", ("return", {"comment": ""}), ""),
        ("block_approval", "roads_curator", ("return", {"comment": MINE * 200}), MINE),
        ("approved", "im", ("send", {"url": "", "delivery": ""}), ""),
        ("approved", "im", ("send", {"url": "javascript:alert(1)", "delivery": MINE}), MINE),
        ("approved", "im", ("send", {"url": "https://vk.com/1", "posted_at": "2030-01-01T10:00"}), "https://vk.com/1"),
        ("approved", "im", ("send", {"url": "https://vk.com/1", "posted_at": "2020-01-01T10:00"}), "https://vk.com/1"),
        ("approved", "im", ("send", {"url": "https://vk.com/1", "posted_at": "завтра"}), "завтра"),
        ("approved", "im", ("send", {"url": "https://vk.com/1", "posted_at": "0001-01-01T00:00"}), "https://vk.com/1"),
        ("answered", "im", ("close", {"outcome": "выдумка", "note": MINE}), MINE),
        ("closed", "head", ("reopen", {"reason": ""}), ""),
        ("assigned", "roads", ("classify", {"topic": "999999"}), ""),
        ("assigned", "roads", ("classify", {"topic": "1' OR '1'='1"}), ""),
    ],
)
def test_wrong_input_is_answered_in_words_and_nothing_typed_is_lost(
    okt: Cast, at: str, who: str, request_: tuple[str, dict[str, str]], kept: str
) -> None:
    scene, (step, values) = bring(okt, IM, at), request_
    response = browser(okt, who).post(of_case(scene, step), values)
    assert response.status_code == 400
    assert kept in words(response)
    assert (
        "field__error" in response.content.decode()
        or "error-summary" in response.content.decode()
        or "flash" in words(response)
    )
    assert state(scene) == at
    assert Reply.objects.filter(message=scene.message).count() == (at not in ("received", "assigned"))


def test_two_writers_see_both_texts_and_neither_is_lost(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    curator = browser(okt, "roads_curator")
    browser(okt, "roads").post(of_case(scene, "draft"), {"text": "Текст коллеги.", "version": "1"})
    response = curator.post(of_case(scene, "draft"), {"text": MINE, "version": "1"})
    assert response.status_code == 409
    assert MINE in words(response)
    assert "Текст коллеги." in words(response)
    assert Reply.objects.filter(message=scene.message).count() == 2
    # The next saving is upon the version that now stands beside.
    version = re.search(r'name="version" value="(\d+)"', response.content.decode())
    assert version
    assert curator.post(of_case(scene, "draft"), {"text": MINE, "version": version[1]}).status_code == 302
    assert Reply.objects.get(message=scene.message, version=3).text == MINE


def test_submitting_upon_an_older_version_is_a_conflict_too(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.draft("Текст коллеги.", base=1)
    response = browser(okt, "roads").post(of_case(scene, "submit"), {"text": MINE, "version": "1"})
    assert response.status_code == 409
    assert MINE in words(response)
    assert state(scene) == State.DRAFTING


def test_agreement_is_of_the_version_that_was_read(okt: Cast) -> None:
    """The curator read version 1; meanwhile another curator of the block wrote version 2."""
    scene = bring(okt, IM, "block_approval")
    scene.act(reply.save_draft, "roads_curator", text="Правка другого куратора.", base_version=1)
    response = browser(okt, "roads_curator").post(of_case(scene, "agree"), {"version": "1", "completeness": "2"})
    assert response.status_code == 409
    assert "Правка другого куратора." in words(response)
    assert state(scene) == State.BLOCK_APPROVAL


def test_a_colleague_who_was_faster_is_named_by_the_state_and_the_remark_stays(okt: Cast) -> None:
    scene = bring(okt, IM, "head_approval")
    head = browser(okt, "head")
    scene.act(approval.approve, "head", version=1)
    response = head.post(of_case(scene, "return"), {"comment": MINE})
    assert response.status_code == 409
    assert "Согласовано, ждёт отправки" in words(response)
    assert MINE in words(response)
    assert state(scene) == State.APPROVED


def test_the_draft_stays_on_the_page_when_the_case_went_on(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    scene.submit()
    response = browser(okt, "roads").post(of_case(scene, "draft"), {"text": MINE, "version": "1"})
    assert response.status_code == 403
    assert MINE in words(response)
    assert Reply.objects.filter(message=scene.message).count() == 1


@pytest.mark.parametrize(("step", "field"), [("draft", "text"), ("submit", "text"), ("decline", "reason")])
def test_the_words_stay_even_when_the_case_went_out_of_sight(okt: Cast, step: str, field: str) -> None:
    scene = bring(okt, IM, "drafting")
    scene.act(routing.assign, "im", block_id=okt.block("housing").pk)
    response = browser(okt, "roads").post(of_case(scene, step), {field: MINE, "version": "1"})
    assert response.status_code == 404
    assert MINE in words(response)


def test_pressing_twice_makes_the_step_once(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    client, form = browser(okt, "im"), {"block": okt.block("roads").pk}
    client.post(of_case(scene, "assign"), form)
    roads = browser(okt, "roads")
    assert [roads.post(of_case(scene, "start")).status_code for _ in range(2)] == [302, 409]
    assert scene.message.events.filter(code="start").count() == 1


def test_whoever_gave_the_case_away_comes_back_to_the_own_desk(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    response = browser(okt, "roads").post(of_case(scene, "decline"), {"reason": "Это ЖКХ."})
    assert response["Location"] == page(okt, "desk")


@pytest.mark.parametrize("step", ["assign", "draft", "classify", "contacts", "submit", "close"])
def test_steps_take_only_a_post(okt: Cast, step: str) -> None:
    scene = bring(okt, IM, "received")
    assert browser(okt, "im").get(of_case(scene, step)).status_code == 405


def test_a_step_that_is_none_is_not_found(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    assert browser(okt, "im").post(of_case(scene, "to_closed")).status_code == 404


def test_a_step_needs_the_token_of_the_page(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    client, form = browser(okt, "im", csrf=True), {"block": str(okt.block("roads").pk)}
    for step in ("assign", "draft", "classify", "contacts", "redirect"):
        assert client.post(of_case(scene, step), form).status_code == 403
    assert state(scene) == State.RECEIVED
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(of_case(scene)).content.decode())
    assert token
    assert client.post(of_case(scene, "assign"), form | {"csrfmiddlewaretoken": token[1]}).status_code == 302
    assert state(scene) == State.ASSIGNED


def test_the_time_of_posting_is_the_local_time_of_the_center(okt: Cast) -> None:
    scene = bring(okt, POS, "approved")
    local = (NOW + timedelta(hours=1)).astimezone(okt.center.tz)
    values = {"delivery": "ПОС", "posted_at": f"{local:%Y-%m-%dT%H:%M}"}
    assert browser(okt, "roads").post(of_case(scene, "send"), values).status_code == 302
    assert Message.objects.get(pk=scene.message.pk).answered_at == NOW + timedelta(hours=1)


def test_what_the_case_is_about_is_changed_in_place_and_stands_in_the_history(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    topic = okt.block("roads").topics.first()
    assert topic
    response = browser(okt, "roads").post(of_case(scene, "classify"), {"topic": topic.pk, "fast_track": "on"}, follow=True)
    assert topic.name in words(response)
    assert "фаст-трек — да" in words(response)
    assert "Срок пересчитан" in words(response)


@pytest.fixture
def with_contacts(okt: Cast) -> Scene:
    scene = bring(okt, IM, "assigned", text="Звоните +7 922 123-45-67 или anna@mail.ru.")
    Applicant.objects.create(message=scene.message, name="Анна Проверкина", phone="+7 922 000-11-22", email="a@b.ru")
    return scene


def test_contacts_are_shown_on_request_and_every_showing_is_written_down(with_contacts: Scene) -> None:
    okt, client = with_contacts.cast, browser(with_contacts.cast, "roads")
    assert "000-11-22" not in words(client.get(of_case(with_contacts)))
    assert not ContactAccess.objects.exists()
    response = client.post(of_case(with_contacts, "contacts"))
    assert "+7 922 000-11-22" in words(response)
    fragment = client.post(of_case(with_contacts, "contacts"), headers={"HX-Request": "true"})
    assert "+7 922 000-11-22" in words(fragment)
    assert "<html" not in words(fragment)
    rows = ContactAccess.objects.values_list("message", "user", "role", "at")
    assert list(rows) == [(with_contacts.message.pk, okt.people["roads"].pk, "block_responsible", LATER)] * 2


def test_the_technical_role_sees_no_contacts_anywhere(with_contacts: Scene) -> None:
    """Nor those that stand in the letter, in the answer, in a remark or in the list (раздел 6)."""
    okt = with_contacts.cast
    with_contacts.draft("Позвоните по 8 (34678) 2-12-34.")
    with_contacts.submit()
    with_contacts.act(approval.return_, "roads_curator", comment="Заявитель просит звонить на 89221112233.")
    tech, curator = browser(okt, "tech"), browser(okt, "roads_curator")
    for address in (of_case(with_contacts), page(okt, "list")):
        text = words(tech.get(address))
        for secret in ("123-45-67", "anna@mail.ru", "000-11-22", "Анна Проверкина", "2-12-34", "89221112233"):
            assert secret not in text, (address, secret)
        assert "[телефон скрыт]" in text
    for secret in ("123-45-67", "anna@mail.ru", "2-12-34", "89221112233"):
        assert secret in words(curator.get(of_case(with_contacts)))
    assert tech.post(of_case(with_contacts, "contacts")).status_code == 403
    assert not ContactAccess.objects.exists()


def test_there_is_nothing_to_ask_for_where_the_applicant_gave_no_contacts(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    assert "показать контакты" not in words(browser(okt, "roads").get(of_case(scene)))
    assert browser(okt, "roads").post(of_case(scene, "contacts")).status_code == 404


def test_what_citizens_write_is_never_markup(okt: Cast) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    scene = bring(okt, IM, "received", text=bad)
    scene.assign()
    scene.draft(bad)
    scene.submit()
    scene.act(approval.return_, "roads_curator", comment=bad)
    for address in (of_case(scene), page(okt, "list"), page(okt, "desk")):
        html = browser(okt, "roads").get(address).content.decode()
        assert bad not in html
        assert "<img src=x" not in html


def test_whoever_may_do_nothing_now_reads_with_whom_the_case_is(okt: Cast) -> None:
    scene = bring(okt, IM, "block_approval")
    text = words(browser(okt, "roads").get(of_case(scene)))
    assert okt.people["roads_curator"].short_name in text
    assert "Сейчас от вас ничего не нужно" in text


def test_the_number_is_found_in_small_letters_too(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    address = of_case(scene).replace(scene.message.number, scene.message.number.lower())
    assert browser(okt, "im").get(address).status_code == 200


@pytest.mark.parametrize("number", ["%00", "ОКТ-2026-000001%00", "' OR 1=1 --", "9" * 3000, "\u202e", "..%2f..", "%ff%fe"])
def test_a_hostile_number_is_not_found(okt: Cast, number: str) -> None:
    bring(okt, IM, "received")
    address = f"/{okt.center.slug}/messages/{number}/"
    client = browser(okt, "im")
    assert client.get(address).status_code == 404
    assert client.post(f"{address}draft/", {"text": MINE}).status_code == 404


@pytest.mark.parametrize(
    "value", ["\x00", "9" * 5000, "-1", "²", "٣", "1e9", "2147483648", "\ud800".encode("utf-8", "replace").decode()]
)
def test_hostile_values_never_break_a_step(okt: Cast, value: str) -> None:
    drafting, agreeing = bring(okt, IM, "drafting"), bring(okt, IM, "block_approval")
    roads, curator = browser(okt, "roads"), browser(okt, "roads_curator")
    for answer in (
        roads.post(of_case(drafting, "draft"), {"text": MINE, "version": value}),
        roads.post(of_case(drafting, "submit"), {"text": MINE, "version": value}),
        roads.post(of_case(drafting, "classify"), {"topic": value, "settlement": value, "recipient": value}),
        roads.post(of_case(drafting, "decline"), {"reason": f"{value}\x00"}),
        curator.post(of_case(agreeing, "agree"), {"version": value, "completeness": value}),
        curator.post(of_case(agreeing, "return"), {"comment": value}),
    ):
        assert answer.status_code in (302, 400, 403, 404, 409)


def test_a_minute_later_the_history_tells_it_in_order(okt: Cast) -> None:
    scene = bring(okt, IM, "closed")
    lines = browser(okt, "im").get(of_case(scene)).context["history"]
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert lines[0].title.startswith("Закрыто")
    assert lines[-1].at == NOW
    assert scene.now > NOW + MINUTE


def test_a_session_that_ended_leads_back_to_the_page_not_to_the_button(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    address = of_case(scene)
    answer = Client().post(f"{address}draft/", {"text": MINE}, headers={"Referer": f"http://testserver{address}"})
    assert answer.headers["Location"].endswith(f"next={quote(address)}")


def test_the_address_of_a_button_opened_as_a_page_says_so(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    answer = browser(okt, "roads").get(f"{of_case(scene)}draft/")
    assert answer.status_code == 405
    assert "адрес кнопки" in words(answer)


def test_a_stale_hand_over_comes_back_with_the_case_as_it_is(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    client = browser(okt, "im")
    seen = scene.message.stage
    first = {"block": okt.block("roads").pk, "seen": seen}
    assert client.post(f"{of_case(scene)}assign/", first).status_code == 302
    second = client.post(f"{of_case(scene)}assign/", {"block": okt.block("housing").pk, "seen": seen})
    assert second.status_code == 409
    assert "дело изменилось" in words(second)
    assert Message.objects.get(pk=scene.message.pk).block == okt.block("roads")
