"""A call, a visit, a paper taken down by a person: one message, however often the form is sent, with its earlier cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from messages.models import Applicant, Attachment, ContactAccess, Message, MessageEvent
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, page, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def token_of(client: Client, cast: Cast) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{32})"', words(client.get(page(cast, "new"))))
    assert found
    return found[1]


def said(cast: Cast, client: Client, **values: object) -> dict[str, object]:
    """What a browser sends: the call of a woman about a hole in the road."""
    return {
        "token": token_of(client, cast),
        "by": "call",
        "source": cast.source("other").pk,
        "regime": "message",
        "phone": "8 (34678) 2-11-22",
        "name": "Краснова Алёна Ильинична",
        "email": "",
        "type": "citizen",
        "text": "Яма на перекрёстке Ленина и Мира, вчера пробила колесо.",
        "settlement": "",
        "address": "ул. Ленина, 1",
        "topic": "",
        "block": "",
        "received_on": "",
        "received_time": "",
        **values,
    }


def test_a_call_becomes_one_case_however_often_the_form_is_sent(okt: Cast) -> None:
    client = browser(okt, "other")
    form = said(okt, client, settlement="октябрьское")
    first, again = client.post(page(okt, "new"), form), client.post(page(okt, "new"), form)
    message = Message.objects.get()
    assert first.headers["Location"] == again.headers["Location"] == page(okt, "sorting", message.number)
    assert (message.state, message.regime, message.received_at) == (State.RECEIVED, "message", NOW)
    assert message.settlement
    assert message.settlement.name == "Октябрьское"
    assert message.applicant.phone_key == "3467821122"
    created = MessageEvent.objects.get(message=message, code="created")
    assert (created.data["by"], created.user) == ("call", okt.people["other"])
    shown = words(client.get(page(okt, "case", message.number)))
    assert "Иные источники, по телефону" in shown
    assert "Поступило: по телефону" in shown


def test_other_words_from_the_same_page_are_not_lost_and_not_mixed(okt: Cast) -> None:
    """«Back» after sending: the first message stays as it is, the second becomes its own once the person says so."""
    client = browser(okt, "other")
    form = said(okt, client)
    client.post(page(okt, "new"), form)
    answer = client.post(page(okt, "new"), form | {"text": "Не вывозят мусор у дома 5."})
    assert answer.status_code == 409
    assert "Не вывозят мусор у дома 5." in words(answer)
    token = re.search(r'name="token" value="([0-9a-f]{32})"', words(answer))
    assert token
    assert token[1] != form["token"]
    client.post(page(okt, "new"), form | {"text": "Не вывозят мусор у дома 5.", "token": token[1]})
    assert Message.objects.count() == 2


def test_a_paper_of_last_week_goes_at_once_to_its_block_with_its_scan(okt: Cast) -> None:
    client = browser(okt, "head")
    block = okt.block("roads")
    scan = SimpleUploadedFile("скан.txt", "Прошу убрать снег.".encode())
    form = said(
        okt,
        client,
        by="paper",
        regime="appeal",
        block=block.pk,
        received_on="2026-11-11",
        received_time="09:30",
        hand_over="1",
        upload=scan,
    )
    answer = client.post(page(okt, "new"), form)
    message = Message.objects.get()
    assert answer.headers["Location"] == f"{page(okt, 'new')}?source={message.source_id}"
    assert (message.state, message.block, message.regime) == (State.ASSIGNED, block, "appeal")
    assert message.received_at == datetime(2026, 11, 11, 4, 30, tzinfo=UTC)
    assert Attachment.objects.get(message=message).kind == "message"


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_kept_half(okt: Cast) -> None:
    client = browser(okt, "head")
    form = said(okt, client, text=" ", hand_over="1", received_on="2027-01-01")
    answer = client.post(page(okt, "new"), form)
    assert answer.status_code == 400
    assert "Запишите, о чём сообщает человек." in words(answer)
    assert "Выберите блок" in words(answer)
    answer = client.post(page(okt, "new"), said(okt, client, received_on="2027-01-01"))
    assert answer.status_code == 400
    assert "ещё не наступило" in words(answer)
    bad = SimpleUploadedFile("программа.exe", b"MZ\x90\x00" + b"\x00" * 200)
    answer = client.post(page(okt, "new"), said(okt, client, upload=bad))
    assert answer.status_code == 400
    assert "не принят" in words(answer)
    assert not Message.objects.exists()
    assert not Applicant.objects.exists()


def test_only_ones_own_sources_are_offered_and_taken(okt: Cast) -> None:
    client = browser(okt, "other")
    form = said(okt, client, source=okt.source("pos").pk)
    assert client.post(page(okt, "new"), form).status_code == 400
    assert browser(okt, "roads").get(page(okt, "new")).status_code == 403
    assert not Message.objects.exists()


def earlier_cases(cast: Cast, count: int) -> list[Message]:
    """Cases of the woman of ``said``, one a day back, her number and name written in many ways."""
    phones = ("+7 34678 2-11-22", "83467821122", "8 (34678) 21122")
    found = []
    for place in range(count):
        message = cast.message("other", received_at=NOW - timedelta(days=place + 1))
        Applicant.objects.create(message=message, phone=phones[place % 3], name="Краснова Алена И.", email="Krasnova@mail.ru")
        found.append(message)
    return found


@pytest.mark.parametrize(
    "typed",
    [{"phone": "8 34678 2 11 22"}, {"name": "краснова АЛЁНА"}, {"email": "krasnova@MAIL.ru"}],
    ids=["by telephone", "by the beginning of the name", "by e-mail"],
)
def test_the_newest_five_earlier_cases_appear_as_one_types(okt: Cast, typed: dict[str, str]) -> None:
    cases = earlier_cases(okt, 7)
    client = browser(okt, "other")
    with CaptureQueriesContext(
        connection,
    ) as made:
        shown = words(client.post(page(okt, "earlier"), typed))
    assert [case.number for case in cases if case.number in shown] == [case.number for case in cases[:5]]
    assert "21122" not in shown
    assert "mail.ru" not in shown
    assert "Краснова" not in shown
    assert len(made) <= 6


def test_too_little_finds_nobody_and_the_cases_of_others_stay_unseen(okt: Cast) -> None:
    (case,) = earlier_cases(okt, 1)
    client = browser(okt, "other")
    for typed in ({"name": "Кра"}, {"phone": "211"}, {"email": "@"}, {}, {"name": "%%%%"}, {"name": "Краснова Б\x00"}):
        assert case.number not in words(client.post(page(okt, "earlier"), typed))
    stranger = browser(okt, "pos")  # of another source
    assert case.number not in words(stranger.post(page(okt, "earlier"), {"name": "Краснова"}))
    assert stranger.post(page(okt, "earlier-applicant"), {"number": case.number}).status_code == 404


def test_taking_the_contacts_over_is_written_down(okt: Cast) -> None:
    (case,) = earlier_cases(okt, 1)
    client = browser(okt, "other")
    shown = words(client.post(page(okt, "earlier-applicant"), {"number": case.number}))
    assert "Krasnova@mail.ru" in shown
    assert "Краснова Алена И." in shown
    assert ContactAccess.objects.get().message == case


def test_searching_is_held_back_when_it_is_too_often(okt: Cast) -> None:
    client = browser(okt, "other")
    answers = [words(client.post(page(okt, "earlier"), {"name": "Краснова"})) for _ in range(92)]
    assert "приостановлен" not in answers[0]
    assert "приостановлен" in answers[-1]


def test_the_ways_to_the_form_stand_where_its_people_work(okt: Cast) -> None:
    link = f'href="{page(okt, "new")}"'
    for place in ("desk", "list", "sorting"):
        assert link in words(browser(okt, "other").get(page(okt, place)))
    assert link not in words(browser(okt, "roads").get(page(okt, "list")))


def test_a_day_alone_is_its_beginning_and_an_hour_alone_is_asked_for_its_day(okt: Cast) -> None:
    client = browser(okt, "head")
    client.post(page(okt, "new"), said(okt, client, by="paper", received_on="2026-11-11"))
    assert Message.objects.get().received_at == datetime(2026, 11, 10, 19, 0, tzinfo=UTC)
    answer = client.post(page(okt, "new"), said(okt, client, received_time="09:30"))
    assert answer.status_code == 400
    assert "Впишите и день" in words(answer)


def test_a_place_that_is_not_in_the_list_is_said_to_stay_words(okt: Cast) -> None:
    client = browser(okt, "head")
    answer = client.post(page(okt, "new"), said(okt, client, settlement="прио"), follow=True)
    assert "Населённый пункт «прио» — нет в списке: останется словами" in words(answer)
    assert Message.objects.get().settlement_words == "прио"
