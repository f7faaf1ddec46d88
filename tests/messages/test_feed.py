"""The changes feed as a program follows it: every change once, in order, whatever is committed late."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from blocks import actors
from blocks.models.programs import Scope
from messages.models import Change, Message
from messages.selectors import feed
from messages.services import approval, closing, reply
from messages.services.feed import number_changes
from messages.services.history import record
from messages.services.intake import IncomingMessage, take_in
from tests.cast import NOW, Cast
from tests.messages.pushing import Pusher, a_message, pusher
from tests.messages.scenes import ANSWER, IM, POS, Scene, bring

CHANGES = "/api/v1/changes/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def reader(cast: Cast, *sources: str, scope: Scope = Scope.READ_ALL, name: str = "Портал") -> Pusher:
    who = pusher(cast.center, *sources, name=name)
    who.client.scopes = [scope]
    who.client.save()
    return who


def read(who: Pusher, query: str = "") -> Any:
    return Client(raise_request_exception=False).get(f"{CHANGES}{query}", headers=who.headers)


# --- What a client is told -------------------------------------------------------------------------------------------


def test_the_way_of_a_case_is_told_step_by_step_with_its_answer(okt: Cast) -> None:
    who = reader(okt, "im")
    scene = bring(okt, IM, "closed")

    body = read(who).json()

    told = body["changes"]
    assert [row["what"] for row in told] == ["created", "assign", "start", "submit", "agree", "approve", "send", "close"]
    assert [row["state"] for row in told][-3:] == ["approved", "answered", "closed"]
    assert {row["number"] for row in told} == {scene.message.number}
    assert (told[0]["state"], told[0]["state_name"], told[0]["at"]) == ("received", "Поступило", "2026-11-18T10:00:00+05:00")
    sent = told[-2]["answer"]
    assert (sent["text"], sent["url"]) == (ANSWER, "https://vk.com/wall-1_1")
    assert sent["answered_at"].endswith("+05:00")
    assert told[-1]["outcome"] == "solved"
    assert (body["next"], body["more"]) == (told[-1]["position"], False)
    assert read(who, f"?after={body['next']}").json() == {"changes": [], "next": body["next"], "more": False}


def test_an_answer_given_anew_is_told_with_its_own_text(okt: Cast) -> None:
    who = reader(okt, "im")
    scene = bring(okt, IM, "answered")
    scene.act(closing.reopen, "im", reason="Фонари погасли снова.")
    scene.draft("Фонари заменены новыми.", base=1)
    scene.submit()
    scene.act(approval.agree, "roads_curator", version=2, completeness=2)
    scene.act(approval.approve, "head", version=2)
    scene.send()
    answers = [row["answer"]["text"] for row in read(who).json()["changes"] if row["what"] == "send"]
    assert answers == [ANSWER, "Фонари заменены новыми."]


def test_the_same_text_sent_again_is_told_again(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    scene.act(closing.reopen, "im", reason="Заявитель не получил ответа.")
    scene.act(reply.start, "roads")
    for step in ("submit", "agree", "approve", "send"):
        getattr(scene, step)()
    answers = [row["answer"]["text"] for row in read(reader(okt, "im")).json()["changes"] if row["what"] == "send"]
    assert answers == [ANSWER, ANSWER]


def test_who_pushed_reads_its_own_and_who_reads_all_reads_without_contacts(okt: Cast) -> None:
    mine, other = pusher(okt.center, "im", name="Моя"), pusher(okt.center, "im", "pos", name="Чужая")
    everything = reader(okt, "im")
    for who, number in ((mine, "1"), (other, "2"), (other, "3")):
        assert who.post(a_message(external_id=number)).status_code == 201
    assert other.post(a_message(source="pos", external_id="4")).status_code == 201
    scene = Scene(okt, IM, Message.objects.get(external_id="1"), NOW)
    for step in ("assign", "draft"):
        getattr(scene, step)()

    def numbers(who: Pusher) -> list[str]:
        return [row["external_id"] for row in read(who).json()["changes"]]

    assert numbers(mine) == ["1", "1", "1"]
    assert numbers(other) == ["2", "3", "4"]
    assert sorted(numbers(everything)) == ["1", "1", "1", "2", "3"]


def test_contacts_in_an_answer_are_shown_to_whom_the_case_came_from_only(okt: Cast) -> None:
    mine, everything = pusher(okt.center, "im", name="Моя"), reader(okt, "im")
    mine.post(a_message())
    scene = Scene(okt, IM, Message.objects.get(), NOW)
    scene.assign()
    scene.draft("Мы позвонили Вам по номеру +7 912 345-67-89.")
    for step in ("submit", "agree", "approve", "send"):
        getattr(scene, step)()
    texts = [row["answer"]["text"] for who in (mine, everything) for row in read(who).json()["changes"] if "answer" in row]
    assert texts == ["Мы позвонили Вам по номеру +7 912 345-67-89.", "Мы позвонили Вам по номеру [телефон скрыт]."]


def test_a_source_taken_from_a_client_and_another_center_are_not_read(okt: Cast, kor: Cast) -> None:
    who = reader(okt, "im", "pos")
    bring(okt, IM, "received")
    bring(okt, POS, "received")
    bring(kor, IM, "received")
    assert len(read(who).json()["changes"]) == 2
    who.client.sources.remove(okt.source("im"))
    assert [row["source"] for row in read(who).json()["changes"]] == ["pos"]


def test_a_key_that_only_pushes_reads_nothing(okt: Cast) -> None:
    assert read(reader(okt, "im", scope=Scope.PUSH)).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?after=-1", "after"),
        ("?after=x", "after"),
        ("?after=", "after"),
        ("?after=٣", "after"),
        ("?after=9223372036854775808", "after"),
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=1&limit=2", "limit"),
        ("?since=5", "since"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(okt: Cast, query: str, field: str) -> None:
    response = read(reader(okt, "im"), query)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_beyond_the_end_there_is_nothing(okt: Cast) -> None:
    bring(okt, IM, "received")
    last = 2**63 - 1
    assert read(reader(okt, "im"), f"?after={last}").json() == {"changes": [], "next": last, "more": False}


def test_pages_of_any_size_cost_the_same(okt: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    who = reader(okt, "im", "pos", "other")
    bring(okt, IM, "answered")
    bring(okt, POS, "answered")
    assert number_changes() == Change.objects.count()
    for limit in (1, 1000):
        # The key three times (its state, itself, its sources), its use noted (first), new ones?, ids, rows, answers.
        with django_assert_max_num_queries(8):
            assert read(who, f"?limit={limit}&after={6 if limit == 1 else 0}").json()["changes"]
        # The use of the key is noted once a minute.
        who.client.keys.update(last_used_at=None)


# --- The order -------------------------------------------------------------------------------------------------------


def test_places_follow_one_another_and_stay(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    assert number_changes() == 2
    before = dict(Change.objects.values_list("pk", "position"))
    bring(okt, IM, "drafting")
    assert (number_changes(), number_changes()) == (3, 0)
    after = dict(Change.objects.values_list("pk", "position"))
    assert before.items() <= after.items()
    assert set(after.values()) == {1, 2, 3, 4, 5}


@pytest.mark.django_db(transaction=True)
def test_whatever_is_committed_late_each_change_is_read_once_and_each_cases_in_order(okt: Cast) -> None:
    """Eight writers leave their transactions open for a while; three followers and two who number read meanwhile."""
    who = reader(okt, "im").actor
    cases = [okt.message("im", text=f"Фонарь {number} не горит.") for number in range(12)]
    written, done = 8 * 12, threading.Event()

    def write(seed: int) -> None:
        for turn in range(12):
            with transaction.atomic():
                pk = cases[(seed * 5 + turn * 7) % len(cases)].pk
                case = Message.objects.select_for_update(no_key=True).get(pk=pk)
                record(message=case, code="interim", actor=okt.system, now=NOW)
                time.sleep((0, 0, 0.01, 0.05)[(seed + turn) % 4])
        connection.close()

    def follow(_: int) -> list[tuple[int, str, int]]:
        read: list[tuple[int, str, int]] = []
        place, last_look = 0, False
        while True:
            last_look = done.is_set()
            number_changes()
            page = feed.page(actor=who, after=place, limit=7, tz=okt.center.tz)
            read += [(row["position"], row["number"], row["position"]) for row in page.changes]
            place = page.next
            if last_look and not page.changes:
                connection.close()
                return read

    with ThreadPoolExecutor(12) as pool:
        followers = [pool.submit(follow, number) for number in range(3)]
        list(pool.map(write, range(8)))
        done.set()
        reads = [follower.result() for follower in followers]

    in_order = list(Change.objects.order_by("position").values_list("position", "message__number", "id"))
    assert [place for place, _, _ in in_order] == list(range(1, written + len(cases) + 1))
    for seen in reads:
        assert [(place, number) for place, number, _ in seen] == [(place, number) for place, number, _ in in_order]
    for case in cases:
        ids = [pk for _, number, pk in in_order if number == case.number]
        assert ids == sorted(ids)


def test_a_message_taken_in_is_told_at_once(okt: Cast) -> None:
    who = pusher(okt.center, "im")
    take_in(
        actor=actors.client(who.client),
        source=okt.source("im"),
        payload=IncomingMessage(external_id="1", text="Не горят фонари."),
        now=NOW,
    )
    assert [row["what"] for row in read(who).json()["changes"]] == ["created"]
