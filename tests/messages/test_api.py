"""The REST door as a client's author meets it: what is taken, what is refused and in which words."""

from __future__ import annotations

import io
import json
import re
import threading
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from blocks.models import ApiClient, ApiKey, Source
from blocks.services.clients import block_client, create_client
from mcu.clock import utc_now
from mcu.errors import Conflict, Invalid, NotFound
from messages.models import Applicant, Message, MessageEvent, Reply
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.pushing import ADDRESS, Pusher, a_message, pusher


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def im(okt: Cast) -> Pusher:
    return pusher(okt.center, "im", "fz59")


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document, after checking that it is one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors", "reference"}
    assert body["status"] == status
    assert body["type"].startswith("urn:mcu:problem:")
    assert body["detail"]
    return body


def fields_of(response: Any) -> dict[str, str]:
    return {error["field"]: error["message"] for error in is_problem(response, 400)["errors"]}


# --- What is taken ---------------------------------------------------------------------------------------------------


def test_a_message_is_taken_and_its_number_given(im: Pusher) -> None:
    response = im.post(a_message(source="fz59", received_at="2026-11-16T09:30:00+05:00"))

    assert response.status_code == 201
    body = response.json()
    assert body == {
        "number": "ОКТ-2026-000001",
        "state": "received",
        "state_name": "Поступило",
        "regime": "appeal",
        "fast_track": False,
        "received_at": "2026-11-16T09:30:00+05:00",
        "deadlines": ANY,
        "links": {"self": ANY},
    }
    register = next(row for row in body["deadlines"] if row["kind"] == "register")
    assert register["due_at"].endswith("+05:00")
    assert register["title"]
    assert register["met_at"] is register["breached_at"] is None
    assert response["Location"] == body["links"]["self"]
    assert Client().get(body["links"]["self"], headers=im.headers).status_code == 200


def test_everything_a_source_can_say_is_kept(im: Pusher) -> None:
    said = a_message(
        external_id=2246,
        text=" Не горят\r\nфонари. ",
        kind="message",
        fast_track=True,
        topic="неведомое",
        settlement="за рекой",
        address="ул. Ленина, 4",
        lat=62,
        lon=66.5,
        url="https://vk.com/wall-1_2",
        control="photo",
        applicant={"name": "Петрова М. И.", "email": "p@example.org", "phone": "+7 900 000-00-00", "type": "organisation"},
    )
    assert im.post(said).status_code == 201

    message = Message.objects.get()
    assert message.external_id == "2246"
    assert message.text == "Не горят\nфонари."
    assert (message.fast_track, message.regime) == (True, "message")
    assert (message.topic_words, message.settlement_words) == ("неведомое", "за рекой")
    assert (message.lat, message.lon) == (62.0, 66.5)
    assert (message.url, message.control) == ("https://vk.com/wall-1_2", "photo")
    assert message.client == im.client
    applicant = Applicant.objects.get()
    assert (applicant.name, applicant.type) == ("Петрова М. И.", "organisation")


def test_null_and_empty_mean_not_said(im: Pusher) -> None:
    optional = [
        "received_at", "kind", "fast_track", "topic", "settlement", "address", "lat", "lon", "url", "control", "applicant",
    ]  # fmt: skip
    assert im.post(a_message(**dict.fromkeys(optional))).status_code == 201
    assert im.post(a_message(topic="", address="", url="", kind="", applicant={})).status_code == 200
    assert im.post(a_message(applicant={"name": None, "email": "", "type": None})).status_code == 200


def test_a_time_without_zone_is_the_centers(im: Pusher) -> None:
    response = im.post(a_message(received_at="2026-11-16 09:30"))
    assert response.json()["received_at"] == "2026-11-16T09:30:00+05:00"


def test_the_same_again_is_200_with_the_same_number(im: Pusher) -> None:
    first, again = im.post(a_message()), im.post(a_message(topic=""))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert "Location" not in again
    assert Message.objects.count() == 1


