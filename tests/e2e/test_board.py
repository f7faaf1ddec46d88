"""«Табло» on the wall: it refreshes itself, and says plainly when it no longer does."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn

TURN = 31_000  # milliseconds: a little more than it waits between two askings


def test_a_screen_refreshes_itself_and_says_when_it_can_not(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.get_by_role("link", name="Табло").click()
    page.clock.install()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_text(re.compile(r"обновлено в \d\d:\d\d:\d\d"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    term = page.locator(".board__terms .chip > span").first
    term.evaluate("words => { words.textContent = 'осталось меньше минуты'; }")
    assert term.evaluate("words => words.parentElement.scrollWidth <= words.parentElement.clientWidth"), "the term is cut"

    turn(page)
    expect(page.locator("[data-lost]")).to_be_hidden()

    page.context.set_offline(True)
    page.clock.fast_forward(TURN)
    expect(page.get_by_role("alert")).to_contain_text("Нет связи с сервером: числа на")
    page.context.set_offline(False)
    turn(page)
    expect(page.locator("[data-lost]")).to_be_hidden()

    page.get_by_role("button", name="Остановить").click()
    expect(page.get_by_text("остановлено, обновлено")).to_be_visible()
    page.get_by_role("button", name="Продолжить").click()

    page.get_by_role("button", name="Светлое").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")

    page.context.clear_cookies()
    turn(page)
    expect(page.get_by_role("alert")).to_contain_text("Вход закончился: числа на")
    expect(page.get_by_role("link", name="Войти снова")).to_be_visible()
    assert page.url.endswith("/reports/board/")


def turn(page: Page) -> None:
    """Wait until it has asked once more."""
    with page.expect_response(re.compile("/board/figures/|/accounts/login/")):
        page.clock.fast_forward(TURN)
