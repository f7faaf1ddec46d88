"""Two browsers at one case, a lost connection, another machine: what is typed is never lost and nobody overwrites anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import SignIn, enter
from tests.e2e.product import Product
from tests.e2e.test_whole_way import OKT, confirm, hand_over, press

RUN = uuid4().hex[:8]
LETTER = "На въезде в посёлок третий день не работает светофор."
Picture = Callable[[Page, str], None]


def opened(product: Product, sign_in: SignIn, name: str, *people: str) -> list[Page]:
    """A case in the block's hands, open before each of the people."""
    key = product.client_key("oktyabrsky", "pos")
    number = product.push(key, source="pos", external_id=f"{name}-{RUN}", text=LETTER)
    hand_over(sign_in("okt.pos"), f"{OKT}{number}/", "Дороги")
    pages = [sign_in(person) for person in people]
    pages[0].goto(f"{OKT}{number}/")
    press(pages[0], "Взять в работу")
    for page in pages:
        page.goto(f"{OKT}{number}/")
    return pages


def write(page: Page, words: str) -> None:
    text = page.get_by_role("textbox", name="Проект ответа")
    text.press("Control+End")
    text.press_sequentially(words)


def kept(page: Page) -> None:
    expect(page.locator("#draft [data-kept]")).to_contain_text("сохранено в")


def test_two_people_see_each_other_and_merge_their_texts(product: Product, sign_in: SignIn, picture: Picture) -> None:
    first, second = opened(product, sign_in, "two", "okt.roads", "okt.roads.curator")
    expect(first.locator(".here__people")).to_contain_text("Перевалов А. Ю.", timeout=15_000)
    write(first, "Светофор починят завтра.")
    kept(first)
    expect(second.locator(".here__people")).to_contain_text("пишет ответ", timeout=15_000)
    write(second, "Светофор починят 23 ноября.")
    second.get_by_role("button", name="Сохранить черновик").click()
    expect(second.locator("#flash")).to_contain_text("версия 1")

    expect(first.locator(".here__news")).to_contain_text("Есть версия 1", timeout=15_000)
    expect(first.get_by_role("textbox", name="Проект ответа")).to_have_value("Светофор починят завтра.")
    first.get_by_role("button", name="Сохранить черновик").click()
    merge = first.get_by_role("region", name="Соедините два текста")
    expect(merge.locator("del")).to_contain_text("23 ноября")
    expect(merge.locator("ins")).to_contain_text("завтра")
    picture(first, "merge")
    text = first.get_by_role("textbox", name="Проект ответа")
    expect(text).to_have_value("Светофор починят завтра.")
    merge.get_by_role("button", name="Взять версию 1").click()
    expect(text).to_have_value("Светофор починят 23 ноября.")
    merge.get_by_role("button", name="Взять мой").click()
    text.fill("Светофор починят завтра, 23 ноября.")
    first.get_by_role("button", name="Сохранить черновик").click()
    expect(first.locator("#flash")).to_contain_text("версия 2")

    first.get_by_role("link", name="Версия 2,").click()
    expect(first.get_by_role("heading", name="Версии ответа")).to_be_visible()
    expect(first.locator(".diff ins")).to_contain_text("завтра,")
    picture(first, "versions")
    first.get_by_role("button", name=re.compile("Вернуть этот текст.*Версия 1")).click()
    expect(first.locator("#flash")).to_contain_text("теперь это версия 3")


def test_another_machine_shows_what_was_typed_here(product: Product, sign_in: SignIn, browser: Browser) -> None:
    (page,) = opened(product, sign_in, "machine", "okt.roads")
    write(page, "Набрано в кабинете.")
    kept(page)
    context = browser.new_context(base_url=product.url, locale="ru-RU")
    home = context.new_page()
    home.goto(page.url)
    enter(home, "okt.roads")
    expect(home.locator("#draft-copy")).to_contain_text("Это ваш несохранённый текст")
    expect(home.get_by_role("textbox", name="Проект ответа")).to_have_value("Набрано в кабинете.")
    write(home, " И дома.")
    kept(home)
    # The first window did not see that: it asks instead of overwriting.
    write(page, " И снова здесь.")
    choice = page.locator("[data-elsewhere]")
    expect(choice).to_contain_text("В другом окне вы набрали другой текст")
    choice.get_by_role("button", name="Взять тот").click()
    expect(page.get_by_role("textbox", name="Проект ответа")).to_have_value("Набрано в кабинете. И дома.")
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.locator("#flash")).to_contain_text("версия 1")
    home.reload()
    expect(home.locator("#draft-copy")).to_have_count(0)
    context.close()


def test_without_a_connection_the_tab_keeps_and_the_server_takes_it_later(product: Product, sign_in: SignIn) -> None:
    (page,) = opened(product, sign_in, "offline", "okt.roads")

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/keep/", cut)
    write(page, "Набрано без связи.")
    expect(page.locator("#draft [data-kept]")).to_contain_text("нет связи: текст хранится в этой вкладке")
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before leaving what the server has not
    page.reload()
    expect(page.get_by_role("textbox", name="Проект ответа")).to_have_value("Набрано без связи.")
    page.unroute("**/keep/", cut)
    write(page, " Связь вернулась.")
    kept(page)


def test_declining_takes_the_typed_text_along(product: Product, sign_in: SignIn) -> None:
    """The block gives the case back with a text half written; the next block reads it as a version."""
    (page,) = opened(product, sign_in, "decline", "okt.roads")
    address = page.url
    write(page, "Наш участок только до моста, дальше")
    press(page, "Отклонить")
    page.get_by_label("Причина").fill("За мостом дорога не наша.")
    confirm(page, "Отклонить")
    sorter = sign_in("okt.pos")
    sorter.goto(address)
    expect(sorter.get_by_text("Версия 1")).to_be_visible()
    sorter.goto(f"{address}versions/")
    expect(sorter.locator(".diff")).to_contain_text("Наш участок только до моста, дальше")


def test_a_template_is_put_where_the_cursor_stands(product: Product, sign_in: SignIn) -> None:
    (page,) = opened(product, sign_in, "template", "okt.roads")
    write(page, "Здравствуйте! ")
    page.get_by_text("Шаблоны", exact=True).click()
    page.get_by_role("button", name="Ответ на платформе").click()
    text = page.get_by_role("textbox", name="Проект ответа")
    expect(text).to_have_value(
        re.compile(r"^Здравствуйте! \n\nЗдравствуйте!\nВаше сообщение ОКТ-2026-\d+ рассмотрено\. Дороги: …")
    )
    kept(page)
