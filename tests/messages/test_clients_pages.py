"""«Программы и ключи» as the technical specialist uses it, and as the head reads it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.models import ApiClient, ApiKey, ApiUsage, Webhook
from blocks.services.clients import create_client, find_by_key
from mcu.clock import utc_now
from messages.services import webhooks
from tests.cast import NOW, Cast
from tests.mcu.outside import push_service
from tests.messages.browsing import browser, page, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings: Settings) -> None:
    settings.DEMO = True


@pytest.fixture
def tech(okt: Cast) -> Client:
    return browser(okt, "tech")


def secret_in(response: Any) -> str:
    found = re.search(r'id="secret".*?value="([^"]+)"', response.content.decode(), re.S)
    assert found is not None, words(response)
    return found.group(1)


def test_a_program_is_made_its_key_shown_once_exchanged_and_blocked(okt: Cast, tech: Client) -> None:
    said = {"name": "Портал района", "sources": ["im", "pos"], "scopes": ["read", "push"], "rate": "120"}
    made = tech.post(page(okt, "new-client"), said)
    key = secret_in(made)
    client = ApiClient.objects.get()
    assert find_by_key(key, now=utc_now()) is not None
    assert (client.rate, client.created_by) == (120, okt.people["tech"])
    assert "no-store" in made["Cache-Control"]
    assert "Портал района" in words(tech.get(page(okt, "clients")))

    one = page(okt, "client", client.pk)
    assert key not in tech.get(one).content.decode()
    new = secret_in(tech.post(page(okt, "rotate-client", client.pk), {"days": "7"}))
    assert find_by_key(new, now=utc_now()) is not None
    assert "заменён, пока действует" in words(tech.get(one))

    old = ApiKey.objects.order_by("pk")[0]
    assert tech.post(page(okt, "block-key", client.pk, old.pk), follow=True).status_code == 200
    assert find_by_key(key, now=utc_now()) is None

    rights = {"sources": ["im"], "scopes": ["read_all"], "rate": ""}
    text = words(tech.post(page(okt, "change-client", client.pk), rights, follow=True))
    assert "читает всё по источникам" in text
    assert "Права изменены" in text

    text = words(tech.post(page(okt, "block-client", client.pk), follow=True))
    assert "ни один её ключ не действует" in text
    assert "Новый ключ" not in text.split("История")[0]
    assert find_by_key(new, now=utc_now()) is None


def test_what_was_typed_is_kept_beside_what_is_wrong(okt: Cast, tech: Client) -> None:
    create_client(center=okt.center, name="Портал", sources=["im"], now=NOW)
    for said, problem in (
        ({"name": "Портал", "sources": ["im"], "scopes": ["read"]}, "назовите новый иначе"),
        ({"name": "Ещё", "scopes": ["read"]}, "Заполните это поле"),
        ({"name": "Ещё", "sources": ["im"], "scopes": ["read"], "rate": "1000000"}, "от 1 до"),
    ):
        response = tech.post(page(okt, "new-client"), said)
        assert response.status_code == 422
        assert problem in words(response)
        assert f'value="{said["name"]}"' in response.content.decode()
    assert ApiClient.objects.count() == 1


def test_an_address_is_added_tried_switched_off_and_on_and_removed(okt: Cast, tech: Client, settings: Settings) -> None:
    client, _ = create_client(center=okt.center, name="Портал", sources=["im"], now=NOW)
    one = page(okt, "client", client.pk)
    wrong = tech.post(page(okt, "add-webhook", client.pk), {"url": "http://10.0.0.1/"})
    assert wrong.status_code == 422
    assert "Адрес не добавлен" in words(wrong) or "https://" in words(wrong)
    with push_service() as portal:
        settings.WEBHOOK_PRIVATE_HOSTS = [portal.host]
        shown = words(tech.get(one))
        assert f"в своей сети, и по http, — {portal.host}." in shown
        assert f"{okt.source('im').short}: передаёт" in shown, "sources of the history by their names"
        portal.status = 200
        url = f"http://{portal.host}/mcu"
        secret = secret_in(tech.post(page(okt, "add-webhook", client.pk), {"url": url}))
        hook = Webhook.objects.get()
        assert secret == webhooks.secret_of(hook)
        assert secret not in tech.get(one).content.decode()

        def press(do: str) -> str:
            return words(tech.post(page(okt, "webhook", client.pk, hook.pk, do), follow=True))

        assert f"Проба принята: {url}" in press("check")
        portal.status = 500
        assert "Ответил 500" in press("check")
    assert secret in press_secret(tech, okt, client, hook)
    assert "Включить снова" in press("disable")
    assert "продолжится с того места" in press("enable")
    assert "Адрес убран" in press("remove")
    assert not Webhook.objects.exists()


def press_secret(tech: Client, okt: Cast, client: ApiClient, hook: Webhook) -> str:
    return secret_in(tech.post(page(okt, "webhook", client.pk, hook.pk, "secret")))


def test_the_head_reads_and_changes_nothing(okt: Cast) -> None:
    client, _ = create_client(center=okt.center, name="Портал", sources=["im"], now=NOW)
    Webhook.objects.create(client=client, url="https://portal.example.ru/", created_at=NOW, next_try_at=NOW)
    head = browser(okt, "head")
    for address in (page(okt, "clients"), page(okt, "client", client.pk)):
        response = head.get(address)
        assert "Портал" in words(response)
        assert "<form" not in response.content.decode().split("<main")[1].split("</main>")[0]
        assert "Новая программа" not in words(response)
    for name in ("rotate-client", "change-client", "block-client", "add-webhook"):
        assert head.post(page(okt, name, client.pk)).status_code == 403


def test_calls_of_two_weeks_are_drawn_and_trouble_is_seen(
    okt: Cast, tech: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    today = utc_now().astimezone(okt.center.tz).date()
    for number in range(12):
        client, _ = create_client(center=okt.center, name=f"Программа {number}", sources=["im", "pos"], now=NOW)
        for back in range(20):
            day = today - timedelta(days=back)
            ApiUsage.objects.create(client=client, day=day, calls=100 + back, refused=5, limited=0, failed=0)
        hook = {"client": client, "created_at": NOW, "next_try_at": NOW}
        Webhook.objects.create(url="https://portal.example.ru/", failing_since=NOW, error="Ответил 500.", **hook)
    with django_assert_max_num_queries(15):
        response = tech.get(page(okt, "clients"))
    assert response.content.decode().count('<svg class="calls"') == 12
    assert words(response).count("адрес не принимает") == 12
    total = sum(100 + back for back in range(14))
    with django_assert_max_num_queries(15):
        text = words(tech.get(page(okt, "client", client.pk)))
    assert f"Всего {total // 1000} {total % 1000:03}" in text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Ответил 500." in text