def test_other_content_is_409_and_names_the_case(im: Pusher) -> None:
    number = im.post(a_message()).json()["number"]
    body = is_problem(im.post(a_message(text="Другое.")), 409)
    assert number in body["detail"]
    assert body["type"] == "urn:mcu:problem:conflict"


@pytest.mark.django_db(transaction=True)
def test_eight_clients_at_once_get_one_number() -> None:
    cast = make_oktyabrsky()
    one = pusher(cast.center, "im")
    gate = threading.Barrier(8)
    answers: list[tuple[int, str]] = []

    def push() -> None:
        gate.wait(timeout=30)
        response = one.post(a_message())
        answers.append((response.status_code, response.json()["number"]))
        connection.close()

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [(200, "ОКТ-2026-000001")] * 7 + [(201, "ОКТ-2026-000001")]
    assert Message.objects.count() == 1


def test_queries_are_few_and_do_not_grow(im: Pusher, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    im.post(a_message(external_id="warm"))
    full = a_message(source="fz59", topic="x", settlement="y", applicant={"name": "А"})
    with django_assert_max_num_queries(12):  # the key was noted as used: it is read anew, with its sources
        assert im.post(full).status_code == 201
    for number in range(20):
        im.post({**full, "external_id": f"more-{number}"})
    # The key, whether the message is known, the lists; in a transaction the keys, the number and all rows.
    with django_assert_max_num_queries(8):
        assert im.post({**full, "external_id": "last"}).status_code == 201
    with django_assert_max_num_queries(4):
        assert im.post(full).status_code == 200
    oldest = Message.objects.earliest("id").number
    with django_assert_max_num_queries(5):
        assert im.get(oldest).status_code == 200


# --- Wrong content ---------------------------------------------------------------------------------------------------


def test_each_wrong_field_is_named(im: Pusher) -> None:
    response = im.post(
        {
            "source": "im",
            "text": "",
            "received_at": "вчера",
            "kind": "жалоба",
            "fast_track": "да",
            "lat": "62",
            "lon": 181,
            "url": "ftp://example.org",
            "topic": 5,
            "applicant": {"email": "не адрес", "type": "кто-то", "nmae": "Петрова"},
            "texte": "…",
        }
    )
    fields = fields_of(response)
    assert set(fields) == {
        "external_id", "text", "received_at", "kind", "fast_track", "lat", "lon", "url", "topic", "applicant.email",
        "applicant.type", "applicant.nmae", "texte",
    }  # fmt: skip
    assert fields["external_id"] == "Обязательное поле."
    assert "«text»" in fields["texte"]
    assert "«name»" in fields["applicant.nmae"]
    assert "appeal, message" in fields["kind"]
    assert not Message.objects.exists()


WRONG_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"external_id": True}, "external_id"),
    ({"external_id": 1.5}, "external_id"),
    ({"external_id": None}, "external_id"),
    ({"external_id": "ж" * 201}, "external_id"),
    ({"text": 5}, "text"),
    ({"text": ["а"]}, "text"),
    ({"text": {"а": 1}}, "text"),
    ({"text": "ж" * 50_001}, "text"),
    ({"text": "нуль \x00"}, "text"),
    ({"text": "половина \ud83d"}, "text"),
    ({"topic": "\udc00"}, "topic"),
    ({"applicant": {"name": "\x00"}}, "applicant.name"),
    ({"applicant": []}, "applicant"),
    ({"applicant": "Петрова"}, "applicant"),
    ({"source": 1}, "source"),
    ({"source": "\x00"}, "source"),
    ({"source": "нет такого"}, "source"),
    ({"received_at": 1_700_000_000}, "received_at"),
    ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
    ({"received_at": "9999-12-31T23:59:59-14:00"}, "received_at"),
    ({"received_at": "1999-12-31T00:00:00Z"}, "received_at"),
    ({"received_at": "2126-01-01T00:00:00Z"}, "received_at"),
    ({"lat": True, "lon": True}, "lat"),
    ({"lat": 91, "lon": 0}, "lat"),
    ({"lat": 10**400, "lon": 0}, "lat"),
    ({"lat": 1}, "lon"),
    ({"lon": 1}, "lat"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"url": "https://" + "a" * 1000 + ".ru"}, "url"),
    ({"fast_track": 1}, "fast_track"),
    ({"kind": ["appeal"]}, "kind"),
    ({"kind": {"a": 1}}, "kind"),
    ({"address": "ж" * 501}, "address"),
    ({"поле": 1}, "поле"),
    ({"\ud800": 1}, "\\ud800"),
]


