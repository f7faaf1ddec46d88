"""Many messages by one call: each as it would be taken in alone, and one bad one stops nobody."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.models import Source
from messages.api import bulk_body, plain
from messages.api.serializers import MessageIn
from messages.models import Change, Deadline, Message, MessageEvent, NumberSequence
from messages.services import intake_bulk
from messages.services.incoming import IncomingMessage
from messages.services.intake import take_in
from messages.services.intake_bulk import Landed, take_in_many
from tests.cast import NOW, Cast
from tests.messages.pushing import pusher

URL = "/api/v1/messages/bulk/"
JSON, LINES = "application/json", "application/x-ndjson"
TZ = ZoneInfo("Asia/Yekaterinburg")


def one(number: int, **said: Any) -> dict[str, Any]:
    return {"source": "im", "external_id": f"И-{number}", "text": f"Не горит фонарь {number}.", **said}


@pytest.fixture
def key(okt: Cast) -> str:
    return pusher(okt.center, "im", "pos").key


def push(key: str, items: Any, *, lines: bool = False, status: int = 200) -> dict[str, Any]:
    body = "\n".join(map(json.dumps, items)) if lines else items if isinstance(items, bytes) else json.dumps(items)
    answer = Client().post(URL, body, content_type=LINES if lines else JSON, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == status, answer.content.decode()[:500]
    said: dict[str, Any] = answer.json()
    return said


def statuses(said: dict[str, Any]) -> list[int]:
    return [item["status"] for item in said["items"]]


@pytest.mark.parametrize("lines", [False, True])
def test_each_becomes_a_whole_case_with_its_number_in_order(key: str, okt: Cast, *, lines: bool) -> None:
    said = push(
        key, [one(number, source="pos", topic="нет такой", address="ул. Ленина, 4") for number in range(5)], lines=lines
    )

    assert (said["created"], said["repeated"], said["refused"]) == (5, 0, 0)
    assert [item["number"] for item in said["items"]] == [f"ОКТ-2026-{number:06d}" for number in range(1, 6)]
    for message, item in zip(Message.objects.order_by("number"), said["items"], strict=True):
        assert (message.number, message.external_id) == (item["number"], item["external_id"])
        assert Deadline.objects.filter(message=message).exists()
        assert [event.code for event in MessageEvent.objects.filter(message=message)] == ["created"]
        assert Change.objects.filter(message=message, client=message.client_id).count() == 1


def test_a_bad_one_is_told_and_the_others_are_taken(key: str) -> None:
    items = [
        one(1),
        one(2, texte="опечатка"),
        one(3, text="   "),
        one(4, source="fz59"),
        one(5, source="нет"),
        ["не объект"],
        one(6, received_at="2200-01-01T00:00:00Z"),
        one(7),
        one(1, text="Другое."),
        one(7),
    ]
    said = push(key, items)

    assert statuses(said) == [201, 400, 400, 403, 400, 400, 400, 201, 409, 200]
    assert said["items"][1]["errors"][0]["field"] == "texte"
    assert [error["field"] for error in said["items"][6]["errors"]] == ["received_at"]
    assert said["items"][7]["number"] == said["items"][9]["number"] == "ОКТ-2026-000002"
    assert said["items"][0]["number"] in said["items"][8]["detail"]
    assert Message.objects.count() == 2


def test_the_same_body_again_makes_nothing_new(key: str) -> None:
    items = [one(number) for number in range(4)]
    first = push(key, items[:3])
    again = push(key, items)

    assert statuses(again) == [200, 200, 200, 201]
    assert [item["number"] for item in again["items"][:3]] == [item["number"] for item in first["items"]]
    assert Message.objects.count() == 4


def test_one_by_one_and_many_at_once_know_each_other(okt: Cast) -> None:
    payload = IncomingMessage(external_id="И-1", text="Не горит фонарь.\r\n\x07")
    alone = take_in(actor=okt.system, source=okt.source("im"), payload=payload, now=NOW)
    pushed = [(okt.source("im"), payload)]
    assert take_in_many(actor=okt.system, pushed=pushed, now=NOW) == [Landed(alone.message.number, created=False)]


def test_lines_that_cannot_be_read_are_told_alone(key: str) -> None:
    good = json.dumps(one(1)).encode()
    body = b"\n\n".join([good, b"{", b'{"text": "\xff"}', b'{"text": 1, "text": 2}', b'{"lat": NaN}', b"[" * 5000, b"1" * 5000])
    answer = Client().post(URL, body, content_type=LINES, headers={"authorization": f"Bearer {key}"}).json()
    assert statuses(answer) == [201, 400, 400, 400, 400, 400, 400]
    assert "«text» указано дважды" in answer["items"][3]["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"[1", b"[1,]", b"[1 2]", b"[] []", b"\xff", b"[" * 3000, b'["' + b"x" * 1_100_000 + b'"]']
)
def test_a_body_that_is_no_array_is_refused_whole(key: str, body: bytes) -> None:
    assert push(key, body, status=400)["status"] == 400
    assert not Message.objects.exists()


def test_nothing_in_is_nothing_out(key: str) -> None:
    assert push(key, []) == {"created": 0, "repeated": 0, "refused": 0, "items": []}


def test_more_than_the_limits_is_413_and_nothing_is_stored(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "5000" in push(key, b"[" + b",".join([b"1"] * 5001) + b"]", status=413)["detail"]
    monkeypatch.setattr(bulk_body, "BODY_MAX", 100)
    push(key, [one(1), one(2)], status=413)
    assert not Message.objects.exists()


def test_whatever_the_windows_cut_the_array_is_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    items: list[Any] = [one(number, lat=62.5, lon=-0.25, topic='[}\\",' * number) for number in range(9)]
    items += [12, "слово", None, []]
    text = json.dumps(items, ensure_ascii=False, indent=1)
    longest = max(len(json.dumps(item, ensure_ascii=False, indent=1)) for item in items) + 40
    for window in range(longest, longest + 60):
        monkeypatch.setattr(bulk_body, "_WINDOW", window)
        assert list(bulk_body._items(text)) == items


def test_a_key_that_only_reads_is_403(okt: Cast) -> None:
    key = pusher(okt.center, "im").key
    okt.center.api_clients.update(scopes=["read"])
    push(key, [one(1)], status=403)


def test_several_chunks_and_a_broken_one_among_them(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database itself refuses is left out alone, and the numbers have no gap."""
    monkeypatch.setattr(intake_bulk, "CHUNK", 4)
    source = okt.source("im")
    pushed = [(source, IncomingMessage(external_id=f"И-{number}", text="Яма.")) for number in range(10)]
    pushed[5] = (source, IncomingMessage(external_id="И" * 201, text="Яма."))  # the call itself would have refused it
    told = take_in_many(actor=okt.system, pushed=pushed, now=NOW)

    assert [isinstance(one, Landed) for one in told] == [number != 5 for number in range(10)]
    assert Message.objects.count() == NumberSequence.objects.get(year=2026).last == 9


