"""Health pages: what a watcher learns, and that they never ask more than they must."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from mcu import beats
from mcu.models import Heartbeat
from tests.cast import NOW as CAST_NOW
from tests.cast import Cast

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def test_healthz_answers_without_the_database(client: Client) -> None:
    answer = client.get("/healthz")  # a query would fail: this test has no right to the database
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert not answer.cookies


@pytest.mark.django_db
def test_readyz_is_in_order_while_sweeps_run(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Heartbeat.objects.create(name="sweep", at=NOW - timedelta(seconds=59))
    with time_machine.travel(NOW, tick=False), django_assert_num_queries(2):
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "database": {"ok": True},
        "redis": {"ok": True},
        "sweep": {"ok": True, "age_seconds": 59},
    }
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("age", [None, timedelta(minutes=5, seconds=1), timedelta(minutes=-1, seconds=-1)])
def test_readyz_tells_that_sweeps_stopped_or_that_a_clock_is_wrong(client: Client, age: timedelta | None) -> None:
    if age:
        Heartbeat.objects.create(name="sweep", at=NOW - age)
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["sweep"]["ok"] is False


@pytest.mark.django_db
def test_readyz_tells_that_redis_is_down_and_no_address(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["redis"] == {"ok": False, "error": "ConnectionError"}
    assert answer.json()["database"] == {"ok": True}


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), ""),
        (timedelta(seconds=-30), ""),  # clocks some seconds apart
        (timedelta(minutes=7), "Сроки не проверяются уже 7 мин:"),
        (timedelta(minutes=2811), "Сроки не проверяются уже 1 д 22 ч:"),
        (timedelta(minutes=-20), "Часы серверов расходятся"),
    ],
)
def test_every_page_says_that_terms_are_not_watched(client: Client, okt: Cast, age: timedelta, words: str) -> None:
    Heartbeat.objects.create(name="sweep", at=CAST_NOW - age)
    with time_machine.travel(CAST_NOW, tick=False):
        client.force_login(okt.people["roads"])
        page = client.get("/oktyabrsky/notices/").content.decode()
    assert ("banner--alarm" in page) == bool(words)
    assert words in page


def test_an_older_moment_never_takes_a_newer_heartbeat_back(db: None) -> None:
    for moment in (NOW, NOW + timedelta(minutes=2), NOW + timedelta(minutes=1)):
        beats.beat_forward("sweep", moment)
    assert Heartbeat.objects.get(name="sweep").at == NOW + timedelta(minutes=2)


def test_a_time_down_is_remembered_until_the_next(db: None) -> None:
    hour = timedelta(hours=1)
    beats.beat_forward("sweep", NOW)
    assert beats.outage(NOW + timedelta(minutes=1)) is None
    assert beats.outage(NOW + hour) == beats.Outage(NOW, NOW + hour)
    beats.beat_forward("sweep", NOW + hour)
    down = beats.outage(NOW + hour + timedelta(minutes=1))
    assert down == beats.Outage(NOW, NOW + hour)
    assert down.missed(NOW + hour / 2, NOW + hour)
    assert not down.missed(NOW, NOW + hour), "the sweep before it made that"
    assert not down.missed(NOW + hour - timedelta(minutes=5), NOW + hour), "in good time all the same"


def test_a_time_down_only_looked_at_is_not_kept(db: None) -> None:
    hour = timedelta(hours=1)
    beats.beat_forward("sweep", NOW)
    assert beats.outage(NOW + hour, keep=False) == beats.Outage(NOW, NOW + hour)
    assert Heartbeat.objects.get(name="sweep").data == {}


def test_everything_on_the_schedule_is_called_by_a_russian_name() -> None:
    assert set(beats.NAMES) == set(settings.CELERY_BEAT_SCHEDULE)
    assert all(not re.search("[A-Za-z]", name) for name in beats.NAMES.values())
