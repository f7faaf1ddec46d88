"""The whole way of a message as six people, in the browser: social networks with the head, ПОС by the responsible."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn, enter
from tests.e2e.product import Product

OKT = "/oktyabrsky/messages/"
KOR = "/korsakovsky/messages/"
ANSWER = "Здравствуйте! Фонари на улице Мира починены, освещение проверено в вечернее время. Спасибо, что сообщили."
RUN = uuid4().hex[:8]
Picture = Callable[[Page, str], None]


def said(page: Page, words: str) -> None:
    """The page says in its flash line what was done."""
    expect(page.locator("#flash")).to_contain_text(words)


def press(page: Page, label: str) -> None:
    """Press a step of the action bar, opening «Ещё» or its fold when it needs fields."""
    page.get_by_role("group", name="Действия").get_by_text(label, exact=True).first.click()


def confirm(page: Page, label: str) -> None:
    """Send the form that the step has opened."""
    page.locator("details[open]").get_by_role("button", name=label, exact=True).click()


def hand_over(page: Page, address: str, block: str) -> None:
    page.goto(address)
    press(page, "Передать в блок")
    page.get_by_label("Отраслевой блок").select_option(label=block)
    confirm(page, "Передать в блок")
    said(page, "передано в блок")


def draft_and_submit(page: Page, address: str) -> None:
    page.goto(address)
    press(page, "Взять в работу")
    page.get_by_role("textbox", name="Проект ответа").fill(ANSWER)
    page.get_by_role("button", name="Сохранить черновик").click()
    said(page, "Черновик сохранён")
    press(page, "На согласование")
    said(page, "ответ передан на согласование")


def agree(page: Page, address: str) -> None:
    page.goto(address)
    press(page, "Согласовать")
    page.get_by_label("2 — в полном объёме").check()
    confirm(page, "Согласовать")
    said(page, "ответ согласован")


def send(page: Page, address: str, link: str) -> None:
    page.goto(address)
    press(page, "Отметить отправку")
    page.get_by_label("Ссылка на размещённый ответ").fill(link)
    confirm(page, "Отметить отправку")
    said(page, "отправка отмечена")
    expect(page.locator(".case__head")).to_contain_text("Ответ направлен")
    expect(page.locator(".case__head")).to_contain_text("в срок")


def test_social_message_passes_through_the_head(product: Product, sign_in: SignIn, picture: Picture) -> None:
    key = product.client_key("oktyabrsky", "im")
    text = "На улице Мира у дома 5 третью неделю не горят фонари, дети идут в школу в темноте."
    number = product.push(key, source="im", external_id=f"im-{RUN}", text=text, settlement="Приобье")
    curator = sign_in("okt.im")
    curator.goto("/oktyabrsky/")
    picture(curator, "desk")
    curator.goto(f"/oktyabrsky/sorting/{number}/")
    expect(curator.locator("#letter-title")).to_be_visible()
    expect(curator.get_by_text(number).first).to_be_visible()
    hand_over(curator, OKT + number + "/", "Дороги")
    draft_and_submit(sign_in("okt.roads"), OKT + number + "/")

    block_curator = sign_in("okt.roads.curator")
    block_curator.goto("/oktyabrsky/approval/")
    expect(block_curator.get_by_text(number)).to_be_visible()
    picture(block_curator, "approval")
    agree(block_curator, OKT + number + "/")

    head = sign_in("okt.head")
    head.goto(OKT + number + "/")
    press(head, "Утвердить")
    said(head, "ответ утверждён")

    send(curator, OKT + number + "/", "https://vk.com/wall-1_1")
    picture(curator, "case")
    answer = httpx.get(f"{product.url}/api/v1/messages/{number}/", headers={"Authorization": f"Bearer {key}"}, timeout=20)
    assert answer.json()["state"] == "answered"
    assert answer.json()["answer"]["text"] == ANSWER


def test_pos_message_is_posted_by_the_responsible(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "pos")
    number = product.push(key, source="pos", external_id=f"pos-{RUN}", text="Яма на повороте к больнице, бьём колёса.")
    hand_over(sign_in("okt.pos"), OKT + number + "/", "Дороги")
    responsible = sign_in("okt.roads")
    draft_and_submit(responsible, OKT + number + "/")
    agree(sign_in("okt.roads.curator"), OKT + number + "/")
    send(responsible, OKT + number + "/", "https://pos.gosuslugi.ru/1")


def test_korsakovsky_portal_message(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("korsakovsky", "portal")
    number = product.push(
        key, source="portal", external_id=f"portal-{RUN}", text="Не чистят дорогу к школе, автобус не проехал."
    )
    portal = sign_in("kor.portal")
    hand_over(portal, KOR + number + "/", "Экономика и ЖКХ")
    economy = sign_in("kor.economy")
    draft_and_submit(economy, KOR + number + "/")
    agree(economy, KOR + number + "/")
    expect(economy.get_by_text("совмещение")).to_be_visible()
    send(portal, KOR + number + "/", "https://portal.example.ru/1")


def test_a_draft_typed_when_the_session_ended_comes_back(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "pos")
    number = product.push(key, source="pos", external_id=f"draft-{RUN}", text="Во дворе дома 3 не горит фонарь.")
    hand_over(sign_in("okt.pos"), OKT + number + "/", "Дороги")
    page = sign_in("okt.roads")
    page.goto(OKT + number + "/")
    press(page, "Взять в работу")
    page.get_by_role("textbox", name="Проект ответа").press_sequentially("Набрано перед обрывом.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Сохранить черновик").click()
    enter(page, "okt.roads")
    expect(page.get_by_role("textbox", name="Проект ответа")).to_have_value("Набрано перед обрывом.")
    said(page, "Возвращён текст")
    page.get_by_role("button", name="Сохранить черновик").click()
    said(page, "Черновик сохранён")
