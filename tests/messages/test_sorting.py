"""The sorting desk as those who sort use it: what is listed and suggested, decisions, refusals, a step taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.models import Recipient, Settlement, Topic
from blocks.roles import Role
from messages.models import Message, MessageEvent, Regime
from messages.services import reply, routing
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
QUERIES = 15
PIT = "На улице Ленина яма во всю дорогу, объехать нельзя."
HTMX = {"HX-Request": "true", "HX-Target": "work", "HX-Current-URL": "http://testserver/oktyabrsky/sorting/"}


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # no second step of signing in
    with time_machine.travel(LATER, tick=False):
        yield


def sort(client: Client, cast: Cast, message: Message, step: str = "assign", *, htmx: bool = True, **values: object) -> str:
    """Make a step on the desk as the script does, or as a page without it; what the person then sees."""
    values = {"seen": Message.objects.get(pk=message.pk).stage, **values}
    response = client.post(page(cast, "sort", message.number, step), values, headers=HTMX if htmx else {}, follow=not htmx)
    return words(response)


def now_is(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def topic(cast: Cast, name: str) -> Topic:
    return Topic.objects.get(center=cast.center, name=name)


def suggested(text: str) -> list[str]:
    """The suggestions as they are read: block · topic → recipient, then why."""
    found = re.findall(r'<button class="suggest__one".*?</button>', text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


# What is listed, and for whom


def test_the_nearest_term_stands_first_and_is_open(okt: Cast) -> None:
    okt.message("fz59", text="Прошу выделить участок.")
    urgent = okt.message("im", text=PIT)
    Message.objects.filter(pk=urgent.pk).update(next_due_at=NOW)
    text = words(browser(okt, "head").get(page(okt, "sorting")))
    assert text.index(urgent.number) < text.index("Прошу выделить участок")
    assert f'data-case="{urgent.pk}"' in text


def test_each_sees_what_they_may_hand_over(okt: Cast) -> None:
    ours, theirs = okt.message("im", text=PIT), okt.message("pos", text="Не вывозят мусор.")
    done = okt.message("im", text="Это уже в блоке.")
    routing.assign(message_id=done.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    assert ours.number in words(browser(okt, "im").get(page(okt, "sorting")))
    assert theirs.number not in words(browser(okt, "im").get(page(okt, "sorting")))
    whole = words(browser(okt, "support").get(page(okt, "sorting")))
    assert ours.number in whole
    assert theirs.number in whole
    assert done.number not in whole


@pytest.mark.parametrize("name", ["roads", "roads_curator", "tech", "curator", "district_head", "observer"])
def test_who_does_not_sort_has_no_desk(okt: Cast, name: str) -> None:
    message = okt.message("im")
    client = browser(okt, name)
    assert client.get(page(okt, "sorting")).status_code == 403
    assert client.post(page(okt, "sort", message.number, "assign"), {}).status_code == 403


def test_a_foreign_number_tells_nothing(okt: Cast, kor: Cast) -> None:
    foreign = kor.message("im", text="Колодец в Марьино обвалился.")
    response = browser(okt, "head").get(page(okt, "sorting", foreign.number), follow=True)
    assert "уже не среди ваших" in words(response)
    assert "Колодец" not in words(response)


def test_the_rail_counts_what_waits_up_to_99(okt: Cast) -> None:
    okt.message("im")
    text = words(browser(okt, "im").get(page(okt, "list")))
    assert re.search(r'rail__name">Разбор</span>\s*<span class="rail__count">1<', text)
    crowd(okt, 120, states=(State.RECEIVED,))
    text = words(browser(okt, "im").get(page(okt, "list")))
    assert re.search(r'rail__count">99\+<', text)


@pytest.mark.parametrize("name", ["head", "im"])
def test_the_desk_costs_the_same_with_five_and_with_sixty(okt: Cast, name: str) -> None:
    counts = []
    for number in (5, 55):
        crowd(okt, number, states=(State.RECEIVED, State.ASSIGNED))
        client = browser(okt, name)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(okt, "sorting")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= QUERIES


def test_more_than_fifty_are_turned_over_by_pages(okt: Cast) -> None:
    rows = crowd(okt, 60, states=(State.RECEIVED,))
    client = browser(okt, "im")
    text = words(client.get(page(okt, "sorting")))
    assert text.count('class="queue__link"') == 50
    older = re.search(r'rel="next"\s+href="([^"]+)"', text)
    assert older
    second = words(client.get(older[1]))
    assert second.count('class="queue__link"') == 10
    last = max(rows, key=lambda row: (row.next_due_at, row.pk))
    assert last.number in second


# What is suggested


def test_a_keyword_suggests_its_topic_with_the_reason(okt: Cast) -> None:
    okt.message("im", text=PIT)
    first = suggested(words(browser(okt, "im").get(page(okt, "sorting"))))[0]
    assert "Дороги" in first
    assert "по слову «яма»" in first


def test_a_phrase_counts_only_with_its_small_words(okt: Cast) -> None:
    """The search passes over «нет»: water with sand is not «нет воды»."""
    okt.message("im", text="Вода из крана с песком.")
    assert not any("нет воды" in one for one in suggested(words(browser(okt, "im").get(page(okt, "sorting")))))


def test_the_topic_of_the_source_comes_first(okt: Cast) -> None:
    message = okt.message("im", text="Примите меры.")
    light = topic(okt, "Уличное освещение")
    Message.objects.filter(pk=message.pk).update(topic=light)
    first = suggested(words(browser(okt, "im").get(page(okt, "sorting"))))[0]
    assert light.block.short in first
    assert "тема указана в сообщении" in first


def test_what_was_decided_in_like_cases_is_suggested_with_its_recipient(okt: Cast) -> None:
    block = okt.block("housing")
    recipient = Recipient.objects.filter(center=okt.center, blocks=block).first() or Recipient.objects.create(
        center=okt.center, code="uk", name="Управляющая компания", kind="organisation"
    )
    for street in ("Мира", "Лесная", "Южная"):
        done = okt.message("im", text=f"Домофон в подъезде сломан, дверь настежь, {street}.")
        routing.assign(message_id=done.pk, actor=okt.actor("im"), block_id=block.pk, recipient_id=recipient.pk, now=NOW)
    okt.message("im", text="Домофон в подъезде сломан, дверь всю ночь настежь.")
    first = suggested(words(browser(okt, "im").get(page(okt, "sorting"))))[0]
    assert block.short in first
    assert recipient.name in first
    assert "так решено в 3\xa0похожих".replace("\xa0", " ") in first


def test_a_territorial_block_is_suggested_by_the_settlement(kor: Cast) -> None:
    message = kor.message("im", text="Фонарь у колодца не горит.")
    place = Settlement.objects.get(center=kor.center, code="maloye_tyoploye")  # of the block's municipality, not its centre
    Message.objects.filter(pk=message.pk).update(settlement=place)
    first = suggested(words(browser(kor, "im").get(page(kor, "sorting"))))[0]
    assert "Гагаринское СП" in first
    assert "по населённому пункту" in first
    assert "Уличное освещение" in first


def test_a_block_that_gave_the_case_back_is_not_suggested_again(okt: Cast) -> None:
    message = okt.message("im", text=PIT)
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    routing.decline(message_id=message.pk, actor=okt.actor("roads"), reason="Это двор, не дорога.", now=NOW)
    text = words(browser(okt, "im").get(page(okt, "sorting")))
    assert "Вернул блок «Дороги»: Это двор, не дорога." in text
    assert not any("Дороги" in one for one in suggested(text))


# Decisions


@pytest.mark.parametrize("htmx", [True, False])
def test_a_case_is_handed_over_and_the_next_one_opens(okt: Cast, *, htmx: bool) -> None:
    first, second = okt.message("im", text=PIT), okt.message("im", text="Лавочку убрали.")
    light = topic(okt, "Уличное освещение")
    text = sort(
        browser(okt, "im"), okt, first, htmx=htmx, block=okt.block("roads").pk, topic=light.pk,
        responsible=okt.people["roads"].pk, fast_track="on",
    )  # fmt: skip
    done = now_is(first)
    assert (done.state, done.block, done.topic, done.responsible) == (
        State.ASSIGNED,
        okt.block("roads"),
        light,
        okt.people["roads"],
    )
    assert done.fast_track
    assert f"{first.number} передано в блок «Дороги»" in text
    assert f'data-case="{second.pk}"' in text
    assert "Взять назад" in text


def test_what_was_passed_over_comes_round_again(okt: Cast) -> None:
    first, second = okt.message("im", text=PIT), okt.message("im", text="Лавочку убрали.")
    text = sort(browser(okt, "im"), okt, second, block=okt.block("roads").pk)
    assert f'data-case="{first.pk}"' in text
    assert "Разбирать нечего" in sort(browser(okt, "im"), okt, first, block=okt.block("roads").pk)


def test_without_a_block_nothing_is_done_and_all_that_was_chosen_stays(okt: Cast) -> None:
    message = okt.message("im", text=PIT)
    light = topic(okt, "Уличное освещение")
    client = browser(okt, "im")
    response = client.post(
        page(okt, "sort", message.number, "assign"), {"topic": light.pk, "seen": message.stage}, headers=HTMX
    )
    assert response.status_code == 400
    assert "Выберите блок" in words(response)
    assert re.search(rf'value="{light.pk}"[^>]* selected', words(response))
    assert now_is(message).state == State.RECEIVED


def test_what_the_service_refuses_stands_beside_its_field(okt: Cast) -> None:
    message = okt.message("im", text=PIT)
    Message.objects.filter(pk=message.pk).update(fast_track=False)
    text = sort(
        browser(okt, "im"), okt, message, block=okt.block("roads").pk, responsible=okt.people["housing"].pk, fast_track="on"
    )
    assert "сегодня не отвечает за этот блок" in text
    assert now_is(message).state == State.RECEIVED
    assert not now_is(message).fast_track  # the whole decision or nothing of it


def test_an_appeal_keeps_its_number_of_the_document_system(okt: Cast) -> None:
    message = okt.message("fz59", text="Прошу ответить письменно.", regime=Regime.APPEAL)
    sort(browser(okt, "fz59"), okt, message, block=okt.block("roads").pk, outside_number="Б-123/26")
    assert now_is(message).outside_number == "Б-123/26"


def test_redirection_and_dismissal_are_made_in_place(okt: Cast) -> None:
    away, none = okt.message("im", text=PIT), okt.message("im", text="@#!")
    client = browser(okt, "im")
    assert "переадресовано" in sort(client, okt, away, "redirect", addressee="Дорожное агентство")
    ground = routing.grounds_for(none)[0]["code"]
    assert "оставлено без ответа" in sort(client, okt, none, "dismiss", ground=ground)
    assert (now_is(away).state, now_is(none).state) == (State.REDIRECTED, State.DISMISSED)


def test_an_addressee_is_asked_for_in_the_open_form(okt: Cast) -> None:
    message = okt.message("im", text=PIT)
    text = sort(browser(okt, "im"), okt, message, "redirect", addressee="")
    assert "Укажите, в какой орган" in text
    assert re.search(r'<details class="act"\s+name="side"\s+open>', text)


def test_a_likely_repeat_is_merged_in_one_step_and_split_again(okt: Cast) -> None:
    leading, repeat = okt.message("im", text=PIT), okt.message("im", text=PIT)
    client = browser(okt, "im")
    text = words(client.get(page(okt, "sorting", repeat.number)))
    assert "Вероятный повтор" in text
    assert f"Объединить с {leading.number}" in text
    text = sort(client, okt, repeat, "merge", leading_number=leading.number)
    assert (now_is(repeat).state, now_is(repeat).leading) == (State.MERGED, leading)
    assert "Разъединить" in text
    sort(client, okt, repeat, "split")
    assert now_is(repeat).state == State.RECEIVED


# A step taken back, a colleague who was faster


def test_the_last_step_is_taken_back_and_its_case_opens(okt: Cast) -> None:
    message, other = okt.message("im", text=PIT), okt.message("im", text="Лавочку убрали.")
    client = browser(okt, "im")
    sort(client, okt, message, block=okt.block("roads").pk)
    text = sort(client, okt, message, "take_back", open=other.number)
    assert now_is(message).state == State.RECEIVED
    assert f'data-case="{message.pk}"' in text
    assert "снова на разборе" in text


def test_what_the_block_has_begun_is_not_taken_back_and_the_open_case_stays(okt: Cast) -> None:
    message, other = okt.message("im", text=PIT), okt.message("im", text="Лавочку убрали.")
    client = browser(okt, "im")
    sort(client, okt, message, block=okt.block("roads").pk)
    reply.start(message_id=message.pk, actor=okt.actor("roads"), now=LATER)
    text = sort(client, okt, message, "take_back", open=other.number)
    assert now_is(message).state == State.DRAFTING
    assert f'data-case="{other.pk}"' in text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_faster_colleague_is_told_calmly_and_nothing_typed_is_lost(okt: Cast, *, htmx: bool) -> None:
    message, other = okt.message("im", text=PIT), okt.message("im", text="Лавочку убрали.")
    seen = message.stage
    routing.assign(message_id=message.pk, actor=okt.actor("head"), block_id=okt.block("housing").pk, now=NOW)
    text = sort(browser(okt, "im"), okt, message, "redirect", htmx=htmx, addressee="Дорожное агентство округа", seen=seen)
    assert now_is(message).block == okt.block("housing")
    assert "разбирать уже не нужно" in text
    assert "Дорожное агентство округа" in text
    assert f'data-case="{other.pk}"' in text


def test_a_second_hand_over_never_overrules_the_first(okt: Cast) -> None:
    message = okt.message("im", text=PIT)
    seen = message.stage
    for block in ("housing", "roads"):
        sort(browser(okt, "head"), okt, message, block=okt.block(block).pk, seen=seen)
    assert now_is(message).block == okt.block("housing")
    assert MessageEvent.objects.filter(message=message, code="assign").count() == 1


def test_contacts_are_hidden_where_the_role_may_not_see_them(okt: Cast) -> None:
    """Who sorts may see contacts; the rule is asked for every text of the desk all the same."""
    okt.add("both", Role.SOURCE_CURATOR, source="im")
    okt.message("im", text=f"{PIT} Звоните +7 922 123-45-67.")
    assert "123-45-67" in words(browser(okt, "both").get(page(okt, "sorting")))


@pytest.mark.parametrize("address", ["?after=%00", "?after=2026", "?done=../x&back=take_back", "?back=1", "%00/", "ОКТ-1/"])
def test_odd_addresses_are_passed_over(okt: Cast, address: str) -> None:
    okt.message("im", text=PIT)
    response = browser(okt, "im").get(page(okt, "sorting") + address, follow=True)
    assert response.status_code == 200
    assert "яма во всю дорогу" in words(response)
