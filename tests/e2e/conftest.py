"""One product and one browser for all the tests; each person has a browser context of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.product import PASSWORD, ROOT, Product, running

PICTURES = Path(os.environ.get("PICTURES") or ROOT / "docs" / "img")
COLOURS = 64  # enough for flat pages, and a picture of them is small
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic")

SignIn = Callable[[str], Page]


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


def enter(page: Page, name: str) -> None:
    """Fill in the sign-in page and send it."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()


@pytest.fixture
def sign_in(product: Product, browser: Browser) -> Iterator[SignIn]:
    """Signs a person in and gives their page; a page that logs an error of the script or of CSP fails the test."""
    pages: dict[str, Page] = {}
    problems: list[str] = []

    def page_of(name: str) -> Page:
        if name not in pages:
            context = browser.new_context(base_url=product.url, locale="ru-RU", viewport={"width": 1440, "height": 900})
            page = pages[name] = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: problems.append(f"{name}: {error}"))
            page.on(
                "console", lambda line: problems.append(f"{name}: {line.text}") if "Content Security" in line.text else None
            )
            page.goto("/")
            enter(page, name)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
        return pages[name]

    yield page_of
    for page in pages.values():
        page.context.close()
    assert problems == []


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps two pictures of a page for the guide: as on a desk's screen and, beside it, as on a phone."""

    def take(page: Page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        usual = page.viewport_size
        for suffix, width, height in (("", 1440, 900), ("-phone", 390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            taken = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide")))
            few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(PICTURES / f"{name}{suffix}.png", optimize=True)
        if usual:
            page.set_viewport_size(usual)

    return take
