"""Programs and their keys: what each may, how keys are exchanged without a gap, limits, and how calls are counted."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.models import ApiClient, ApiClientEvent, ApiKey, ApiUsage, Center, Source
from blocks.models.programs import Scope
from blocks.services.clients import block_client, block_key, change_client, create_client, find_by_key, rotate
from blocks.services.usage import gather_usage
from mcu import tallies
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.cast import NOW, Cast

DAY = timedelta(days=1)
LISTS = "/api/v1/sources/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()
    tallies.set_aside("api")
    tallies.forget("api")


def make(okt: Cast, **said: Any) -> tuple[ApiClient, str]:
    return create_client(center=okt.center, sources=["im"], now=NOW, **{"name": "Портал", "actor": okt.actor("tech"), **said})


def call(key: str, address: str = LISTS) -> Any:
    return Client(raise_request_exception=False).get(address, headers={"Authorization": f"Bearer {key}"})


def test_a_program_is_made_with_what_it_may(okt: Cast) -> None:
    client, key = make(okt, scopes=["read_all", "push"], rate=60)
    assert (client.scopes, client.rate, client.created_by) == (["push", "read_all"], 60, okt.people["tech"])
    assert find_by_key(key, now=NOW) == client.keys.get()
    assert make(okt, name="Как раньше")[0].scopes == ["push", "read"]


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["all"]}, {"rate": 0}, {"rate": 10**9}, {"sources": ["нет"]}])
def test_what_makes_no_sense_is_refused(okt: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        create_client(**{"center": okt.center, "name": "Портал", "sources": ["im"], "now": NOW, **wrong})
    assert not ApiClient.objects.exists()


def test_keys_are_exchanged_without_a_gap(okt: Cast) -> None:
    client, old = make(okt)
    new = rotate(client=client, overlap=7 * DAY, now=NOW, actor=okt.actor("tech"))
    week = NOW + 7 * DAY
    for key, moment, works in (
        (old, NOW, True),
        (new, NOW, True),
        (old, week - DAY / 24, True),
        (old, week, False),
        (new, week, True),
    ):
        assert (find_by_key(key, now=moment) is not None) == works
    # A second exchange never lets an old key go on for longer than it was said the first time.
    rotate(client=client, overlap=30 * DAY, now=NOW + DAY)
    assert find_by_key(old, now=week) is None
    assert find_by_key(new, now=NOW + 31 * DAY) is None


def test_an_exchange_may_end_the_old_key_at_once_but_not_keep_it_for_ever(okt: Cast) -> None:
    client, old = make(okt)
    rotate(client=client, overlap=timedelta(0), now=NOW)
    assert find_by_key(old, now=NOW) is None
    for overlap in (91 * DAY, -DAY):
        with pytest.raises(Invalid):
            rotate(client=client, overlap=overlap, now=NOW)


def test_one_key_is_blocked_and_the_other_goes_on(okt: Cast, kor: Cast) -> None:
    tech = okt.actor("tech")
    client, old = make(okt)
    new = rotate(client=client, overlap=7 * DAY, now=NOW)
    first = ApiKey.objects.order_by("pk")[0]
    block_key(client=client, key_id=first.pk, now=NOW, actor=tech)
    block_key(client=client, key_id=first.pk, now=NOW, actor=tech)
    assert find_by_key(old, now=NOW) is None
    assert find_by_key(new, now=NOW) is not None
    other, _ = create_client(center=kor.center, name="Чужая", sources=["im"], now=NOW)
    with pytest.raises(NotFound):
        block_key(client=client, key_id=other.keys.get().pk, now=NOW, actor=tech)


def test_a_blocked_program_is_blocked_for_good(okt: Cast) -> None:
    client, key = make(okt)
    block_client(center=okt.center, name="Портал", now=NOW, actor=okt.actor("tech"))
    assert find_by_key(key, now=NOW) is None
    with pytest.raises(WrongState):
        rotate(client=client, overlap=DAY, now=NOW)
    with pytest.raises(WrongState):
        change_client(client=client, sources=["im"], scopes=["push"], rate=None, now=NOW, actor=okt.actor("tech"))


def test_rights_change_from_the_next_call_on(okt: Cast) -> None:
    client, key = make(okt)
    assert call(key, "/api/v1/changes/").status_code == 200
    change_client(client=client, sources=["pos"], scopes=["push"], rate=None, now=NOW, actor=okt.actor("tech"))
    assert call(key, "/api/v1/changes/").status_code == 403
    assert [source.code for source in ApiClient.objects.get().sources.all()] == ["pos"]


def test_a_key_is_read_once_and_anew_after_any_change(okt: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client, key = make(okt)

    def found() -> tuple[ApiClient, list[str]]:
        row = find_by_key(key, now=NOW)
        assert row is not None
        return row.client, [source.name for source in row.client.sources.all()]

    first = found()
    assert first == (client, [okt.source("im").name])
    with django_assert_num_queries(1):
        assert found() == first
    ApiClient.objects.update(rate=7)  # past every service
    assert found()[0].rate == 7
    Source.objects.filter(code="im").update(name="Иначе")
    assert found()[1] == ["Иначе"]
    client.sources.set([okt.source("pos")])
    assert found()[1] == [okt.source("pos").name]
    Center.objects.update(short="МЦУ")
    assert found()[0].center.short == "МЦУ"


def test_programs_are_kept_by_the_technical_role_of_their_center_only(okt: Cast, kor: Cast) -> None:
    client, _ = make(okt)
    for who in (okt.actor("head"), okt.actor("im"), kor.actor("tech")):
        with pytest.raises(NotAllowed):
            rotate(client=client, overlap=DAY, now=NOW, actor=who)
        with pytest.raises(NotAllowed):
            make(okt, name="Ещё", actor=who)
        with pytest.raises(NotAllowed):
            block_client(center=okt.center, name="Портал", now=NOW, actor=who)
    assert ApiKey.objects.count() == 1


def test_every_change_is_a_line_of_history_without_the_key(okt: Cast) -> None:
    tech = okt.actor("tech")
    client, key = make(okt)
    new = rotate(client=client, overlap=DAY, now=NOW, actor=tech)
    same: dict[str, Any] = {"sources": ["im"], "scopes": [Scope.PUSH, Scope.READ], "rate": None}
    change_client(client=client, **same, now=NOW, actor=tech)  # nothing has changed
    change_client(client=client, **(same | {"rate": 5}), now=NOW, actor=tech)
    block_key(client=client, key_id=ApiKey.objects.order_by("pk")[0].pk, now=NOW, actor=tech)
    block_client(center=okt.center, name="Портал", now=NOW, actor=None)
    rows = list(ApiClientEvent.objects.order_by("pk"))
    assert [row.kind for row in rows] == ["made", "rotated", "changed", "key_blocked", "blocked"]
    assert rows[2].data["after"] == {"sources": ["im"], "scopes": ["push", "read"], "rate": 5}
    assert [row.by for row in rows] == [okt.people["tech"]] * 4 + [None]
    said = str([row.data for row in rows])
    assert not any(secret.split("_", 2)[2] in said for secret in (key, new))


def test_the_commands_make_and_exchange(okt: Cast) -> None:
    out = io.StringIO()
    options = {"center": okt.center.slug, "name": "Портал", "stdout": out, "stderr": io.StringIO()}
    call_command("create_client", source=["im"], scope=["read_all"], rate=30, **options)
    client = ApiClient.objects.get()
    assert (client.scopes, client.rate) == (["read_all"], 30)
    call_command("rotate_client", overlap=0, **options)
    old, new = out.getvalue().split()
    assert find_by_key(old, now=NOW + 3650 * DAY) is None
    assert find_by_key(new, now=NOW) is not None
    for wrong in ({"name": "Нет такой"}, {"overlap": 1000}, {"center": "нет"}):
        with pytest.raises(CommandError):
            call_command("rotate_client", **{**options, **wrong})


# --- Limits and counts -----------------------------------------------------------------------------------------------


def test_a_program_has_its_own_limit_and_is_told_what_is_left(okt: Cast) -> None:
    _, slow = make(okt, rate=2)
    _, other = make(okt, name="Другая")
    answers = [call(slow) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"2"}
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert 0 < int(answers[2]["RateLimit-Reset"]) <= 60
    assert call(other)["RateLimit-Limit"] == "6000"


def test_calls_are_counted_by_how_they_ended(okt: Cast) -> None:
    client, key = make(okt, rate=3)
    for address in (LISTS, LISTS, "/api/v1/messages/нет/", LISTS):
        call(key, address)
    call("mcu_nobody_knows")
    assert gather_usage() == 1
    assert gather_usage() == 0
    usage = ApiUsage.objects.get()
    assert (usage.client, usage.calls, usage.refused, usage.limited, usage.failed) == (client, 4, 1, 1, 0)
    cache.clear()
    call(key)
    gather_usage()
    usage.refresh_from_db()
    assert usage.calls == 5


def test_what_a_gatherer_that_died_left_is_gathered_by_the_next(okt: Cast) -> None:
    _, key = make(okt)
    call(key)
    assert tallies.set_aside("api")
    call(key)
    assert gather_usage() == 1
    assert gather_usage() == 1
    assert ApiUsage.objects.get().calls == 2


def test_without_redis_calls_are_served_and_not_counted(okt: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = make(okt)

    def away(*_: Any, **__: Any) -> Any:
        raise redis.ConnectionError("нет")

    monkeypatch.setattr("mcu.tallies.get_redis_connection", away)
    assert call(key).status_code == 200
    assert gather_usage() == 0
