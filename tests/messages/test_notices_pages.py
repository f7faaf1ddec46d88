"""«Уведомления»: the list by days with its pages, reading, the bell's answer, choices, devices, what tech may repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.services.notices import DEVICES
from blocks.views.notices import device_label
from mcu.models import NoticeSettings, Outbox, PushDevice
from mcu.outbox import Way, drain
from tests.cast import NOW, Cast
from tests.mcu.outside import PushService, push_service
from tests.messages.browsing import browser, words

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def address(cast: Cast, name: str = "notices", *args: object) -> str:
    return reverse(name, args=[cast.center.slug, *args])


def notice(cast: Cast, name: str, subject: str, *, ago: timedelta = timedelta(), **more: Any) -> Outbox:
    """A notice to a person of the cast."""
    values = {"kind": "assign", "path": f"/{cast.center.slug}/roster/", "center_slug": cast.center.slug, **more}
    created_at = NOW - ago
    return Outbox.objects.create(key=subject, subject=subject, user=cast.people[name], created_at=created_at, **values)


# --- The list -----------------------------------------------------------------------------------------------------------


def test_notices_stand_under_their_days(okt: Cast) -> None:
    notice(okt, "roads", "сегодняшнее")
    notice(okt, "roads", "вчерашнее", ago=DAY)
    notice(okt, "roads", "ночное", ago=timedelta(hours=10, minutes=1))  # 23:59 of the day before, in the Center
    notice(okt, "roads", "давнее", ago=timedelta(days=2))
    seen = words(browser(okt, "roads").get(address(okt)))
    places = [
        seen.index(f">{text}<")
        for text in (
            "Сегодня, 18 ноября", "сегодняшнее", "Вчера, 17 ноября", "ночное", "вчерашнее", "16 ноября, понедельник", "давнее",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert "Новых: 4" in seen


def test_pages_go_there_and_back_and_cost_the_same(okt: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(120):
        notice(okt, "roads", f"№{number:03}", ago=number // 2 * MINUTE)  # two at every moment
    client = browser(okt, "roads")
    seen, pages = [], []
    url = address(okt)
    with django_assert_max_num_queries(45):
        while url:
            page = client.get(url).context
            pages.append(page["page"])
            seen += [row.subject for day in page["page"].days for row in day.notices]
            url = address(okt) + page["older_url"] if page["older_url"] else ""
    assert sorted(seen) == [f"№{number:03}" for number in range(120)]
    assert len(pages) == 3
    back = client.get(address(okt), {"before": pages[2].newer}).context["page"]
    assert [row.pk for day in back.days for row in day.notices] == [row.pk for day in pages[1].days for row in day.notices]


@pytest.mark.parametrize(
    "query", ["?after=x", "?before=2026_5", "?after=2026-01-01T00:00:00+00:00_99999999999999999999", "?new=1&after=%00"]
)
def test_a_cursor_that_is_none_gives_the_first_page(okt: Cast, query: str) -> None:
    notice(okt, "roads", "одно")
    assert "одно" in words(browser(okt, "roads").get(address(okt) + query))


def test_only_the_new_ones_on_request(okt: Cast) -> None:
    notice(okt, "roads", "прочитанное", read_at=NOW)
    notice(okt, "roads", "новое-1")
    seen = words(browser(okt, "roads").get(address(okt) + "?new=1"))
    assert "новое-1" in seen
    assert "прочитанное" not in seen


def test_opening_reads_and_leads_where_it_is_about(okt: Cast) -> None:
    row = notice(okt, "roads", "одно")
    answer = browser(okt, "roads").get(address(okt, "notice_open", row.pk))
    assert (answer.status_code, answer["Location"]) == (302, row.path)
    assert Outbox.objects.get().read_at == NOW


@pytest.mark.parametrize("path", ["https://example.com/", "//example.com/", "javascript:alert(1)", ""])
def test_a_notice_never_leads_outside(okt: Cast, path: str) -> None:
    row = notice(okt, "roads", "одно", path=path)
    answer = browser(okt, "roads").get(address(okt, "notice_open", row.pk))
    assert answer["Location"] == address(okt)


def test_one_is_marked_or_all_that_were_seen(okt: Cast) -> None:
    one, two, later = (notice(okt, "roads", text) for text in ("одно", "два", "три"))
    client = browser(okt, "roads")
    client.post(address(okt, "notice_open", one.pk))
    assert list(Outbox.objects.filter(read_at__isnull=False)) == [one]
    assert client.post(address(okt), {"up_to": two.pk}, headers={"X-Requested-With": "fetch"}).status_code == 204
    assert list(Outbox.objects.filter(read_at__isnull=True)) == [later]


def test_nobody_reads_for_another(okt: Cast) -> None:
    row = notice(okt, "roads", "одно")
    for client in (browser(okt, "housing"), browser(okt, "head")):
        assert client.get(address(okt, "notice_open", row.pk)).status_code == 404
        assert client.post(address(okt, "notice_open", row.pk)).status_code == 404
        client.post(address(okt), {"up_to": row.pk})
    assert Outbox.objects.get().read_at is None


# --- The bell -----------------------------------------------------------------------------------------------------------


def test_the_bell_answers_in_few_queries_and_304_while_nothing_changes(
    okt: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    notice(okt, "roads", "одно")
    client = browser(okt, "roads")
    first = client.get(address(okt, "notices_bell"))
    assert first.json() == {"count": 1, "shown": "1", "latest": Outbox.objects.get().pk, "subject": "одно"}
    with django_assert_num_queries(5):  # session, person, Center, roles, the bell
        same = client.get(address(okt, "notices_bell"), headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    notice(okt, "roads", "два")
    assert client.get(address(okt, "notices_bell"), headers={"If-None-Match": first["ETag"]}).json()["count"] == 2
    assert "private" in first["Cache-Control"]


def test_the_bell_counts_to_a_hundred(okt: Cast) -> None:
    for number in range(120):
        notice(okt, "roads", f"№{number}")
    assert browser(okt, "roads").get(address(okt, "notices_bell")).json()["shown"] == "99+"


def test_the_panel_shows_the_newest(okt: Cast) -> None:
    for number in range(12):
        notice(okt, "roads", f"№{number:02}", ago=number * MINUTE)
    seen = words(browser(okt, "roads").get(address(okt, "notices_latest")))
    assert "№07" in seen
    assert "№08" not in seen
    Outbox.objects.update(read_at=NOW)
    assert "Новых уведомлений нет" in words(browser(okt, "roads").get(address(okt, "notices_latest")))


# --- What a person chooses ----------------------------------------------------------------------------------------------

CHOICE = {"quiet_from": "20:00", "quiet_until": "08:00", "digest_at": "10:00"}


def test_choices_are_kept_and_shown_again(okt: Cast) -> None:
    client = browser(okt, "roads")
    given = {**CHOICE, "handed:email": "on", "hours:push": "on", "quiet": "on", "quiet_days_off": "on"}
    assert client.post(address(okt, "notices_settings"), given).status_code == 302
    kept = NoticeSettings.objects.get(user=okt.people["roads"])
    assert (kept.ways["handed"], kept.ways["hours"], kept.ways["talk"]) == (["email"], ["push"], [])
    assert (kept.quiet_from, kept.quiet_until, kept.quiet_days_off) == (time(20), time(8), True)
    assert (kept.digest, kept.digest_at, kept.timezone) == (False, time(10), okt.center.timezone)
    rows = {row["group"].code: row["ways"] for row in client.get(address(okt, "notices_settings")).context["form"].rows()}
    assert (rows["handed"], rows["hours"]) == ({"email": True, "push": False}, {"email": False, "push": True})


def test_a_wrong_choice_is_named_and_nothing_is_kept(okt: Cast) -> None:
    client = browser(okt, "roads")
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"quiet_from": "08:00"}, "не могут совпадать"),
        ({"quiet_from": ""}, "Заполните это поле."),
        ({"quiet_from": "25:00"}, "Укажите время в виде 20:00."),
        ({"digest_at": "03:00"}, "Выберите час из списка."),
    )
    for part, said in wrong:
        answer = client.post(address(okt, "notices_settings"), {**CHOICE, "quiet": "on", "handed:push": "on", **part})
        assert said in words(answer)
        assert answer.context["form"].rows()[0]["ways"] == {"email": False, "push": True}
    assert not NoticeSettings.objects.exists()


# --- Devices ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with push_service() as service:
        settings.PUSH_INSIDE = [service.host]
        yield service


def _allow(client: Client, cast: Cast, given: object) -> Any:
    return client.post(address(cast, "notices_device"), json.dumps(given), content_type="application/json")


def test_a_device_is_allowed_tried_and_removed(okt: Cast, service: PushService) -> None:
    client = browser(okt, "roads")
    assert _allow(client, okt, service.subscription()).status_code == 201
    assert client.post(address(okt, "notices_check")).status_code == 302
    assert drain(now=NOW, ways=[Way.PUSH]) == 1
    assert service.read(service.taken[0])["body"].startswith("Пробное уведомление")
    device = PushDevice.objects.get(user=okt.people["roads"])
    seen = words(client.get(address(okt, "notices_settings")))
    assert "последнее пришло" in seen
    assert browser(okt, "head").post(address(okt, "notices_device_remove", device.pk)).status_code == 404
    assert client.post(address(okt, "notices_device_remove", device.pk)).status_code == 302
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("given", [{}, [], {"endpoint": "https://10.0.0.1/", "keys": {"p256dh": "x", "auth": "y"}}])
def test_what_is_no_subscription_is_refused_in_words(okt: Cast, given: object) -> None:
    answer = _allow(browser(okt, "roads"), okt, given)
    assert answer.status_code == 400
    assert answer.json()["words"].endswith(".")
    broken = browser(okt, "roads").post(address(okt, "notices_device"), b"\xff{", content_type="application/json")
    assert broken.status_code == 400


def test_a_browser_of_two_people_tells_the_one_who_allowed_it_last(okt: Cast, service: PushService) -> None:
    for name in ("roads", "housing"):
        _allow(browser(okt, name), okt, service.subscription())
    assert PushDevice.objects.get().user == okt.people["housing"]


def test_devices_do_not_grow_without_end(okt: Cast, service: PushService) -> None:
    client = browser(okt, "roads")
    for number in range(DEVICES + 3):
        _allow(client, okt, service.subscription(str(number)))
    assert PushDevice.objects.count() == DEVICES


def test_the_worker_is_served_from_the_root_as_a_script(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "showNotification" in answer.content.decode()
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 YaBrowser/24 Safari/537.36", "Яндекс Браузер, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML) Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604.1", "Safari, iOS"),
        ("", "Браузер"),
    ],
)  # fmt: skip
def test_a_device_is_called_by_its_browser(agent: str, label: str) -> None:
    assert device_label(agent) == label


# --- What tech may repeat -----------------------------------------------------------------------------------------------


def test_tech_sees_what_did_not_get_through_and_repeats_it(okt: Cast) -> None:
    failed: dict[str, Any] = {"attempts": 30, "by_email": True, "error": "SMTPDataError: (550, b'5.7.1 spam')"}
    row = notice(okt, "roads", "ОКТ-2026-000001: передано вам", **failed)
    tech = browser(okt, "tech")
    seen = words(tech.get(address(okt, "blocks:delivery")))
    assert "5.7.1 spam" in seen
    assert "больше не будет" in seen
    assert browser(okt, "head").post(address(okt, "blocks:retry", row.pk, "email")).status_code == 403
    assert tech.post(address(okt, "blocks:retry", row.pk, "push")).status_code == 404
    assert tech.post(address(okt, "blocks:retry", row.pk, "pigeon")).status_code == 404
    assert tech.post(address(okt, "blocks:retry", row.pk, "email")).status_code == 302
    assert Outbox.objects.get().next_try_at == NOW
    assert tech.post(address(okt, "blocks:retry_all")).status_code == 302
