"""The register in the browser: keys, choosing, kept filters, an export with its progress, the way back to the same row."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn

REGISTER = "/oktyabrsky/messages/"


def opened(page: Page, query: str = "") -> Page:
    page.goto(f"{REGISTER}{query}")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    return page


def chosen(page: Page) -> int:
    return page.locator('#list input[name="only"]:checked').count()


def test_rows_are_walked_and_chosen_by_keyboard_and_the_way_back_keeps_the_place(sign_in: SignIn) -> None:
    page = opened(sign_in("okt.head"), "?state=all&source=im")
    for _ in range(12):
        page.keyboard.press("j")
    page.keyboard.press("k")
    number = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("x")
    assert chosen(page) == 1
    expect(page.locator("[data-picked]")).to_have_text("Выбрано: 1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    assert chosen(page) == 3  # all between
    page.get_by_role("button", name="Снять выбор").click()
    assert chosen(page) == 0
    expect(page.get_by_role("button", name="Передать в блок")).to_be_hidden()
    page.get_by_role("link", name=number, exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    page.go_back()
    page.wait_for_url(f"**{REGISTER}?state=all&source=im")
    expect(page.get_by_role("link", name=number, exact=True)).to_be_focused()
    # By the link over the case too.
    page.keyboard.press("Enter")
    page.get_by_role("link", name="← Сообщения").click()
    page.wait_for_url(f"**{REGISTER}?state=all&source=im")
    expect(page.get_by_role("link", name=number, exact=True)).to_be_focused()


def test_conditions_columns_and_a_kept_filter(sign_in: SignIn) -> None:
    page = opened(sign_in("okt.head"))
    page.get_by_role("link", name="Ещё условия").click()
    page.get_by_label("Правовой режим").select_option(label="сообщение")
    page.get_by_label("фаст-трек").check()
    page.get_by_role("button", name="Показать", exact=True).click()
    page.wait_for_url(f"**{REGISTER}?regime=message&fast=1")
    page.get_by_text("Столбцы", exact=True).click()
    page.get_by_label("Поступило", exact=True).check()
    page.locator("[data-menu=columns]").get_by_role("button", name="Показать").click()
    expect(page.get_by_role("columnheader", name="Поступило")).to_be_visible()
    page.get_by_text("Отборы", exact=True).click()
    page.get_by_label("Сохранить этот отбор").fill("Быстрые")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("#flash")).to_contain_text("Отбор «Быстрые» сохранён")
    page.get_by_role("link", name="Убрать отбор: Признак — фаст-трек").click()
    page.wait_for_url(f"**{REGISTER}?regime=message")
    page.get_by_text("Отборы", exact=True).click()
    kept = page.locator("[data-menu=saved] .menu__item").filter(has_text="Быстрые")
    expect(kept.locator(".tools__count")).not_to_be_empty()
    kept.click()
    page.wait_for_url(f"**{REGISTER}?regime=message&fast=1")
    expect(page.locator(".filters")).to_contain_text("фаст-трек")


def test_several_cases_get_a_tag_at_once(sign_in: SignIn) -> None:
    page = opened(sign_in("okt.im"))
    page.locator("[data-pick-all]").check()
    count = chosen(page)
    page.get_by_role("button", name="Метка", exact=True).click()
    page.get_by_label("Метка", exact=True).fill("на контроле")
    page.get_by_role("button", name="Поставить метку").click()
    if count > 25:
        page.get_by_role("link", name="Вернуться к списку").click()
    else:
        expect(page.locator("#flash")).to_contain_text(f"готово, сообщений — {count}")
    opened(page, "?tag=на контроле")
    expect(page.locator(".filters__rest")).to_contain_text(f"{count} в работе")
    page.locator(".row__link").first.click()
    tag = page.locator("#tags .tags__one")
    expect(tag).to_contain_text("на контроле")
    tag.get_by_role("button", name="Снять метку «на контроле»").click()
    expect(page.locator("#tags .tags__one")).to_have_count(0)
    page.get_by_label("Новая метка").fill("на контроле")
    page.get_by_role("button", name="Добавить").click()
    expect(tag).to_contain_text("на контроле")


def test_what_is_filtered_becomes_a_file(sign_in: SignIn, tmp_path: Path) -> None:
    page = opened(sign_in("okt.head"), "?state=all&source=pos")
    page.get_by_role("link", name="Выгрузить").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Выгрузка сообщений")
    page.get_by_label("все столбцы").check()
    page.get_by_role("button", name="Выгрузить").click()
    link = page.get_by_role("link", name="Скачать XLSX")
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as coming:
        link.click()
    path = tmp_path / "register.xlsx"
    coming.value.save_as(path)
    book = load_workbook(BytesIO(path.read_bytes()))
    assert book.sheetnames == ["Реестр", "Условия"]
    sources = {row[0] for row in book["Реестр"].iter_rows(min_row=2, min_col=2, max_col=2, values_only=True)}
    assert sources == {"ПОС"}
