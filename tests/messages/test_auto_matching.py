"""What rules ask of a message: words in any form, lists, sender; which of them acts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.automatic import Facts, Hint, Rule, Text, decide, phrase_of
from messages.stems import stem

LETTERS = st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=18)


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("яма", "На дороге ямы!", True),
        ("яма", "Объезжаем яму, потом ещё ЯМОЙ больше", True),
        ("яма", "ямайский ром", False),
        ("фонарь", "у фонарей темно", True),
        ("не горит фонарь", "опять не горят фонари", True),
        ("не горит фонарь", "фонарь не горит", False),  # the order as written
        ("не горит фонарь", "не горит ни один фонарь", False),
        ("зелёная ёлка", "срубили зеленые елки", True),
        ("еж", "ЁЖ", True),
        ("ТКО", "оплата тко", True),
        ("вывоз мусора", "график вывоза, мусор", True),  # a comma is no word
        ("мусор мусор", "мусор, мусора, мусором", True),
        ("«горячая вода»", "нет горячей воды", False),
        ("«горячая вода»", "Горячая вода ржавая", True),
        ('"дом 5"', "улица Мира, дом 5а", False),
        ("дом 5", "улица Мира, дом 5", True),
        ("по-соседски", "живём по соседски", True),
        ("!!!", "!!!", False),
        ("яма", "", False),
    ],
)
def test_words_stand_in_any_form(phrase: str, text: str, stands: bool) -> None:
    assert phrase_of(phrase).stands_in(Text(text)) is stands


@given(LETTERS)
def test_a_stem_is_the_beginning_of_its_word(word: str) -> None:
    """What the search relies on: it looks for words that begin like the stem."""
    assert word.replace("ё", "е").startswith(stem(word.replace("ё", "е")))


@pytest.fixture
def hurried_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hurried_threads")
def test_words_of_several_threads_at_once_keep_their_own_stems() -> None:
    """Pages are served by threads, and what one of them has mistaken would be kept for all."""
    words = [
        f"{beginning}{ending}" for beginning in ("дорог", "подъезд", "освещени", "трамва") for ending in ("ами", "ах", "ов")
    ]
    stems = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: [stem.__wrapped__(word) for word in words], range(400)):
            assert found == stems


@given(st.lists(LETTERS, min_size=1, max_size=4), st.lists(LETTERS, max_size=5), st.lists(LETTERS, max_size=5), st.booleans())
def test_a_phrase_stands_wherever_it_was_put(phrase: list[str], before: list[str], after: list[str], loud: bool) -> None:
    text = ", ".join([*before, *phrase, *after])
    assert phrase_of(" ".join(phrase)).stands_in(Text(text.upper() if loud else text))
    assert phrase_of(f"«{' '.join(phrase)}»").stands_in(Text(text))


@given(st.text(max_size=200), st.text(max_size=40))
def test_no_text_breaks_the_search(text: str, phrase: str) -> None:
    phrase_of(phrase).stands_in(Text(text))


FACTS = Facts(source_id=1, topic_id=2, settlement_id=3, text="Не горят фонари", sender="Иванов Пётр\np.ivanov@example.ru")


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"sources": frozenset({1, 9})}, True),
        ({"sources": frozenset({9})}, False),
        ({"topics": frozenset({9})}, False),
        ({"settlements": frozenset({3})}, True),
        ({"settlements": frozenset({4})}, False),
        ({"phrases": (phrase_of("яма"), phrase_of("фонарь"))}, True),
        ({"phrases": (phrase_of("яма"),)}, False),
        ({"phrases": (phrase_of("фонарь"),), "without": (phrase_of("горит"),)}, False),
        ({"sender": "иванов петр"}, True),
        ({"sender": "@example.ru"}, True),
        ({"sender": "сидоров"}, False),
        ({"sources": frozenset({1}), "topics": frozenset({2}), "phrases": (phrase_of("яма"),)}, False),
    ],
)
def test_every_condition_must_hold(conditions: dict[str, Any], fits: bool) -> None:
    assert Rule(pk=1, name="р", block_id=1, **conditions).fits(FACTS) is fits


def test_a_case_without_topic_or_place_meets_no_condition_on_them() -> None:
    bare = Facts(source_id=1)
    assert not Rule(pk=1, name="р", topics=frozenset({2})).fits(bare)
    assert not Rule(pk=1, name="р", settlements=frozenset({2})).fits(bare)


def test_the_first_with_a_block_acts_and_marks_before_it_add_up() -> None:
    mark, later = Rule(pk=1, name="метка", tag="свет"), Rule(pk=4, name="поздно", tag="поздно")
    silent = Rule(pk=2, name="не то", block_id=5, phrases=(phrase_of("яма"),))
    mover, second = Rule(pk=3, name="да", block_id=7, recipient_id=8), Rule(pk=5, name="второе", block_id=9)
    decision = decide([mark, silent, mover, later, second], FACTS, lambda: None)
    assert (decision.markers, decision.mover, decision.block_id, decision.recipient_id) == ((mark,), mover, 7, 8)
    assert not decide([silent], FACTS, lambda: None)
    assert decide([mark], FACTS, lambda: None).mover is None


@pytest.mark.parametrize(("confidence", "taken"), [(89.9, 6), (90.0, 5), (100.0, 5)])
def test_a_suggestion_is_taken_above_the_confidence_and_asked_for_once(confidence: float, taken: int) -> None:
    asked = []

    def hint() -> Hint:
        asked.append(1)
        return Hint(5, 8, confidence)

    by_hint = [Rule(pk=place, name="подсказка", confidence=level) for place, level in ((1, 99), (2, 95), (3, 90))]
    fallback = Rule(pk=4, name="остальное", block_id=6)
    assert decide([*by_hint, fallback], FACTS, hint).block_id == taken
    assert asked == [1]
    assert decide([fallback, *by_hint], FACTS, hint).block_id == 6
    assert asked == [1], "nobody asked who did not need to"
    assert decide(by_hint, FACTS, lambda: None).mover is None
