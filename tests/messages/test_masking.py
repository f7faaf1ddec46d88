"""Contacts inside texts are hidden from those who may not see them, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from messages.masking import mask_contacts
from messages.models import Message
from tests.cast import Cast
from tests.messages.browsing import browser, of_case, page
from tests.messages.scenes import IM, bring


@pytest.mark.parametrize(
    "contact",
    [
        "+7 922 123-45-67",
        "+7(922)123-45-67",
        "+79221234567",
        "8-922-123-45-67",
        "8 (922) 1234567",
        "89221234567",
        "8.922.123.45.67",
        "8 922 123\u201145\u201167",
        "9221234567",
        "922 123 45 67",
        "8 (34678) 2-12-34",
        "8-34678-21234",
        "8 (486-67) 2-15-55",
        "2-12-34",
    ],
)
def test_a_telephone_is_hidden_however_it_is_written(contact: str) -> None:
    for text in (f"Звоните {contact}.", f"{contact} — мой номер", f"Мой номер: {contact}, Анна"):
        masked = mask_contacts(text)
        assert masked == text.replace(contact, "[телефон скрыт]"), masked


@pytest.mark.parametrize("contact", ["anna@mail.ru", "a.n-na+dom@sub.mail.example.org", "анна@почта.рф"])
def test_an_e_mail_is_hidden(contact: str) -> None:
    assert mask_contacts(f"Пишите на {contact}, жду.") == "Пишите на [почта скрыта], жду."


@pytest.mark.parametrize("text", ["тел. 21234", "Телефон: 2 12 34", "т. 2-12-34", "телефона 212345"])
def test_a_short_number_is_hidden_after_the_word_for_it(text: str) -> None:
    assert not any(digit in mask_contacts(text) for digit in "1234")


@pytest.mark.parametrize(
    "text",
    [
        "Дом 12, квартира 34, 3 подъезд.",
        "18.11.2026 в 10:00 не было воды.",
        "С 18.11.2026 по 20.11.2026, 10:00-18:00.",
        "Сообщение ОКТ-2026-000123 от 12-11-2026.",
        "Долг 12 345 678 рублей 90 копеек.",
        "Кадастровый номер 86:07:0101001:123.",
        "Прошло 2 года, 3 месяца, 15 дней; яма 2-3 метра.",
        "ул. Ленина, 5-7; температура -25-30.",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_contacts(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_contacts(text)
    assert mask_contacts(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "Cs"), exclude_characters="@")))
def test_a_text_without_digits_and_at_signs_stays(text: str) -> None:
    assert mask_contacts(text) == text


@given(
    st.text(alphabet=" ,.;:-—()абвТел"), st.from_regex(r"[78]9[0-9]{9}", fullmatch=True), st.text(alphabet=" ,.;:-—()абвТел")
)
def test_no_telephone_survives_whatever_stands_around_it(before: str, number: str, after: str) -> None:
    assert number not in mask_contacts(before + number + after)


def test_words_of_the_source_are_masked_too(okt: Cast, settings: Settings) -> None:
    """A topic and a place that no list knows, and the address in a social network that names the writer."""
    settings.DEMO = True  # no second step of signing in
    scene = bring(okt, IM, "assigned")
    secret = "пишите на proba@example.org"
    words_of_source = {
        "topic_words": secret,
        "settlement_words": secret,
        "address": secret,
        "url": "https://vk.com/proba_example",
    }
    okt.message("im", text=scene.message.text)  # the panel of similar ones finds each by the other
    Message.objects.update(topic=None, settlement=None, **words_of_source)
    addresses = (of_case(scene), of_case(scene, "similar"), page(okt, "list"))
    tech, curator = browser(okt, "tech"), browser(okt, "im")
    for address in addresses:
        shown = tech.get(address).content.decode()
        assert "[почта скрыта]" in shown, address
        assert "proba" not in shown, address
    assert "https://vk.com/proba_example" in curator.get(addresses[0]).content.decode()


def test_who_took_a_letter_is_hidden() -> None:
    masked = mask_contacts("Ответ направлен: в руки, получил(а) Проверкина А. П.")
    assert masked == "Ответ направлен: в руки, получил(а) [имя скрыто]"
