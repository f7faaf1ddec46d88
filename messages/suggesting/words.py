"""What of a text is looked at: stems of its words and their pairs, pieces of words for misspellings. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from mcu.text import folded
from messages.stems import WORD, stem

_LONGEST: Final = 20_000  # signs of a text that are read
_LONGEST_WORD: Final = 40
_LONGEST_NUMBER: Final = 4  # a longer one is a telephone or an account, which nobody may learn
_PIECES: Final = (3, 4, 5)


def stems(text: str) -> list[str]:
    """Words in lower case without their endings, «е» for «ё»."""
    return [stem(word) for word in _plain(text)]


def phrases(text: str) -> list[str]:
    """Stems and pairs of neighbours."""
    single = stems(text)
    return [*single, *(f"{first} {second}" for first, second in pairwise(single))]


def pieces(text: str) -> list[str]:
    """Three to five neighbouring letters of each word, its beginning and end among them."""
    return [piece for word in _plain(text) for piece in _pieces(word)]


def _plain(text: str) -> Iterator[str]:
    for found in WORD.finditer(folded(text[:_LONGEST])):
        word = found[0][:_LONGEST_WORD]
        if len(word) <= _LONGEST_NUMBER or not any(sign.isdigit() for sign in word):
            yield word


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[str, ...]:
    whole = f" {word} "
    found = [whole[start : start + size] for size in _PIECES for start in range(len(whole) - size + 1)]
    return tuple(found) or (whole,)
