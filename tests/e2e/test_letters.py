"""A letter in the browser: drawn up, downloaded, sent by post, its number written in afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn

Picture = Callable[[Page, str], None]
APPROVED = "/oktyabrsky/messages/?state=approved"


def open_an_appeal_to_send(page: Page) -> None:
    """Whichever approved appeal of the sample this person sends."""
    page.goto(APPROVED)
    addresses = page.locator(".row__link").evaluate_all("links => links.map(link => link.href)")
    for address in dict.fromkeys(addresses):
        page.goto(address)
        if page.locator(".letter-out").count():
            return
    raise AssertionError("the sample has no approved appeal")


def test_a_letter_goes_by_post(sign_in: SignIn, picture: Picture, tmp_path: Path) -> None:
    page = sign_in("okt.fz59")
    open_an_appeal_to_send(page)
    letter = page.get_by_role("region", name="Письмо")
    letter.get_by_text("Составить письмо").first.click()
    letter.get_by_label("Куда").fill("ул. Ленина, д. 5, кв. 1\nпгт. Приобье, 628126")
    letter.get_by_role("button", name="Составить письмо").click()
    expect(page.locator("#flash")).to_contain_text("ОКТ-исх-")
    letter.scroll_into_view_if_needed()
    picture(page, "letter")
    with page.expect_download() as started:
        letter.get_by_role("link", name="PDF").click()
    assert started.value.suggested_filename.startswith("Письмо ОКТ-исх-")
    started.value.save_as(tmp_path / "letter.pdf")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF-")

    page.get_by_role("group", name="Действия").get_by_text("Отметить отправку", exact=True).first.click()
    form = page.locator("#act-send")
    tracking = form.get_by_label("Номер отправления")
    expect(tracking).to_be_hidden()
    form.get_by_label("Почтой", exact=True).check()
    tracking.fill("RA123456784RU")
    form.get_by_role("button", name="Отметить отправку").click()
    expect(form).to_contain_text("контрольная цифра не сходится")
    form.get_by_label("Номер отправления").fill("")
    form.get_by_role("button", name="Отметить отправку").click()
    expect(page.locator(".case__head")).to_contain_text("Ответ направлен")

    letter.get_by_text("Внести номер отправления").click()
    letter.get_by_label("Номер отправления").fill("80100012345678")
    letter.get_by_role("button", name="Записать").click()
    expect(letter).to_contain_text("почтой, отправление 80100012345678")
