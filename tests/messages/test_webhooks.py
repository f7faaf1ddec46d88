"""Webhooks as a program meets them: every change in order and signed, again after a failure, never beside what is dead."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from socket import create_server
from time import monotonic
from typing import Any

import pytest
from django.conf import settings as product
from django.db import connection
from pytest_django import Settings

from blocks.models import ApiClientEvent, Webhook
from blocks.models.programs import Scope
from mcu.clock import utc_now
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound
from mcu.models import Outbox
from messages.models import Change, Message
from messages.services import webhook_delivery, webhooks
from messages.services.feed import number_changes
from messages.services.history import record
from tests.cast import NOW, Cast
from tests.mcu.outside import Pushed, PushService, push_service
from tests.messages.pushing import Pusher, pusher
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
SIDE_BY_SIDE = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(settings: Settings) -> Iterator[PushService]:
    """A program that listens on this machine, as one of the own network may."""
    with push_service() as service:
        service.status = 200
        settings.WEBHOOK_PRIVATE_HOSTS = [service.host]
        yield service


@pytest.fixture
def who(okt: Cast) -> Pusher:
    client = pusher(okt.center, "im", name="Портал")
    client.client.scopes = [Scope.READ_ALL]
    client.client.save()
    return client


def listen(okt: Cast, who: Pusher, service: PushService, path: str = "/mcu") -> Webhook:
    return webhooks.add(client=who.client, url=f"http://{service.host}{path}", actor=okt.actor("tech"), now=NOW)


def tell(now: datetime = NOW) -> int:
    return webhook_delivery.tell_webhooks(clock=lambda: now)


def changes(pushed: Pushed) -> list[tuple[str, str]]:
    body = json.loads(pushed.body)
    assert body["type"] == "changes"
    return [(row["number"], row["what"]) for row in body["changes"]]


def is_signed(pushed: Pushed, secret: str) -> bool:
    """As a receiver checks it by the Standard Webhooks scheme, written here anew."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{pushed.headers['Webhook-Id']}.{pushed.headers['Webhook-Timestamp']}.".encode() + pushed.body
    return pushed.headers["Webhook-Signature"] == "v1," + base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()


def test_changes_are_told_in_order_and_signed(okt: Cast, who: Pusher, portal: PushService) -> None:
    bring(okt, IM, "received")  # before it listened
    number_changes()
    hook = listen(okt, who, portal)
    scene = bring(okt, IM, "drafting")

    assert tell() == 1
    assert tell() == 0

    [pushed] = portal.taken
    number = scene.message.number
    assert changes(pushed) == [(number, "created"), (number, "assign"), (number, "start")]
    assert pushed.headers["Webhook-Timestamp"] == str(int(NOW.timestamp()))
    secret = webhooks.secret_of(hook)
    assert secret.startswith("whsec_")
    assert is_signed(pushed, secret)
    assert not is_signed(pushed, "whsec_" + base64.b64encode(b"other").decode())
    hook.refresh_from_db()
    assert (hook.position, hook.told_at, hook.attempts) == (Change.objects.count(), NOW, 0)


def test_a_long_feed_is_told_in_batches_with_nothing_twice(
    okt: Cast, who: Pusher, portal: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_delivery, "BATCH", 2)
    listen(okt, who, portal)
    bring(okt, IM, "closed")
    assert tell() == 4
    told = [what for pushed in portal.taken for _, what in changes(pushed)]
    assert told == ["created", "assign", "start", "submit", "agree", "approve", "send", "close"]
    assert len({pushed.headers["Webhook-Id"] for pushed in portal.taken}) == 4


def test_after_a_failure_the_same_is_told_again_later_under_the_same_name(okt: Cast, who: Pusher, portal: PushService) -> None:
    hook = listen(okt, who, portal)
    bring(okt, IM, "received")
    portal.status = 500
    assert tell() == 0
    hook.refresh_from_db()
    assert (hook.position, hook.attempts, hook.failing_since) == (0, 1, NOW)
    assert hook.next_try_at == NOW + timedelta(seconds=10)
    assert "500" in hook.error
    assert tell(NOW + timedelta(seconds=5)) == 0
    assert len(portal.taken) == 1

    portal.status = 204
    assert tell(NOW + timedelta(seconds=10)) == 1
    first, again = portal.taken
    assert (first.body, first.headers["Webhook-Id"]) == (again.body, again.headers["Webhook-Id"])
    hook.refresh_from_db()
    assert (hook.attempts, hook.failing_since, hook.error) == (0, None, "")