def test_a_wrong_value_is_refused_by_name_and_nothing_is_stored(im: Pusher) -> None:
    # One test for all, as the Center is loaded anew for each.
    for said, field in WRONG_VALUES:
        assert field in fields_of(im.post(a_message(**said))), said
    assert not Message.objects.exists()


def test_signs_that_nobody_can_see_are_taken_out_and_alone_are_no_text(im: Pusher) -> None:
    for text in ("\u200b", "\u0001", "\u00a0\u2060\ufeff"):
        assert "text" in fields_of(im.post(a_message(text=text)))
    first = im.post(a_message(text="Яма\u0001 на дороге", address="\u200b"))
    again = im.post(a_message(text="Яма на дороге"))
    assert (first.status_code, again.status_code) == (201, 200)
    message = Message.objects.get()
    assert (message.text, message.address) == ("Яма на дороге", "")


def test_a_thousand_unknown_fields_are_not_all_repeated(im: Pusher) -> None:
    response = im.post(a_message(**{f"поле{number}": 1 for number in range(5000)}))
    assert len(is_problem(response, 400)["errors"]) <= 50


def test_unforeseen_time_words_of_the_service_name_the_field_too(im: Pusher) -> None:
    tomorrow = (utc_now() + timedelta(days=1)).isoformat()
    assert "received_at" in fields_of(im.post(a_message(received_at=tomorrow)))


# --- Wrong bodies ----------------------------------------------------------------------------------------------------


NO_MESSAGES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"5",
    b'"text"',
    b"{} {}",
    b"{}x",
    b"\xff\xfe{}",
    b"\x00",
    b'{"text": NaN}',
    b'{"lat": Infinity}',
    b'{"lat": -Infinity}',
    b'{"lat": 1e999}',
    b'{"lat": ' + b"9" * 5000 + b"}",
    b'{"text": "a", "text": "b"}',
    b"{'text': 'a'}",
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"[" * 30 + b"]" * 30,
    "текст".encode("cp1251"),
]


def test_a_body_that_is_no_message_is_400(im: Pusher) -> None:
    for body in NO_MESSAGES:
        detail = is_problem(im.post(body), 400)["detail"]
        assert re.search("[а-я]", detail), body
    assert not Message.objects.exists()


def test_a_byte_order_mark_does_no_harm(im: Pusher) -> None:
    assert im.post(b"\xef\xbb\xbf" + json.dumps(a_message()).encode()).status_code == 201


def test_only_json_is_taken(im: Pusher) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "нечто"):
        is_problem(im.post(json.dumps(a_message()), content_type=kind), 415)


def test_a_packed_body_is_415(im: Pusher) -> None:
    problem = is_problem(im.post(b"\x1f\x8b", HTTP_CONTENT_ENCODING="gzip"), 415)
    assert "Content-Encoding: gzip" in problem["detail"]


def test_more_than_the_limit_is_413(im: Pusher, settings: Any) -> None:
    is_problem(im.post(b'{"text":"' + b"a" * settings.API_MAX_BODY + b'"}'), 413)
    is_problem(im.post(b'{"text":"' + b"a" * 3 * settings.API_MAX_BODY + b'"}'), 413)
    assert not Message.objects.exists()


