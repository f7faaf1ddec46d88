"""The quick form in a browser: a date half typed is asked for, never taken as «now»."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import SignIn

BY_HTMX = """() => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Проба" });
  button.setAttribute("hx-post", "");
  document.querySelector(".quick__line").append(button);
  htmx.process(button);
}"""


def test_a_day_without_its_hour_is_said_and_nothing_is_sent(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.goto("/oktyabrsky/messages/new/")
    button = page.get_by_role("button", name="Записать и разобрать")
    expect(button).to_be_in_viewport(ratio=1)
    page.get_by_label("О чём").fill("Яма у школы.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    day = page.get_by_label("Когда поступило")
    day.focus()
    page.keyboard.type("11")
    button.click()
    expect(page.get_by_text("Впишите день, месяц и год")).to_be_visible()
    expect(day).to_be_focused()
    # The same for a moment as other forms ask for it, sent by htmx.
    page.reload()
    day.evaluate("(field) => { field.type = 'datetime-local'; }")
    page.evaluate(BY_HTMX)
    day.focus()
    page.keyboard.type("11112026")
    page.get_by_role("button", name="Проба").click()
    expect(page.get_by_text("Впишите и день, и время.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/messages/new/$"))
    assert sent == []
