"""What a client reads: its own messages, all of its sources without anybody's contacts, lists, editions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from blocks.models import ApiClient, Scope, Topic
from mcu.clock import utc_now
from messages.models import Message
from tests.cast import Cast
from tests.messages.pushing import ADDRESS, Pusher, a_message, pusher
from tests.messages.scenes import IM, Scene

PERSONAL = "Позвоните мне: 8 904 123-45-67, mail@example.org. Не горят фонари."


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def im(okt: Cast) -> Pusher:
    return pusher(okt.center, "im", "fz59")


def with_scopes(one: Pusher, *scopes: Scope) -> Pusher:
    ApiClient.objects.filter(pk=one.client.pk).update(scopes=[str(scope) for scope in scopes])
    one.client.refresh_from_db()
    return one


def taken(one: Pusher, **said: Any) -> Message:
    response = one.post(a_message(**said))
    assert response.status_code == 201, response.content
    return Message.objects.select_related("center", "source").get(number=response.json()["number"])


def listed(one: Pusher, query: str = "") -> list[str]:
    response = one.call("GET", f"messages/{query}")
    assert response.status_code == 200, response.content
    return [item["external_id"] for item in response.json()["items"]]


# --- Scopes ------------------------------------------------------------------------------------------------------------


def test_a_key_that_only_reads_changes_nothing(im: Pusher) -> None:
    number = taken(im).number
    with_scopes(im, Scope.READ)
    assert im.get(number).status_code == 200
    for method, address in (
        ("POST", "messages/"),
        ("PATCH", f"messages/{number}/"),
        ("POST", f"messages/{number}/satisfaction/"),
    ):
        assert im.call(method, address, {}).status_code == 403


def test_a_key_that_only_pushes_reads_nothing_back(im: Pusher) -> None:
    number = taken(im).number
    with_scopes(im, Scope.PUSH)
    assert im.post(a_message(external_id="ИМ-2")).status_code == 201
    for address in (f"messages/{number}/", "messages/", f"messages/{number}/attachments/"):
        assert im.call("GET", address).status_code == 403


def test_who_reads_all_sees_no_contacts_of_what_others_brought(im: Pusher, okt: Cast) -> None:
    body = a_message(text=PERSONAL, url="https://vk.com/id1", applicant={"name": "Петрова Мария", "phone": "89041234567"})
    number = im.post(body).json()["number"]
    curious = with_scopes(pusher(okt.center, "im", name="Аналитика"), Scope.READ_ALL)

    own, foreign = im.get(number).json(), curious.get(number).json()
    assert own["text"] == PERSONAL
    assert own["url"] == "https://vk.com/id1"
    assert "904" not in foreign["text"]
    assert "mail@" not in foreign["text"]
    assert "фонари" in foreign["text"]
    assert foreign["url"] == ""
    assert "Петрова" not in str(own) + str(foreign)
    assert curious.call("GET", "messages/").json()["items"] == [foreign]
    assert curious.call("GET", f"messages/{number}/attachments/").status_code == 404
    assert curious.call("PATCH", f"messages/{number}/", {}).status_code == 403


def test_reading_all_ends_at_the_clients_sources_and_its_center(im: Pusher, okt: Cast, kor: Cast) -> None:
    number = taken(im, source="fz59").number
    for other in (pusher(okt.center, "im", name="Аналитика"), pusher(kor.center, "im")):
        with_scopes(other, Scope.READ_ALL)
        assert other.get(number).status_code == 404
        assert listed(other) == []


# --- The list ----------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_gaps_or_repeats(im: Pusher) -> None:
    for day in range(1, 8):
        taken(im, external_id=f"d{day}", received_at=f"2026-11-0{day}T10:00:00+05:00")
    taken(im, external_id="d4-twin", received_at="2026-11-04T10:00:00+05:00")
    seen, cursor = [], ""
    while cursor is not None:
        page = im.call("GET", f"messages/?limit=3{cursor and f'&cursor={cursor}'}").json()
        seen += [item["external_id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == ["d7", "d6", "d5", "d4-twin", "d4", "d3", "d2", "d1"]


def test_filters_narrow_the_list(im: Pusher, okt: Cast) -> None:
    first = taken(im, external_id="a", received_at="2026-11-01T10:00:00+05:00")
    taken(im, external_id="b", source="fz59", received_at="2026-11-10T10:00:00+05:00")
    Scene(okt, IM, first, utc_now()).assign()
    assert listed(im) == ["b", "a"]
    assert listed(im, "?source=fz59") == ["b"]
    assert listed(im, "?state=assigned") == ["a"]
    assert listed(im, "?regime=appeal") == ["b"]
    assert listed(im, "?external_id=a") == ["a"]
    assert listed(im, "?external_id=a&source=fz59") == []
    assert listed(im, "?received_from=2026-11-10") == ["b"]
    assert listed(im, "?received_to=2026-11-10T00:00:00%2B05:00") == ["a"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?stat=received", "stat"),
        ("?state=nowhere", "state"),
        ("?state=", "state"),
        ("?source=pos", "source"),
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?limit=٣", "limit"),
        ("?limit=1e2", "limit"),
        ("?cursor=zzz", "cursor"),
        ("?cursor=%00", "cursor"),
        ("?received_from=завтра", "received_from"),
        ("?received_to=9999-12-31T23:59:59-23:59", "received_to"),
        ("?external_id=%00", "external_id"),
        ("?limit=1&limit=2", "limit"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(im: Pusher, query: str, field: str) -> None:
    response = im.call("GET", f"messages/{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_a_page_costs_the_same_however_long_it_is(im: Pusher, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(12):
        taken(im, external_id=f"n{number}", source="fz59", topic="x")
    listed(im)
    with django_assert_max_num_queries(7):
        assert len(listed(im, "?limit=12")) == 12


# --- Editions ------------------------------------------------------------------------------------------------------------


def test_a_message_that_did_not_change_is_304(im: Pusher, okt: Cast) -> None:
    message = taken(im)
    address = f"messages/{message.number}/"
    etag = im.call("GET", address)["ETag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        response = im.call("GET", address, headers={"If-None-Match": known})
        assert response.status_code == 304
        assert response.content == b""
        assert response["ETag"] == etag
    Scene(okt, IM, message, utc_now()).assign()
    response = im.call("GET", address, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response["ETag"] != etag


def test_lists_of_the_center_come_once(im: Pusher, okt: Cast) -> None:
    for name, code in (("topics", Topic.objects.filter(center=okt.center).first()), ("settlements", None), ("sources", None)):
        first = im.call("GET", f"{name}/")
        assert first.status_code == 200
        rows = first.json()["items"]
        assert rows
        assert code is None or code.code in {row["code"] for row in rows}
        assert im.call("GET", f"{name}/", headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert im.call("GET", f"{name}/?page=2").status_code == 400
    assert {row["code"] for row in im.call("GET", "sources/").json()["items"]} == {"im", "fz59"}
    assert {"code", "name", "block", "classifier_code", "fast_track"} == set(im.call("GET", "topics/").json()["items"][0])


def test_lists_need_a_key() -> None:
    assert Client().get(ADDRESS).status_code == 401
