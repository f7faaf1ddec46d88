"""The sorting desk by keyboard alone: twenty messages under two minutes, a step taken back, a colleague who was faster."""

from __future__ import annotations

import time
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.product import Product

DESK = "/oktyabrsky/sorting/"
BAR_SECONDS = 120
MATTERS = (
    ("На улице {street} яма во всю дорогу, машины объезжают по тротуару.", "pothole"),
    ("Фонари на улице {street} не горят вторую неделю, дети идут в школу в темноте.", "light"),
    ("Мусор на улице {street} не вывозят с понедельника, баки полные.", "waste"),
    ("В доме на улице {street} холодно, батареи чуть тёплые.", "heat"),
)
STREETS = ("Мира", "Ленина", "Лесной", "Южной", "Озёрной", "Сосновой", "Речной", "Садовой", "Полевой", "Светлой")


def letters(count: int) -> list[str]:
    """Messages of several matters, each in its own street."""
    return [MATTERS[number % len(MATTERS)][0].format(street=STREETS[number % len(STREETS)]) for number in range(count)]


def opened(page: Page) -> str:
    """The number of the case that is open."""
    return page.locator(".work__letter .letter__meta a").first.inner_text()


def press_and_wait(page: Page, *keys: str) -> str:
    """Press keys one after another; the case that opens then."""
    before = opened(page)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(
        "before => document.querySelector('.work__letter .letter__meta a')?.innerText !== before", arg=before
    )
    expect(page.locator("#letter-title")).to_be_focused()
    return opened(page)


def test_twenty_messages_are_sorted_by_keyboard_alone(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "other")
    texts = letters(20)
    pushed = {product.push(key, source="other", external_id=f"sort-{n}", text=text) for n, text in enumerate(texts)}
    page = sign_in("okt.im")
    page.goto(DESK)
    left, started = set(pushed), time.monotonic()
    while left:
        number = opened(page)
        if number not in left:
            press_and_wait(page, "j")  # one of the demo's: passed over
            continue
        if page.locator(".suggest__one").count():
            press_and_wait(page, "1", "Enter")
        else:
            press_and_wait(page, "Alt+3", "Enter")
        left.remove(number)
        expect(page.locator("#said")).to_contain_text(f"{number} передано в блок")
    took = time.monotonic() - started
    print(f"20 сообщений разобраны за {took:.1f} с")
    assert took < BAR_SECONDS
    for number in pushed:
        answer = page.request.get(f"{product.url}/oktyabrsky/messages/{number}/")
        assert "Передано в блок" in answer.text(), number
    # The last step is taken back and its case stands open again, in its place in the list.
    last = page.locator("#said [data-key=KeyZ]").inner_text().split()[2]
    assert press_and_wait(page, "z") == last
    expect(page.locator("#said")).to_contain_text("снова на разборе")
    expect(page.locator(".queue__link[aria-current]")).to_contain_text(last)


def test_topic_and_recipient_are_chosen_by_typing(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "other")
    number = product.push(key, source="other", external_id="typing", text="Просьба рассмотреть прилагаемое.")
    page = sign_in("okt.im")
    page.goto(f"{DESK}{number}/")
    page.keyboard.press("t")
    topic = page.get_by_role("combobox", name="Тема")
    expect(topic).to_be_focused()
    page.keyboard.type("осв")
    expect(page.get_by_role("option").first).to_contain_text("освещение", ignore_case=True)
    page.keyboard.press("Enter")
    expect(topic).to_have_value("Уличное освещение")
    expect(page.get_by_role("radio", name="Благоустройство")).to_be_checked()  # the topic's block
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("radio", name="Дороги")).to_be_checked()
    press_and_wait(page, "Enter")
    expect(page.locator("#said")).to_contain_text(f"{number} передано в блок «Дороги»")


def test_a_refusal_keeps_the_case_and_what_was_typed(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "other")
    number = product.push(key, source="other", external_id="refusal", text="Прошу проверить законность надбавки.")
    page = sign_in("okt.im")
    page.goto(f"{DESK}{number}/")
    page.keyboard.press("Enter")  # no block chosen
    expect(page.get_by_role("alert")).to_contain_text("Выберите блок")
    page.keyboard.press("r")
    expect(page.get_by_label("Куда передаёте")).to_be_focused()
    page.keyboard.type("Прокуратура района")
    press_and_wait(page, "Enter")
    expect(page.locator("#said")).to_contain_text(f"{number} переадресовано")


def test_a_faster_colleague_costs_nothing(product: Product, sign_in: SignIn) -> None:
    key = product.client_key("oktyabrsky", "other")
    numbers = [product.push(key, source="other", external_id=f"faster-{n}", text=f"Вопрос {n} о лавочке.") for n in (1, 2)]
    one, other = sign_in("okt.im"), sign_in("okt.head")
    for page in (one, other):
        page.goto(f"{DESK}{numbers[0]}/")
    press_and_wait(one, "Alt+6", "Enter")
    other.keyboard.press("Alt+3")
    press_and_wait(other, "Enter")
    expect(other.locator("#said")).to_contain_text("разбирать уже не нужно")
    answer = other.request.get(f"{product.url}/oktyabrsky/messages/{numbers[0]}/")
    assert "Благоустройство" in answer.text()


def test_the_keys_are_shown_and_can_be_switched_off(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.goto(DESK)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Клавиши")
    expect(keys).to_contain_text("взять подсказку")
    keys.get_by_label("Пользоваться клавишами").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    number = opened(page)
    page.keyboard.press("j")
    page.keyboard.press("Alt+3")
    page.keyboard.press("Enter")
    assert opened(page) == number
    expect(page.locator("#hand-over input[name=block]:checked")).to_have_count(0)
    page.keyboard.press("?")
    keys.get_by_label("Пользоваться клавишами").check()


def test_an_open_list_meets_wcag_aa(sign_in: SignIn) -> None:
    """The desk as it opens is looked at with all pages (test_look.py)."""
    page = sign_in("okt.head")
    page.goto(DESK)
    page.keyboard.press("t")
    page.keyboard.press("ArrowDown")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_it_stands_in_the_guide(sign_in: SignIn, picture: Callable[[Page, str], None]) -> None:
    page = sign_in("okt.head")
    page.goto(DESK)
    picture(page, "sorting")
