"""The bell in a page that stays open, and what a person chooses by the keyboard."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn

OKT = "/oktyabrsky"
WITHIN = 15_000  # milliseconds; the issue's own measure


def _new(page: Page) -> int:
    """How many notices the bell says are new."""
    label = page.locator(".top__bell").get_attribute("aria-label") or ""
    return int(label.rpartition(" ")[2].rstrip("+"))


def _put_on_duty(page: Page, name: str, block: str) -> None:
    page.goto(f"{OKT}/roster/duty/add/")
    page.get_by_label("Кто дежурит").select_option(label=name)
    page.get_by_label("Блок").select_option(label=block)
    day = datetime.now(UTC) + timedelta(days=2)
    for field, moment in (("since", day), ("until", day + timedelta(days=1))):
        page.locator(f"[name={field}_day]").fill(f"{moment:%Y-%m-%d}")
        page.locator(f"[name={field}_at]").fill("18:00")
    page.get_by_role("button", name="Записать").click()
    expect(page.locator("#flash")).to_contain_text("Дежурство записано")


def test_the_bell_goes_up_in_an_open_page_while_somebody_else_acts(sign_in: SignIn) -> None:
    roads, head = sign_in("okt.roads"), sign_in("okt.head")
    roads.goto(f"{OKT}/roster/")
    opened = roads.evaluate("performance.timeOrigin")
    before = _new(roads)
    _put_on_duty(head, "Колеин Дмитрий Захарович", "Дороги")
    expect(roads.locator(".top__bell")).to_have_attribute("aria-label", f"Уведомления, новых: {before + 1}", timeout=WITHIN)
    expect(roads.locator("[data-bell-says]")).to_contain_text("Вы дежурите")
    assert roads.evaluate("performance.timeOrigin") == opened, "the page was loaded anew"

    roads.locator(".top__bell").press("Enter")
    panel = roads.locator(".bell__sheet")
    expect(panel.get_by_text("Вы дежурите").first).to_be_visible()
    panel.get_by_text("Вы дежурите").first.click()
    expect(roads.get_by_role("heading", level=1)).to_have_text("Дежурства")
    assert _new(roads) == before, "what was opened is read"


def test_a_push_is_shown_by_the_browser_under_the_pages_own_policy(sign_in: SignIn) -> None:
    """The push service outside is the browser's maker's; here the browser is handed the message as that service would."""
    page = sign_in("okt.roads")
    page.context.grant_permissions(["notifications"])
    page.goto(f"{OKT}/notices/settings/")
    session = page.context.new_cdp_session(page)
    known: list[dict[str, str]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    address = page.locator("[data-push-on]").get_attribute("data-worker")
    page.evaluate("address => navigator.serviceWorker.register(address).then(() => true)", address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    notice = {"title": "МЦУ", "body": "ОКТ-2026-000001: срок истёк", "url": f"{OKT}/notices/1/", "tag": "notice-1"}
    pushed = {"origin": page.url.split(OKT)[0], "registrationId": known[-1]["registrationId"], "data": json.dumps(notice)}
    session.send("ServiceWorker.deliverPushMessage", pushed)
    shown = "navigator.serviceWorker.ready.then((own) => own.getNotifications())"
    page.wait_for_function(f"{shown}.then((all) => all.length)")
    seen = page.evaluate(f"{shown}.then(([one]) => [one.title, one.body, one.data.url])")
    assert seen == ["МЦУ", notice["body"], notice["url"]]


def test_what_a_person_wants_is_chosen_by_the_keyboard_and_kept(sign_in: SignIn) -> None:
    page = sign_in("okt.roads")
    page.goto(f"{OKT}/notices/")
    page.get_by_role("link", name="Настроить").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("О чём и как сообщать")
    letters = page.get_by_role("checkbox", name="Согласование: почта")
    expect(letters).to_be_checked()
    page.get_by_role("checkbox", name="Передано мне: на устройство").focus()
    page.keyboard.press("Tab")
    expect(letters).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Тихие часы").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#flash")).to_contain_text("Выбор сохранён")
    expect(letters).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Тихие часы")).to_be_checked()
    expect(page.get_by_label("С", exact=True)).to_have_value("20:00")
