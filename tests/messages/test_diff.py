"""Differences of two texts: what they say, that nothing is lost in them, and that any two texts are compared quickly."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.textdiff import DEL, INS, SAME, Pair, Piece, inline, side_by_side

OLD = "Здравствуйте!\nФонари у школы починены 18 ноября.\nС уважением, администрация"
NEW = "Здравствуйте!\nФонари у школы починят до 20 ноября, срок на контроле.\nС уважением, администрация"


def said(pieces: tuple[Piece, ...] | list[Piece]) -> str:
    marks = {SAME: "{}", INS: "[+{}]", DEL: "[-{}]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)


def left(pairs: list[Pair]) -> list[str]:
    return [said(pair.left) for pair in pairs]


def right(pairs: list[Pair]) -> list[str]:
    return [said(pair.right) for pair in pairs]


def test_words_are_marked_within_their_paragraph() -> None:
    pairs = side_by_side(OLD, NEW)
    assert [pair.is_changed for pair in pairs] == [False, True, False]
    assert left(pairs)[1] == "Фонари у школы [-починены 18] ноября."
    assert right(pairs)[1] == "Фонари у школы [+починят до 20] ноября[+, срок на контроле]."


def test_the_reading_order_is_taken_out_then_put_in() -> None:
    assert said(inline("Починим в среду.", "Починим в пятницу утром.")) == "Починим в [-среду][+пятницу утром]."


def test_a_new_paragraph_stands_beside_nothing() -> None:
    pairs = side_by_side("Первый.\nТретий.", "Первый.\nВторой.\nТретий.")
    assert left(pairs) == ["Первый.", "", "Третий."]
    assert right(pairs) == ["Первый.", "[+Второй.]", "Третий."]


def test_equal_texts_have_no_differences() -> None:
    assert not any(pair.is_changed for pair in side_by_side(OLD, OLD))
    assert said(inline(OLD, OLD)) == OLD


TEXTS = st.text(alphabet="аб в.\n", max_size=120)


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_out_of_the_differences(old: str, new: str) -> None:
    pieces = inline(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != INS) == old
    assert "".join(piece.text for piece in pieces if piece.kind != DEL) == new


@given(old=TEXTS, new=TEXTS)
def test_no_word_is_lost_side_by_side(old: str, new: str) -> None:
    pairs = side_by_side(old, new)
    assert " ".join("".join(piece.text for piece in pair.left) for pair in pairs).split() == old.split()
    assert " ".join("".join(piece.text for piece in pair.right) for pair in pairs).split() == new.split()


WORDS = [f"слово{number}" for number in range(3000)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("а " * 10_000, "а " * 9_000 + "б " * 500, id="one word all over"),
        pytest.param("а б " * 5_000, "б б а " * 3_300, id="two words all over"),
        pytest.param("а\n" * 10_000, "б\n" * 9_000 + "а\n" * 900, id="ten thousand lines"),
        pytest.param(" ".join(WORDS)[:20_000], " ".join(reversed(WORDS))[:20_000], id="all upside down"),
        pytest.param(" ".join(WORDS)[:20_000], " ".join(word + "х" for word in WORDS)[:20_000], id="nothing in common"),
        pytest.param(" ".join(WORDS[::2])[:20_000], " ".join(WORDS[::3])[:20_000], id="every second word"),
        pytest.param(" ".join(WORDS[:100] * 20)[:20_000], " ".join(WORDS[50:150] * 20)[:20_000], id="a hundred words"),
    ],
)
def test_any_two_long_texts_are_compared_quickly(old: str, new: str) -> None:
    begun = time.perf_counter()
    side_by_side(old, new)
    assert time.perf_counter() - begun < 1.5  # on a busy machine; usually a tenth of it


def test_a_change_of_several_words_is_read_as_one() -> None:
    assert said(inline("Конец.\nПравка куратора.", "Конец. Добавлено автосохранением.")) == (
        "Конец.[-\nПравка куратора][+ Добавлено автосохранением]."
    )
