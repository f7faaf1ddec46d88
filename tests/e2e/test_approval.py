"""The approval desk by keyboard alone: agree, return, change, several at once; the next draft takes the focus."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.product import Product

DESK = "/oktyabrsky/approval/"
Picture = Callable[[Page, str], None]

# Answers on their way to agreement (and one to approval), so that no test waits for what another has judged.
MORE = """
from django.utils import timezone
from blocks import actors
from blocks.models import Block, Center
from mcu.models import User
from messages.models import Message
from messages.services import approval, reply, routing
center, now = Center.objects.get(slug="oktyabrsky"), timezone.now()
who = lambda name: actors.person(user=User.objects.get(username=name), center=center, now=now)
block = Block.objects.get(center=center, code="roads")
for number in {numbers!r}:
    pk = Message.objects.get(number=number).pk
    routing.assign(message_id=pk, actor=who("okt.head"), block_id=block.pk, now=now)
    reply.start(message_id=pk, actor=who("okt.roads"), text="Яма засыпана.", now=now)
    reply.submit(message_id=pk, actor=who("okt.roads"), now=now)
    if {to_head}:
        approval.agree(message_id=pk, actor=who("okt.roads.curator"), version=1, completeness=2, now=now)
"""


def more(product: Product, count: int, *, source: str = "pos", to_head: bool = False) -> None:
    key = product.client_key("oktyabrsky", source)
    numbers = [
        product.push(key, source=source, external_id=f"judge-{uuid4().hex[:8]}", text="Яма у поворота, колёса бьём.")
        for _ in range(count)
    ]
    product.manage("shell", "-c", MORE.format(numbers=numbers, to_head=to_head))


def item(page: Page, place: int = 0) -> Locator:
    """A draft that still waits, by its place on the page."""
    return page.locator(".judge").nth(place)


def pk_of(found: Locator) -> str:
    return found.get_attribute("data-pk") or ""


def line(page: Page, pk: str) -> Locator:
    """What came of the decision about a draft, in its place."""
    return page.locator(f".judged[data-pk='{pk}']")


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def test_a_curator_judges_by_keyboard_alone(product: Product, sign_in: SignIn, picture: Picture) -> None:
    more(product, 4)
    page = sign_in("okt.roads.curator")
    page.goto(DESK)
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    first, second, third = (pk_of(item(page, place)) for place in range(3))

    keys(page, "j")
    expect(page.locator(f"#case-{first}")).to_be_focused()
    keys(page, "2", "a")
    expect(line(page, first)).to_contain_text("ответ согласован, полнота 2")
    expect(page.locator(f"#case-{second}")).to_be_focused()

    # Without the mark «A» asks for it, and the digit then agrees at once.
    keys(page, "a")
    expect(page.locator(f"#case-{second}").get_by_role("alert")).to_contain_text("Отметьте полноту")
    keys(page, "1")
    expect(line(page, second)).to_contain_text("полнота 1")

    expect(page.locator(f"#case-{third}")).to_be_focused()
    keys(page, "r")
    page.locator(f"#comment-{third}").focus()
    page.keyboard.type("Назовите день, когда всё будет сделано.")
    picture(page, "approval-return")
    keys(page, "Control+Enter")
    expect(line(page, third)).to_contain_text("возвращено на доработку")

    # The remark is at hand for the next one, after the page is opened anew.
    page.goto(DESK)
    fourth = pk_of(item(page))
    keys(page, "j", "r", "1", "Enter")
    expect(line(page, fourth)).to_contain_text("возвращено на доработку")
    assert loads == [page.url]  # decisions load no page


def test_several_are_agreed_with_one_key(product: Product, sign_in: SignIn) -> None:
    more(product, 2)
    page = sign_in("okt.roads.curator")
    page.goto(DESK)
    first, second = pk_of(item(page)), pk_of(item(page, 1))
    bar = page.locator("#several")
    expect(bar).to_be_hidden()
    keys(page, "j", "x", "2", "j", "x")
    expect(bar).to_contain_text("Согласовать отмеченные (2)")
    expect(bar).to_contain_text("Полнота ещё не отмечена: 1")
    keys(page, "s")
    expect(page.locator(f"#case-{second}").get_by_role("alert")).to_contain_text("Отметьте полноту")
    keys(page, "0", "s")
    expect(line(page, first)).to_contain_text("полнота 2")
    expect(line(page, second)).to_contain_text("полнота 0")
    expect(bar).to_be_hidden()


def test_a_change_in_place_is_saved_and_agreed(product: Product, sign_in: SignIn) -> None:
    more(product, 1)
    page = sign_in("okt.roads.curator")
    page.goto(DESK)
    pk = pk_of(item(page))
    keys(page, "j", "e")
    text = page.locator(f"#edit-{pk}")
    expect(text).to_be_focused()
    keys(page, "Control+End")
    page.keyboard.type(" Правка куратора.")
    expect(page.locator(f"#case-{pk} [data-kept]")).to_contain_text("сохранено в")
    page.locator(f"#case-{pk}").focus()
    keys(page, "2", "a")
    expect(page.locator(f"#case-{pk}").get_by_role("alert")).to_contain_text("несохранённый текст")
    page.get_by_role("button", name="Сохранить правку").press("Enter")
    expect(page.locator(f"#case-{pk} .letter__text").nth(1)).to_contain_text("Правка куратора.")
    expect(page.locator(f"#case-{pk}")).to_be_focused()
    keys(page, "2", "a")
    expect(line(page, pk)).to_contain_text("ответ согласован")


def test_the_head_approves_with_one_key(product: Product, sign_in: SignIn) -> None:
    more(product, 2, source="im", to_head=True)  # the second is left for the test of the keys
    page = sign_in("okt.head")
    page.goto(DESK)
    pk = pk_of(item(page))
    keys(page, "j", "a")
    expect(line(page, pk)).to_contain_text("ответ утверждён")


def test_keys_are_listed_and_can_be_switched_off(sign_in: SignIn) -> None:
    page = sign_in("okt.head")
    page.goto(DESK)
    keys(page, "?")
    listed = page.get_by_role("dialog", name="Клавиши")
    expect(listed).to_contain_text("согласовать отмеченные")
    listed.get_by_label("Пользоваться клавишами").uncheck()
    keys(page, "Escape")
    expect(listed).to_be_hidden()  # Chrome closes it after the key has been handled, and «?» would close what still stands
    keys(page, "j")
    expect(page.locator(".judge:focus")).to_have_count(0)
    keys(page, "?")
    listed.get_by_label("Пользоваться клавишами").check()
    keys(page, "Escape")
    expect(listed).to_be_hidden()
    keys(page, "j")
    expect(page.locator(".judge:focus")).to_have_count(1)