def test_queries_do_not_grow_with_the_messages(key: str, okt: Cast) -> None:
    push(key, [one(0)])  # notes that the key is in use
    push(key, [one(1)])  # so it is read anew

    def asked(items: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            push(key, items)
        return len(captured)

    assert asked([one(number) for number in range(2, 40)]) == asked([one(number) for number in range(40, 200)]) <= 25


_words = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["", " ", "a\r\nb", "\x00", "\ud800", "im", "\t", "\x85", "\u2028"]),
    st.integers(),
    st.booleans(),
)
_wild: dict[str, st.SearchStrategy[Any]] = {
    "external_id": _words,
    "text": _words,
    "topic": _words,
    "address": st.one_of(_words, st.just("а" * 501)),
    "received_at": st.one_of(
        _words, st.sampled_from(["2026-11-16", "2026-11-16T09:30:00+05:00", "2026-11-16T09:30", " 2026-11-16T04:30:00Z ",
                    "0001-01-01T00:00+14:00"])
    ),
    "kind": st.one_of(_words, st.sampled_from(["appeal", "message"])),
    "control": st.one_of(_words, st.sampled_from(["photo", "glonass"])),
    "fast_track": _words,
    "lat": st.one_of(st.none(), st.floats(), st.integers(-200, 200), st.booleans(), st.just("1")),
    "lon": st.one_of(st.none(), st.floats(), st.integers(-200, 200)),
    "url": st.one_of(
        _words, st.sampled_from(["https://vk.com/wall-1_2", "http://a.b", "https://x.ru:99", "HTTP://X.RU", "https://x.ru/ё", "ftp://x.ru"])
    ),
    "applicant": st.one_of(
        _words,
        st.fixed_dictionaries(
            {}, optional={"name": _words, "email": st.one_of(_words, st.sampled_from(["a@b.ru", "a@b"])), "phone": _words,
                          "type": st.one_of(_words, st.sampled_from(["citizen", "foreigner"])), "x": _words}
        ),
    ),
    "x": _words,
}  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({}, optional=_wild), st.booleans())
def test_what_is_read_quickly_is_what_the_serializer_reads(said: dict[str, Any], whole: bool) -> None:
    item = {"source": "im", "external_id": "1", "text": "т", **said} if whole else said
    quick = plain.read(item, TZ)
    if quick is not None:
        incoming = MessageIn(data=item, context={"tz": TZ})
        assert incoming.is_valid(), incoming.errors
        assert quick == (incoming.validated_data["source"], incoming.payload())


def test_what_sources_usually_send_is_read_quickly() -> None:
    full = one(
        1,
        text="Не горят фонари.\r\nДом 4 😀",
        received_at="2026-11-16T09:30:00+05:00",
        kind="appeal",
        fast_track=False,
        topic="Освещение",
        settlement="пгт. Октябрьское",
        lat=62.5,
        lon=66,
        url="https://vk.com/wall-1_2451?reply=1",
        control="photo",
        applicant={"name": "Ёлкина М. И.", "email": "a@example.org", "phone": "+7 900", "type": "citizen"},
    )
    assert plain.read(full, TZ) is not None
    assert plain.read(one(1, external_id=2246), TZ) is not None


@pytest.mark.django_db(transaction=True)
def test_the_same_from_many_at_once_is_stored_once(okt: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_bulk, "CHUNK", 20)
    source = okt.source("im")
    source.center = okt.center
    told: list[Any] = []

    def work(shift: int) -> None:
        own = [(source, IncomingMessage(external_id=f"И-{(number + shift) % 100}", text="Яма.")) for number in range(100)]
        try:
            told.extend(take_in_many(actor=okt.system, pushed=own, now=NOW))
        finally:
            connection.close()

    crew = [threading.Thread(target=work, args=(shift,)) for shift in (0, 0, 30, 70)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()

    assert Counter((type(item), item.created) for item in told) == {(Landed, True): 100, (Landed, False): 300}
    assert Message.objects.count() == NumberSequence.objects.get(year=2026).last == 100
    assert Source.objects.get(pk=source.pk).messages.values("external_id").distinct().count() == 100
