"""A head lengthens a term in the browser: a row of the ladder, the open cases that would move, the progress, the log."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import SignIn, enter

RULES = "/korsakovsky/terms/rules/"
OVERDUE = "/korsakovsky/terms/overdue/"


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


def test_a_rule_typed_when_the_session_ended_comes_back(sign_in: SignIn) -> None:
    """Also from the page that asks about the open cases, with every row of the ladder."""
    page = sign_in("kor.head")
    page.goto(RULES)
    page.get_by_role("row", name="Ответ на портале").get_by_role("link", name="Изменить").click()
    rungs = page.locator(".rungs__one")
    before = rungs.count()
    page.get_by_role("button", name="Добавить ступень").click()
    expect(rungs).to_have_count(before + 1)
    rungs.last.get_by_label("Кому").select_option("duty")
    rungs.last.get_by_label("Через").fill("7")
    page.get_by_label("Пункт").fill("Положение, п. 7.7")
    page.get_by_label("Сколько").fill("33")
    for button in ("Дальше", "Оставить открытые дела", None):
        page.context.clear_cookies(name="sessionid")
        pressed = page.get_by_role("button", name=button or "Вернуться")
        if not pressed.count():
            pressed = page.get_by_role("button", name="Изменить правило")
        pressed.first.click()
        enter(page, "kor.head")
        expect(page.get_by_text("Набранное возвращено в поля")).to_be_visible()
        expect(page.get_by_label("Сколько")).to_have_value("33")
        expect(page.get_by_label("Пункт")).to_have_value("Положение, п. 7.7")
        expect(rungs).to_have_count(before + 1)
        expect(rungs.last.get_by_label("Через")).to_have_value("7")
        page.get_by_role("button", name="Дальше").click()
        expect(page.get_by_role("heading", name="Изменить правило?")).to_be_visible()


def test_a_cause_typed_when_the_session_ended_comes_back(sign_in: SignIn) -> None:
    page = sign_in("kor.head")
    page.goto(OVERDUE)
    page.get_by_role("link", name="Назвать причину").first.click()
    form = page.locator(".odue__form")
    form.get_by_role("combobox").select_option(index=1)
    form.get_by_role("textbox").fill("Ждали подрядчика.")
    page.context.clear_cookies(name="sessionid")
    form.get_by_role("button", name="Сохранить").click()
    enter(page, "kor.head")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert OVERDUE in page.url
    expect(form.get_by_role("textbox")).to_have_value("Ждали подрядчика.")
    form.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Ждали подрядчика.")).to_be_visible()
    expect(form).to_have_count(0)