@pytest.mark.parametrize(("status", "words"), [(302, "переадресацией"), (404, "404"), (199, "199")])
def test_only_two_hundreds_are_success(okt: Cast, who: Pusher, portal: PushService, status: int, words: str) -> None:
    hook = listen(okt, who, portal)
    bring(okt, IM, "received")
    portal.status = status
    assert tell() == 0
    hook.refresh_from_db()
    assert words in hook.error
    assert len(portal.taken) == 1


def test_after_three_days_it_is_disabled_told_of_and_goes_on_from_its_place(
    okt: Cast, who: Pusher, portal: PushService
) -> None:
    hook = listen(okt, who, portal)
    scene = bring(okt, IM, "received")
    portal.status = 503
    now = NOW
    for _ in range(100):
        tell(now)
        hook.refresh_from_db()
        if hook.disabled_at is not None:
            break
        now = hook.next_try_at
    assert hook.disabled_at is not None
    assert timedelta(days=3) <= hook.disabled_at - NOW <= timedelta(days=3, hours=1)
    notice = Outbox.objects.get(user=okt.people["tech"], kind="webhook_disabled")
    assert "Портал" in notice.subject
    assert notice.path.endswith(f"/settings/clients/{who.client.pk}/")
    tell(now + timedelta(days=1))
    calls = len(portal.taken)

    portal.status = 200
    scene.assign()
    webhooks.enable(client=who.client, webhook_id=hook.pk, actor=okt.actor("tech"), now=now)
    assert tell(now) == 1
    assert len(portal.taken) == calls + 1
    assert [what for _, what in changes(portal.taken[-1])] == ["created", "assign"]


def test_days_in_which_we_ourselves_stood_still_do_not_disable_it(okt: Cast, who: Pusher, portal: PushService) -> None:
    hook = listen(okt, who, portal)
    bring(okt, IM, "received")
    portal.status = 500
    tell()
    tell(NOW + timedelta(days=5))
    hook.refresh_from_db()
    assert (hook.disabled_at, hook.attempts) == (None, 2)


