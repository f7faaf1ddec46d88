"""Every page, for people with other eyes, hands and screens: axe-core, three widths, five themes, large letters, weight."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.urls import resolve, reverse
from playwright.sync_api import Browser, Page, expect

from tests.e2e import looking
from tests.e2e.conftest import SignIn, enter
from tests.e2e.product import Product
from tests.pages import OKT, PAGES
from tests.pages import Page as Listed

PEOPLE = [(who, list(pages)) for who, pages in groupby(sorted(PAGES, key=lambda page: page.who or ""), lambda page: page.who)]
MAIN = [page for page in PAGES if page.main]
FIRST_LOAD = 60 * 1024


@pytest.fixture
def nobody(product: Product, browser: Browser) -> Iterator[Page]:
    """The browser of somebody who has not signed in."""
    context = browser.new_context(base_url=product.url, locale="ru-RU", viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("who", "pages"), PEOPLE, ids=[who or "nobody" for who, _ in PEOPLE])
def test_every_page_is_fit_for_everybody(sign_in: SignIn, nobody: Page, who: str | None, pages: list[Listed]) -> None:
    page = sign_in(who) if who else nobody
    wrong: list[str] = []
    page.emulate_media(reduced_motion="reduce")  # nothing is looked at while it fades in
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda line: wrong.append(f"console: {line.text}") if line.type == "error" else None)
    for one in pages:
        answer = page.goto(looking.address_of(page, one.address, one.follow))
        assert answer is not None
        if answer.status == 404 and one.address.endswith("/none/"):
            wrong.clear()  # the browser itself complains of a dead link, which is what this page tells of
        wrong += [f"{one}: {answer.status}"] if answer.status >= 500 else []
        wrong += [f"{one}: {words}" for words in looking.problems_of(page, answer, every_theme=one.main)]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_the_pages_of_a_code_from_the_phone_are_fit_too(sign_in: SignIn, nobody: Page) -> None:
    page = sign_in("okt.ksp")
    wrong: list[str] = []

    def look(shown: Page, name: str) -> None:
        answer = shown.goto(shown.url)
        assert answer is not None
        assert resolve(urlsplit(shown.url).path).view_name == name
        wrong.extend(f"{name}: {words}" for words in looking.problems_of(shown, answer))

    page.goto("/accounts/2fa/totp/activate/")
    secret = page.locator("code").inner_text().strip()
    page.get_by_label("Код из приложения").fill(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="Включить").click()
    page.goto("/accounts/2fa/recovery-codes/")
    codes = page.locator(".codes code").all_inner_texts()
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_index"):
        page.goto(reverse(name))
        look(page, name)

    nobody.goto("/accounts/login/")
    enter(nobody, "okt.ksp")
    look(nobody, "mfa_authenticate")
    nobody.reload()
    nobody.get_by_label("Код").fill(codes[0])
    nobody.get_by_role("button", name="Войти").click()
    expect(nobody.get_by_role("heading", name="Мой стол")).to_be_visible()
    assert wrong == [], "\n" + "\n".join(wrong)

    page.goto("/accounts/2fa/totp/deactivate/")
    page.get_by_role("button", name="Отключить").click()


def test_the_first_load_of_the_main_pages_is_light_and_from_here_only(product: Product, sign_in: SignIn, nobody: Page) -> None:
    heavy = {}
    for one in MAIN:
        page = sign_in(one.who) if one.who else nobody
        address = looking.address_of(page, one.address, one.follow)
        weight, foreign = looking.weight_of_first_load(page, address)
        assert foreign == [], one
        if weight > FIRST_LOAD:
            heavy[str(one)] = weight
    assert heavy == {}


def test_the_version_for_poor_sight_is_reached_by_keyboard_before_signing_in_and_stays(nobody: Page) -> None:
    nobody.goto("/accounts/login/")
    nobody.locator("body").press("Shift+Tab")
    press_until(nobody, "Shift+Tab", "Версия для слабовидящих")
    nobody.keyboard.press("Enter")
    nobody.keyboard.press("Tab")
    nobody.keyboard.press("Enter")
    root = nobody.locator("html")
    expect(root).to_have_attribute("data-theme", "contrast")
    expect(root).to_have_attribute("data-size", "150")
    nobody.reload()
    expect(root).to_have_attribute("data-size", "150")
    enter(nobody, "okt.im")
    expect(nobody.get_by_role("heading", level=1)).to_be_visible()
    expect(root).to_have_attribute("data-size", "150")
    expect(root).to_have_attribute("data-spacing", "wide")
    nobody.get_by_label("Вид: версия для слабовидящих").click()
    nobody.get_by_role("button", name="Обычный вид").click()
    expect(root).not_to_have_attribute("data-size", "150")


@pytest.mark.parametrize("width", [1440, 768])
def test_letters_twice_as_large_run_off_no_page(sign_in: SignIn, width: int) -> None:
    page = sign_in("okt.head")
    page.evaluate("""localStorage.setItem('mcu-look', '{"theme": "night", "size": "200", "spacing": "wide", "anew": true}')""")
    page.set_viewport_size({"width": width, "height": 900})
    for address in (OKT, f"{OKT}messages/", f"{OKT}messages/ОКТ-2026-000010/", f"{OKT}approval/", f"{OKT}roster/"):
        page.goto(address)
        assert page.evaluate(looking.SPILL) is None, address
        letters = page.locator("h1").evaluate("one => one.currentCSSZoom * parseFloat(getComputedStyle(one).fontSize)")
        assert letters >= 40


def test_the_look_follows_the_system_until_one_is_chosen(sign_in: SignIn) -> None:
    page = sign_in("okt.roads")
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="dark", contrast="more")
    expect(root).to_have_attribute("data-theme", "night")
    page.get_by_label("Вид: версия для слабовидящих").click()
    page.get_by_role("button", name="Синим по голубому").click()
    expect(root).to_have_attribute("data-theme", "blue")


def test_more_than_five_sections_go_under_more_on_a_phone(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    names = page.locator(".rail__list .rail__name").all_inner_texts()
    page.set_viewport_size({"width": 390, "height": 844})
    seen = page.locator(".rail__list > li:visible").count()
    if len(names) <= 5:
        assert seen == len(names)
        return
    assert seen == 4
    page.locator(".rail__more summary").click()
    assert [words.split("\n")[0] for words in page.locator(".rail__more .menu__item").all_inner_texts()] == names[4:]


def test_pictures_of_the_main_pages(sign_in: SignIn, picture: Callable[[Page, str], None]) -> None:
    """Those that no other test takes on its way."""
    for who, address, name in (
        ("okt.head", OKT, "panel"),
        ("okt.head", f"{OKT}messages/", "register"),
        ("okt.head", f"{OKT}roster/", "roster"),
        ("okt.roads", f"{OKT}notices/", "notices"),
    ):
        page = sign_in(who)
        page.goto(address)
        picture(page, name)


def press_until(page: Page, key: str, words: str) -> None:
    """Press the key until what has the focus is called so."""
    for _ in range(30):
        if words in page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"«{words}» is not reached by {key}")
