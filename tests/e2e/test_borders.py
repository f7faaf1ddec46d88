"""A person of one Center can open nothing of the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import SignIn
from tests.e2e.product import Product

FOREIGN = (
    "/korsakovsky/",
    "/korsakovsky/messages/",
    "/korsakovsky/messages/КОР-2026-000001/",
    "/korsakovsky/approval/",
    "/korsakovsky/roster/",
    "/korsakovsky/reports/",
    "/korsakovsky/reports/problemator/2026-W46/",
    "/korsakovsky/reports/problemator/2026-W46/pdf",
    "/korsakovsky/notices/",
    # A foreign number under the own Center's address.
    "/oktyabrsky/messages/КОР-2026-000001/",
)


@pytest.mark.parametrize("name", ["okt.head", "okt.im", "okt.roads"])
def test_nothing_of_the_other_center_opens(product: Product, sign_in: SignIn, name: str) -> None:
    page = sign_in(name)
    for address in FOREIGN:
        answer = page.request.get(product.url + address)
        assert answer.status == 404, address
        assert "Корсаковск" not in answer.text()
    page.goto("/oktyabrsky/messages/?state=all&q=КОР-2026-000001")
    expect(page.get_by_text("По этим условиям ничего нет")).to_be_visible()


def test_a_form_of_the_own_center_writes_nothing_into_the_other(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("korsakovsky", "portal")
    number = product.push(key, source="portal", external_id="border", text="Проверка границы Центров.")
    page = sign_in("okt.head")
    page.goto("/oktyabrsky/messages/")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    for center in ("korsakovsky", "oktyabrsky"):
        answer = page.request.post(
            f"{product.url}/{center}/messages/{number}/redirect/",
            form={"addressee": "Чужой Центр", "csrfmiddlewaretoken": token},
            headers={"Referer": product.url},
        )
        assert answer.status == 404
    sign_in("kor.portal").goto(f"/korsakovsky/messages/{number}/")
    expect(sign_in("kor.portal").locator(".case__head")).to_contain_text("Поступило")