def chunked(one: Pusher, body: bytes, *, terminated: bool = True) -> Any:
    environ: dict[str, Any] = {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": terminated,
    }
    return Client(raise_request_exception=False).generic("POST", ADDRESS, headers=one.headers, **environ)


def test_a_body_in_chunks_is_read_up_to_the_limit(im: Pusher, settings: Any) -> None:
    assert chunked(im, json.dumps(a_message()).encode()).status_code == 201
    is_problem(chunked(im, b" " * (settings.API_MAX_BODY + 1)), 413)
    is_problem(chunked(im, b"{}", terminated=False), 411)


def test_a_text_of_the_longest_length_is_taken(im: Pusher) -> None:
    assert im.post(a_message(text="Ж😀" * 25_000)).status_code == 201


# --- Who ---------------------------------------------------------------------------------------------------------------


def test_without_a_known_key_it_is_401(im: Pusher) -> None:
    long = "Bearer mcu_" + "a" * 5000
    tried = ["", "Bearer", "Bearer a b", "Basic bWN1Og==", "Bearer mcu_0_0", "Bearer mcu__", "Bearer \xff\xfe", long]
    for headers in ({}, *({"Authorization": header} for header in tried)):
        response = Client().post(ADDRESS, json.dumps(a_message()), content_type="application/json", headers=headers)
        is_problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_half_a_key_is_no_key(im: Pusher) -> None:
    im.key = im.key[:-1]
    is_problem(im.post(a_message()), 401)


def test_a_blocked_key_stops_at_once(im: Pusher, okt: Cast) -> None:
    assert im.post(a_message()).status_code == 201
    block_client(center=okt.center, name="Выгрузка", now=NOW)
    is_problem(im.post(a_message()), 401)


def test_the_key_of_a_closed_center_is_no_key(im: Pusher, okt: Cast) -> None:
    okt.center.closed_at = NOW
    okt.center.save()
    is_problem(im.post(a_message()), 401)


def test_a_source_that_the_key_is_not_bound_to_is_403(im: Pusher) -> None:
    body = is_problem(im.post(a_message(source="pos")), 403)
    assert "pos" in body["detail"]
    assert not Message.objects.exists()


def test_a_source_of_the_other_center_only_is_as_unknown_as_any(im: Pusher, kor: Cast) -> None:
    assert "source" in fields_of(im.post(a_message(source="portal")))


def test_a_closed_source_is_400(im: Pusher, okt: Cast) -> None:
    Source.objects.filter(center=okt.center, code="im").update(closed_at=NOW)
    assert "source" in fields_of(im.post(a_message()))


def test_the_use_of_a_key_is_noted_once_a_minute(im: Pusher) -> None:
    im.post(a_message())
    first = ApiKey.objects.get().last_used_at
    im.post(a_message())
    assert first is not None
    assert ApiKey.objects.get().last_used_at == first

    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    im.post(a_message())
    assert ApiKey.objects.get().last_used_at >= first  # type: ignore[operator]


def test_a_key_is_stored_hashed_and_shown_once(okt: Cast) -> None:
    client, key = create_client(center=okt.center, name="А", sources=["im"], now=NOW)
    kept = ApiKey.objects.get(client=client)
    assert key.rpartition("_")[2] not in json.dumps([kept.prefix, kept.hash])
    assert key.startswith(f"mcu_{kept.prefix}_")


def test_a_client_needs_a_free_name_and_known_sources(okt: Cast) -> None:
    create_client(center=okt.center, name="А", sources=["im"], now=NOW)
    with pytest.raises(Conflict):
        create_client(center=okt.center, name=" А ", sources=["im"], now=NOW)
    for sources in ([], ["нет"]):
        with pytest.raises(Invalid):
            create_client(center=okt.center, name="Б", sources=sources, now=NOW)
    with pytest.raises(NotFound):
        block_client(center=okt.center, name="В", now=NOW)


