"""Health pages: what a watcher learns, and that they never ask more than they must."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from mcu.models import Heartbeat

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
@pytest.mark.parametrize("age", [None, timedelta(minutes=5, seconds=1)])
def test_readyz_tells_that_sweeps_stopped(client: Client, age: timedelta | None) -> None:
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
