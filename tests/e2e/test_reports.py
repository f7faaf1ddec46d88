"""The problemator in the browser: support completes, the head signs and presents, the curator reads and takes it home."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pypdf
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn, enter

Picture = Callable[[Page, str], None]
REPORTS = "/oktyabrsky/reports/"


def opened(page: Page) -> None:
    """The last problemator, from the archive."""
    page.goto(f"{REPORTS}?kind=problemator")
    page.get_by_role("main").locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Проблематор")


def taken(page: Page, kind: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name=kind, exact=True).click()
    return started.value.path().read_bytes()


def write(page: Page, place: str, text: str) -> None:
    """Write at a place of the list beside the report."""
    places = page.locator("#places")
    if places.get_attribute("open") is None:
        places.locator("summary").click()
    places.get_by_role("link", name=place, exact=True).click()
    page.get_by_label("Текст").fill(text)
    page.get_by_role("button", name="Записать", exact=True).click()
    expect(page.locator("#flash")).to_contain_text("записан")


def test_from_the_draft_to_the_curator(sign_in: SignIn, picture: Picture) -> None:
    support, head, roads = sign_in("okt.support"), sign_in("okt.head"), sign_in("okt.roads.curator")
    opened(support)
    write(support, "Главное за неделю", "Больше всего писали о дорогах.")
    opened(roads)
    write(roads, "Причины, Дороги", "Техника вышла на линию на день позже.")
    opened(support)
    expect(support.get_by_text("Дороги. Техника вышла на линию на день позже.")).to_be_visible()
    support.get_by_role("button", name="Передать руководителю").click()
    expect(support.locator("#flash")).to_contain_text("передан руководителю")
    opened(head)
    write(head, "Анализ и выводы руководителя", "Поручить проверить график уборки.")
    picture(head, "problemator")
    head.get_by_role("button", name="Утвердить").click()
    expect(head.locator("#flash")).to_contain_text("больше не меняются")
    head.get_by_role("button", name="Представить").click()
    expect(head.locator("#flash")).to_contain_text("Отчёт представлен")
    curator = sign_in("okt.curator")
    curator.goto("/oktyabrsky/notices/")
    curator.get_by_role("link", name="Проблематор за").first.click()
    expect(curator.get_by_text("Поручить проверить график уборки.")).to_be_visible()
    first = {kind: taken(curator, kind) for kind in ("PDF", "DOCX", "XLSX")}
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(first["PDF"])).pages)
    assert "Поручить проверить график уборки." in " ".join(words.split())
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(first["DOCX"])).namelist()
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(first["XLSX"])).namelist()
    assert {kind: taken(curator, kind) for kind in first} == first


def test_a_number_of_the_report_opens_its_cases(sign_in: SignIn) -> None:
    head = sign_in("okt.head")
    opened(head)
    number = head.locator("a[href*='/cases/'][href$='/received/']").first
    count = number.inner_text().replace("\u00a0", "")
    number.click()
    expect(head.get_by_role("main")).to_contain_text(count)


def test_a_text_typed_when_the_session_ended_comes_back(sign_in: SignIn) -> None:
    page = sign_in("okt.fz59")
    page.goto(f"{REPORTS}?kind=source-week")
    page.get_by_role("main").locator("tbody a[href$='.fz59/']").first.click()
    page.locator("#places").get_by_role("link", name="Причины", exact=False).first.click()
    page.get_by_label("Текст").fill("Набрано перед обрывом.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Записать", exact=True).click()
    enter(page, "okt.fz59")
    expect(page.get_by_label("Текст")).to_have_value("Набрано перед обрывом.")
