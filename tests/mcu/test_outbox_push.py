"""Notices on devices: taken by a push service as a browser reads them, tried again, ended where a subscription is dead."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from socket import create_server
from time import monotonic

import pytest
from pytest_django import Settings

from mcu import webpush
from mcu.models import Outbox, PushDevice, User
from mcu.outbox import GIVE_UP_AFTER, Notice, Way, drain, put, troubles
from mcu.outside import Forbidden
from mcu.secret import vapid_key
from tests.cast import NOW
from tests.mcu.outside import PushService, push_service

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with push_service() as service:
        settings.PUSH_INSIDE = [service.host]
        yield service


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("ivanova", full_name="Иванова Анна Петровна")


def _allow(person: User, service: PushService, name: str = "one") -> PushDevice:
    given = service.subscription(name)
    return PushDevice.objects.create(user=person, endpoint=given["endpoint"], label="Chrome", created_at=NOW, **given["keys"])


def _put(person: User, key: str = "one", *, kind: str = "deadline_breach", urgent: bool = True) -> Outbox:
    notice = Notice(
        key=key,
        kind=kind,
        user_id=person.pk,
        subject="ОКТ-2026-000001: срок истёк",
        body="Слова, которых на устройстве нет.",
        path="/oktyabrsky/messages/ОКТ-2026-000001/",
        center_slug="oktyabrsky",
        urgent=urgent,
    )
    put([notice], now=NOW)
    return Outbox.objects.get(key=key)


def test_a_device_shows_number_and_subject_and_nothing_else(person: User, service: PushService, settings: Settings) -> None:
    device = _allow(person, service)
    row = _put(person)
    assert drain(now=NOW) == 1
    assert drain(now=NOW + MINUTE) == 0
    [pushed] = service.taken
    assert service.read(pushed) == {
        "title": "МЦУ",
        "body": "ОКТ-2026-000001: срок истёк",
        "url": f"/oktyabrsky/notices/{row.pk}/",
        "tag": f"notice-{row.pk}",
    }
    assert (pushed.path, pushed.headers["Urgency"], pushed.headers["TTL"]) == ("/push/one", "high", "43200")
    token, key = (part.split("=", 1)[1] for part in pushed.headers["Authorization"].removeprefix("vapid ").split(","))
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == f"http://{service.host}"
    assert key == webpush.public_key()
    row.refresh_from_db()
    assert (row.pushed_at, row.push_try_at, row.push_attempts, row.push_error) == (NOW, None, 1, "")
    assert (row.sent_at, row.attempts) == (None, 0)  # the letter's state is its own
    device.refresh_from_db()
    assert device.pushed_at == NOW


def test_without_a_device_nothing_is_pushed(person: User, service: PushService) -> None:
    assert _put(person).by_push is False
    assert drain(now=NOW) == 0
    assert service.taken == []


def test_every_device_of_the_person_is_told(person: User, service: PushService) -> None:
    for name in ("one", "two"):
        _allow(person, service, name)
    _put(person)
    assert drain(now=NOW) == 1
    assert sorted(pushed.path for pushed in service.taken) == ["/push/one", "/push/two"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_subscription_is_removed_and_nothing_waits_for_it(person: User, service: PushService, status: int) -> None:
    _allow(person, service)
    row = _put(person)
    service.status = status
    assert drain(now=NOW) == 0
    assert not PushDevice.objects.exists()
    row.refresh_from_db()
    assert (row.by_push, row.push_try_at) == (False, None)
    assert "заново" in row.push_error
    assert troubles().rows == ()


def test_a_service_that_refuses_is_asked_again_and_listed(person: User, service: PushService) -> None:
    _allow(person, service)
    row = _put(person)
    service.status = 429
    assert drain(now=NOW) == 0
    row.refresh_from_db()
    assert (row.push_attempts, row.push_try_at) == (1, NOW + MINUTE)
    assert row.push_error == f"{service.host}: ответ 429"
    [trouble] = troubles("oktyabrsky").rows
    assert (trouble.way, trouble.attempts, trouble.error) == (Way.PUSH, 1, row.push_error)
    service.status = 201
    assert drain(now=NOW + MINUTE) == 1


def test_one_service_that_is_down_does_not_hold_the_others(person: User, service: PushService, settings: Settings) -> None:
    with closing(create_server(("127.0.0.1", 0))) as nobody:
        port = nobody.getsockname()[1]  # accepts and never answers
        settings.PUSH_INSIDE = [service.host, f"127.0.0.1:{port}"]
        sleepy = [User.objects.create_user(f"sleepy{number}", full_name="Сонный") for number in range(3)]
        for number, one in enumerate(sleepy):
            keys = service.subscription()["keys"]
            endpoint = f"http://127.0.0.1:{port}/{number}"
            PushDevice.objects.create(user=one, endpoint=endpoint, label="Chrome", created_at=NOW, **keys)
            _put(one, f"sleepy{number}")
        _allow(person, service)
        _put(person, "awake")
        began = monotonic()
        assert drain(now=NOW, ways=[Way.PUSH]) == 1
        assert monotonic() - began < 2 * webpush.SECONDS
    rows = list(Outbox.objects.filter(key__startswith="sleepy").order_by("key"))
    assert [row.push_attempts for row in rows] == [1, 0, 0]
    assert all(row.push_try_at == NOW + MINUTE for row in rows)


def test_after_many_tries_it_is_given_up_and_stays_listed(person: User, service: PushService) -> None:
    _allow(person, service)
    row = _put(person)
    service.status = 500
    Outbox.objects.update(push_attempts=GIVE_UP_AFTER - 1)
    assert drain(now=NOW) == 0
    row.refresh_from_db()
    assert row.push_try_at is None
    assert troubles().given_up == {"email": 0, "push": 1}


# --- Addresses that must not be called ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.com/1",
        "https://127.0.0.1/1",
        "https://10.0.0.5/1",
        "https://192.168.1.1:8443/1",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/1",
        "https://[::ffff:10.0.0.1]/1",
        "https://localhost/1",
        "https://intranet/1",
        "https://user:pass@push.example.com/1",
        "https://push.example.com:99999/1",
        "ftp://push.example.com/1",
        "not an address",
        "https://push.example.com/" + "x" * 1000,
    ],
)
def test_a_subscription_with_such_an_address_is_refused(service: PushService, endpoint: str) -> None:
    with pytest.raises(webpush.BadSubscription):
        webpush.read_subscription({**service.subscription(), "endpoint": endpoint})


def test_a_name_that_leads_inside_is_not_called(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checked when calling too: what a name means may have changed since the person allowed notices."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.5", 443))])
    with pytest.raises(Forbidden):
        webpush.send({**service.subscription(), "endpoint": "https://push.example.com/1"}, b"{}", ttl=60, urgent=False)


@pytest.mark.parametrize("given", [None, [], "x", {}, {"endpoint": "https://push.example.com/1"}, {"endpoint": 1, "keys": {}}])
def test_what_is_no_subscription_is_refused(given: object) -> None:
    with pytest.raises(webpush.BadSubscription):
        webpush.read_subscription(given)


@pytest.mark.parametrize(
    "keys", [{}, {"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "я", "auth": "я"}, {"p256dh": 1, "auth": 2}]
)
def test_keys_that_are_none_are_refused(service: PushService, keys: dict[str, object]) -> None:
    with pytest.raises(webpush.BadSubscription):
        webpush.read_subscription(
            {**service.subscription(), "keys": {**service.subscription()["keys"], **keys} if keys else {}}
        )


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    var = tmp_path_factory.mktemp("данные")
    key = vapid_key(var)
    assert vapid_key(var) == key
    assert len(base64.urlsafe_b64decode(key + "=")) == 32
    assert (var / "vapid_key").stat().st_mode & 0o777 == 0o600
