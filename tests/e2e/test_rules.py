"""A head lengthens a term in the browser: a row of the ladder, the open cases that would move, the progress, the log."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import SignIn

RULES = "/korsakovsky/terms/rules/"


def test_a_term_is_lengthened_and_the_open_cases_follow(sign_in: SignIn) -> None:
    page = sign_in("kor.head")
    page.goto(RULES)
    page.get_by_role("row", name="Ответ на портале").get_by_role("link", name="Изменить").click()
    page.get_by_label("Сколько").fill("30")
    page.get_by_role("button", name="Добавить ступень").click()
    # The page came anew, with what was typed and one more row.
    expect(page.get_by_label("Сколько")).to_have_value("30")
    last = page.locator(".rungs__one").last
    last.get_by_label("Кому").select_option("duty")
    last.get_by_label("Через").fill("4")
    last.get_by_label("на устройство").check()
    page.get_by_role("button", name="Дальше").click()
    expect(page.get_by_text("через 4 часа — дежурный, обязательно на устройство")).to_be_visible()
    page.get_by_role("button", name="Перевести и открытые дела").or_(
        page.get_by_role("button", name="Изменить правило")
    ).first.click()
    page.goto(RULES)
    log = page.get_by_role("region", name="Что меняли")
    expect(log.get_by_text("24 часа → 30 часов")).to_be_visible()
    page.get_by_text("Прежние редакции: 1").click()
    expect(page.get_by_text("24 часа с поступления; изначально")).to_be_visible()