def test_the_commands_make_and_block_a_client(okt: Cast) -> None:
    out, said = io.StringIO(), io.StringIO()
    sources = ["--source", "pos", "--source", "im"]
    call_command("create_client", "--center", "oktyabrsky", "--name", "ПОС", *sources, stdout=out, stderr=said)
    key = out.getvalue().strip()
    one = Pusher(ApiClient.objects.get(), key)
    assert one.post(a_message()).status_code == 201
    assert "im, pos" in said.getvalue()

    call_command("block_client", center="oktyabrsky", name="ПОС", stdout=out)
    assert one.post(a_message()).status_code == 401
    for refusal, command, center, name, *sources in (
        ("Центра «нет» нет", "create_client", "нет", "А", "--source", "im"),
        ("ПОС", "create_client", "oktyabrsky", "ПОС", "--source", "im"),
        ("Центра «нет» нет. Есть: korsakovsky, oktyabrsky.", "block_client", "нет", "ПОС"),
        ("В Центре «oktyabrsky» нет клиента «А». Есть: «ПОС».", "block_client", "oktyabrsky", "А"),
        ("В Центре «oktyabrsky» нет клиента «А». Есть: «ПОС».", "rotate_client", "oktyabrsky", "А"),
    ):
        with pytest.raises(CommandError, match=re.escape(refusal)):
            call_command(command, "--center", center, "--name", name, *sources)


# --- Reading back ------------------------------------------------------------------------------------------------------


def test_a_client_reads_state_and_terms_and_the_answer_once_sent(im: Pusher, okt: Cast) -> None:
    number = im.post(a_message()).json()["number"]
    body = im.get(number).json()
    assert body["number"] == number
    assert (body["source"], body["external_id"]) == ("im", "ИМ-1")
    assert body["answer"] is None

    message = Message.objects.get()
    Reply.objects.create(message=message, version=1, text="Черновик.", saved_at=NOW)
    assert im.get(number).json()["answer"] is None
    Reply.objects.create(
        message=message, version=2, text="Фонари горят.", saved_at=NOW, posted_at=NOW, recorded_at=NOW, url="https://vk.com/w"
    )
    Reply.objects.create(message=message, version=3, text="После возобновления.", saved_at=NOW)
    answer = im.get(number).json()["answer"]
    assert answer["text"] == "Фонари горят."
    assert datetime.fromisoformat(answer["answered_at"]) == NOW
    assert answer["url"] == "https://vk.com/w"


def test_a_client_reads_only_what_it_pushed_itself(im: Pusher, okt: Cast, kor: Cast) -> None:
    number = im.post(a_message()).json()["number"]
    by_hand = okt.message("im").number
    twin = pusher(okt.center, "im", name="Вторая")
    foreign = pusher(kor.center, "im")

    assert im.get(number).status_code == 200
    for one, asked in ((im, by_hand), (twin, number), (foreign, number), (im, "ОКТ-2026-999999"), (im, "х" * 500)):
        is_problem(one.get(asked), 404)


def test_a_client_that_lost_a_source_no_longer_reads_it(im: Pusher) -> None:
    number = im.post(a_message()).json()["number"]
    im.client.sources.set(Source.objects.filter(center=im.client.center, code="fz59"))
    is_problem(im.get(number), 404)


def test_a_strange_number_is_404(im: Pusher) -> None:
    for number in ("%00", "a%00b", "%ff%fe", "ОКТ-2026-000001%0a", "' or 1=1"):
        is_problem(Client(raise_request_exception=False).get(f"{ADDRESS}{number}/", headers=im.headers), 404)


def test_pushing_leaves_one_line_of_history_by_the_client(im: Pusher) -> None:
    im.post(a_message())
    event = MessageEvent.objects.get()
    assert (event.actor_kind, event.client) == ("client", im.client)
