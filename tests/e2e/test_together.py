"""What people do about one case together: a name called with «@», a file, a part from another block, the applicant's score."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.product import Product
from tests.e2e.test_whole_way import ANSWER, OKT, agree, hand_over, press, said, send

RUN = uuid4().hex[:8]


def picture_of_a_lamp() -> bytes:
    content = BytesIO()
    Image.new("RGB", (64, 48), "orange").save(content, "PNG")
    return content.getvalue()


def test_a_case_is_worked_on_together_and_its_answer_rated(product: Product, sign_in: SignIn, browser: Browser) -> None:
    key = product.client_key("oktyabrsky", "im")
    text = "На улице Мира у дома 7 не горит фонарь, а из подвала течёт вода."
    number = product.push(key, source="im", external_id=f"together-{RUN}", text=text, settlement="Приобье")
    address = f"{OKT}{number}/"
    curator, roads = sign_in("okt.im"), sign_in("okt.roads")
    hand_over(curator, address, "Дороги")
    _add_a_file(curator)
    _call_a_colleague(curator)
    told = sign_in("okt.roads.curator")
    told.goto("/oktyabrsky/notices/")
    expect(told.get_by_text(f"{number}: вас назвал(а) в комментарии").first).to_be_visible()

    _ask_housing(roads, address)
    _give_the_part(sign_in("okt.housing.curator"), address)
    _write_with_the_part(roads, address)
    agree(told, address)
    head = sign_in("okt.head")
    head.goto(address)
    press(head, "Утвердить")
    send(curator, address, "https://vk.com/wall-1_777")

    _rate(browser, curator.get_by_label("Ссылка для оценки ответа").input_value(), number)
    _leave_as_it_is(curator, address)


def _add_a_file(page: Page) -> None:
    page.get_by_text("Добавить файлы").click()
    page.get_by_label("к сообщению").check()
    file: FilePayload = {"name": "фонарь.png", "mimeType": "image/png", "buffer": picture_of_a_lamp()}
    page.locator("input[name=upload]").set_input_files(file)
    page.get_by_role("button", name="Загрузить").click()
    said(page, "Добавлено: фонарь.png")
    expect(page.get_by_alt_text("Изображение к сообщению: фонарь.png")).to_be_visible()


def _call_a_colleague(page: Page) -> None:
    """By the keyboard alone: the beginning of the name, Enter on the list."""
    page.get_by_text("Написать коллегам").click()
    area = page.get_by_role("textbox", name="Комментарий для коллег")
    area.focus()
    page.keyboard.type("Посмотрите сегодня, @Перев")
    expect(page.get_by_role("option", name="Перевалов А. Ю.")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("вечером.")
    page.get_by_role("button", name="Отправить коллегам").click()
    expect(page.locator(".reply--talk")).to_contain_text("Посмотрите сегодня, @Перевалов А. Ю. вечером.")


def _ask_housing(page: Page, address: str) -> None:
    page.goto(address)
    press(page, "Взять в работу")
    page.get_by_text("Запросить часть ответа").click()
    page.get_by_label("ЖКХ и энергетика").check()
    page.get_by_role("textbox", name="Вопрос").fill("Кто и когда откачает воду из подвала?")
    page.get_by_role("button", name="Запросить", exact=True).click()
    said(page, "Часть ответа запрошена")


def _give_the_part(page: Page, address: str) -> None:
    page.goto("/oktyabrsky/")
    expect(page.get_by_role("heading", name="Дать часть ответа")).to_be_visible()
    page.goto(address)
    page.get_by_role("textbox", name="Часть ответа").fill("Воду откачали сегодня, труба заменена.")
    page.get_by_role("button", name="Передать часть ответа").click()
    said(page, "часть ответа передана")


def _write_with_the_part(page: Page, address: str) -> None:
    page.goto(address)
    editor = page.get_by_role("textbox", name="Проект ответа")
    editor.fill(ANSWER)
    page.get_by_role("button", name="Вставить в ответ").click()
    expect(editor).to_have_value(f"{ANSWER}\n\nВоду откачали сегодня, труба заменена.")
    press(page, "На согласование")
    said(page, "ответ передан на согласование")


def _rate(browser: Browser, link: str, number: str) -> None:
    """The applicant, on a phone and without signing in."""
    page = browser.new_context(locale="ru-RU", viewport={"width": 360, "height": 740}).new_page()
    page.goto(link)
    expect(page.get_by_text(number)).to_be_visible()
    page.get_by_label("2 — плохо").check()
    page.get_by_label("Пояснение").fill("Фонарь мигает.")
    page.get_by_role("button", name="Отправить оценку").click()
    expect(page.get_by_text("2 из 5")).to_be_visible()
    page.context.close()


def _leave_as_it_is(page: Page, address: str) -> None:
    page.goto("/oktyabrsky/")
    expect(page.get_by_role("heading", name="Низкая оценка")).to_be_visible()
    page.goto(address)
    page.get_by_text("Оставить как есть", exact=True).first.click()
    page.get_by_label("Почему оставляем как есть").fill("Заявителю перезвонили: фонарь горит ровно.")
    page.get_by_role("button", name="Оставить как есть").click()
    said(page, "ответ оставлен как есть")
    expect(page.locator(".timeline").first).to_contain_text("Ответ оставлен как есть при низкой оценке")
