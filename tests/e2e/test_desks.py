"""The desks in a browser: a mark opens its cases, the flow is reached by keyboard, a substitute is named for the own leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from mcu.clock import utc_now
from tests.e2e.conftest import SignIn

NARROW = 360


def test_the_head_opens_what_a_number_stands_for(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.goto("/oktyabrsky/")
    mark = page.locator(".figure", has_text="Просрочено").locator("a")
    number = mark.inner_text()
    mark.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Просрочено")
    expect(page.locator(".page__head p")).to_contain_text(f"{number} дел")
    page.get_by_role("link", name="Мой стол").first.click()
    column = page.locator(".flow a").last
    column.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Отвечено")


@pytest.mark.parametrize("name", ["okt.head", "okt.roads.curator", "okt.tech"])
def test_a_desk_needs_no_sideways_scroll_on_a_phone(sign_in: SignIn, name: str) -> None:
    page = sign_in(name)
    page.set_viewport_size({"width": NARROW, "height": 740})
    page.goto("/oktyabrsky/")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_person_names_a_substitute_and_calls_it_off(sign_in: SignIn) -> None:
    page = sign_in("okt.support")
    page.goto("/oktyabrsky/")
    page.locator(".top .menu--right > summary").last.click()
    page.get_by_role("link", name="Замещение").click()
    first = utc_now().date() + timedelta(days=20)
    last = first + timedelta(days=5)
    page.get_by_label("Кто замещает").select_option(index=1)
    page.get_by_label("Первый день").fill(first.isoformat())
    page.get_by_label("Последний день").fill(last.isoformat())
    page.get_by_role("button", name="Назначить").click()
    expect(page.locator(".flash")).to_contain_text(f"{first:%d.%m.%Y}")
    page.get_by_role("link", name="Завершить замещение").first.click()
    page.get_by_label("Сейчас: права прекращаются сразу").check()
    page.get_by_role("button", name="Завершить").click()
    expect(page.locator(".flash")).to_contain_text("Замещение завершено")
    expect(page.get_by_text("никто не замещает").first).to_be_visible()