@SIDE_BY_SIDE
def test_one_that_never_answers_holds_nobody_back(
    okt: Cast, who: Pusher, portal: PushService, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS", 1.5)
    with closing(create_server(("127.0.0.1", 0))) as nobody:
        silent = f"127.0.0.1:{nobody.getsockname()[1]}"
        settings.WEBHOOK_PRIVATE_HOSTS = [portal.host, silent]
        for number in range(2):
            webhooks.add(client=who.client, url=f"http://{silent}/{number}", actor=okt.actor("tech"), now=NOW)
        hook = listen(okt, who, portal)
        bring(okt, IM, "received")
        began = monotonic()
        taken: list[float] = []
        watch = threading.Thread(target=lambda: _wait_for(portal, taken, began))
        watch.start()
        assert tell() == 1
        watch.join()
    assert [moment < 1.4 for moment in taken] == [True]
    assert monotonic() - began < 4
    hook.refresh_from_db()
    assert hook.told_at == NOW
    errors = Webhook.objects.exclude(pk=hook.pk).values_list("error", flat=True)
    assert [error[:10] for error in errors] == ["Не ответил"] * 2


def _wait_for(portal: PushService, taken: list[float], began: float) -> None:
    wait = threading.Event()
    while monotonic() - began < 5:
        if portal.taken:
            taken.append(monotonic() - began)
            return
        wait.wait(0.02)


@SIDE_BY_SIDE
def test_two_workers_at_once_tell_each_change_once(okt: Cast, who: Pusher, portal: PushService) -> None:
    listen(okt, who, portal)
    listen(okt, who, portal, "/second")
    bring(okt, IM, "drafting")
    number_changes()
    workers = [threading.Thread(target=_tell_in_thread) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(pushed.path for pushed in portal.taken) == ["/mcu", "/second"]


def _tell_in_thread() -> None:
    try:
        tell()
    finally:
        connection.close()


def test_what_changed_meanwhile_by_hand_is_not_overwritten(
    okt: Cast, who: Pusher, portal: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched off while a call is under way: the call's result does not switch it on again."""
    hook = listen(okt, who, portal)
    bring(okt, IM, "received")
    call = webhooks.call

    def switched_off(*args: Any) -> str:
        webhooks.disable(client=who.client, webhook_id=hook.pk, actor=okt.actor("tech"), now=NOW)
        return call(*args)

    monkeypatch.setattr(webhooks, "call", switched_off)
    tell()
    hook.refresh_from_db()
    assert (hook.disabled_at, hook.position) == (NOW, 0)


def test_what_a_killed_worker_had_taken_is_told_by_another(
    okt: Cast, who: Pusher, portal: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(okt, who, portal)
    bring(okt, IM, "received")

    def killed(*_: Any) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "call", killed)
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert tell(NOW + timedelta(minutes=1)) == 0
    assert tell(NOW + webhook_delivery.CLAIMED_FOR) == 1


def test_a_blocked_program_is_told_nothing(okt: Cast, who: Pusher, portal: PushService) -> None:
    listen(okt, who, portal)
    bring(okt, IM, "received")
    who.client.blocked_at = NOW
    who.client.save()
    assert tell() == 0
    assert portal.taken == []


def test_what_is_not_the_programs_is_passed_over(okt: Cast, portal: PushService) -> None:
    mine = pusher(okt.center, "im", name="Своё")
    hook = listen(okt, mine, portal)
    bring(okt, IM, "closed")
    assert tell() == 0
    hook.refresh_from_db()
    assert hook.position == Change.objects.count()
    case = Message.objects.create(**_like(Message.objects.get()), client=mine.client)
    record(message=case, code="created", actor=okt.system, now=NOW)
    assert tell(NOW + timedelta(minutes=1)) == 1
    assert changes(portal.taken[0]) == [(case.number, "created")]


def _like(message: Message) -> dict[str, Any]:
    kept = ("center", "source", "regime", "text", "received_at", "created_at", "changed_at", "next_due_at")
    return {name: getattr(message, name) for name in kept} | {"number": "ОКТ-2026-999999"}


def test_what_the_description_tells_receivers_to_check_holds(okt: Cast, who: Pusher, portal: PushService) -> None:
    words = (Path(product.BASE_DIR) / "docs" / "client.md").read_text()
    [code] = [part.split("```")[0] for part in words.split("```python")[1:] if "def is_from_the_center" in part]
    made: dict[str, Any] = {}
    exec(code, made)  # noqa: S102 - our own page
    secret = webhooks.secret_of(listen(okt, who, portal))
    bring(okt, IM, "received")
    assert tell(utc_now()) == 1
    [pushed] = portal.taken
    genuine = made["is_from_the_center"]
    assert genuine(secret, pushed.headers, pushed.body)
    assert not genuine(secret, pushed.headers, pushed.body + b" ")
    assert not genuine(secret, {**pushed.headers, "Webhook-Id": "other"}, pushed.body)
    assert not genuine(secret, pushed.headers, pushed.body, patience=-1)


# --- Keeping them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example.ru/",
        "https://10.0.0.1/",
        "https://localhost/",
        "ftp://a.example.ru/",
        "портал",
        "https://",
        "https://a b.ru/",
    ],
)
def test_an_address_that_must_not_be_called_is_not_added(okt: Cast, who: Pusher, url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        webhooks.add(client=who.client, url=url, actor=okt.actor("tech"), now=NOW)
    assert set(refusal.value.fields) == {"url"}
    assert not Webhook.objects.exists()


def test_a_name_that_leads_inside_is_refused_in_the_form_unless_it_is_allowed(
    okt: Cast, who: Pusher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcu.outside.socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.5", 443))])
    tech = okt.actor("tech")
    with pytest.raises(Invalid, match="внутренней сети"):
        webhooks.add(client=who.client, url="https://portal.example.ru/", actor=tech, now=NOW)
    settings.WEBHOOK_PRIVATE_HOSTS = ["portal.example.ru", "bus"]
    for url in ("https://portal.example.ru/", "https://bus/in", "http://bus/in"):
        assert webhooks.add(client=who.client, url=url, actor=tech, now=NOW).url == url


def test_a_name_that_turned_to_the_inside_is_not_called(
    okt: Cast, who: Pusher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = []
    hook = webhooks.add(client=who.client, url="https://portal.example.ru/", actor=okt.actor("tech"), now=NOW)
    bring(okt, IM, "received")
    monkeypatch.setattr("mcu.outside.socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.5", 443))])
    assert tell() == 0
    hook.refresh_from_db()
    assert "внутренней сети" in hook.error


def test_adding_twice_too_many_without_the_right_or_by_others(okt: Cast, kor: Cast, who: Pusher) -> None:
    tech = okt.actor("tech")
    first = webhooks.add(client=who.client, url="https://portal.example.ru/0", actor=tech, now=NOW)
    with pytest.raises(Conflict):
        webhooks.add(client=who.client, url="https://portal.example.ru/0", actor=tech, now=NOW)
    for number in range(1, webhooks.MOST_OF_ONE):
        webhooks.add(client=who.client, url=f"https://portal.example.ru/{number}", actor=tech, now=NOW)
    with pytest.raises(Invalid):
        webhooks.add(client=who.client, url="https://portal.example.ru/more", actor=tech, now=NOW)
    for stranger in (okt.actor("head"), kor.actor("tech")):
        with pytest.raises(NotAllowed):
            webhooks.remove(client=who.client, webhook_id=first.pk, actor=stranger, now=NOW)
    other = pusher(okt.center, "im", name="Только передаёт")
    other.client.scopes = [Scope.PUSH]
    with pytest.raises(Invalid):
        webhooks.add(client=other.client, url="https://portal.example.ru/0", actor=tech, now=NOW)
    with pytest.raises(NotFound):
        webhooks.enable(client=other.client, webhook_id=first.pk, actor=tech, now=NOW)


def test_a_check_tells_what_became_of_it_and_moves_nothing(okt: Cast, who: Pusher, portal: PushService) -> None:
    hook = listen(okt, who, portal)
    bring(okt, IM, "received")
    tech = okt.actor("tech")
    assert webhooks.check(client=who.client, webhook_id=hook.pk, actor=tech, now=NOW)[1] == ""
    portal.status = 403
    assert "403" in webhooks.check(client=who.client, webhook_id=hook.pk, actor=tech, now=NOW)[1]
    assert [json.loads(pushed.body)["type"] for pushed in portal.taken] == ["test", "test"]
    assert is_signed(portal.taken[0], webhooks.secret_of(hook))
    hook.refresh_from_db()
    assert (hook.position, hook.attempts, hook.told_at) == (0, 0, None)


def test_whatever_is_done_with_an_address_is_a_line_of_history_without_secrets(
    okt: Cast, who: Pusher, portal: PushService
) -> None:
    tech = okt.actor("tech")
    hook = listen(okt, who, portal)
    _, secret = webhooks.show_secret(client=who.client, webhook_id=hook.pk, actor=tech, now=NOW)
    for do in (webhooks.disable, webhooks.enable, webhooks.remove):
        do(client=who.client, webhook_id=hook.pk, actor=tech, now=NOW)
    rows = list(ApiClientEvent.objects.filter(client=who.client).exclude(kind="made").order_by("pk"))
    assert [row.kind for row in rows] == [
        "webhook_added", "signing_shown", "webhook_disabled", "webhook_enabled", "webhook_removed",
    ]  # fmt: skip
    assert {row.by_id for row in rows} == {okt.people["tech"].pk}
    assert secret not in json.dumps([row.data for row in rows])
    assert not Webhook.objects.exists()
