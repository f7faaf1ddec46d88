"""Words in any form: a phrase of a rule is found in a text whatever the endings, «ё» and «е» alike.

A stem of a Russian word is always its beginning, so only words that begin like one of the rule's are taken to the stemmer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import snowballstemmer

_WORD: Final = re.compile(r"[^\W_]+")
_QUOTES: Final = (("«", "»"), ("„", "“"), ("“", "”"), ('"', '"'))
_STEMMER: Final = snowballstemmer.stemmer("russian")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without its ending; of a plain lower-case word."""
    return str(_STEMMER.stemWord(word))


def plain(text: str) -> str:
    """Lower case, «е» for «ё»: as texts and rules are compared."""
    return text.lower().replace("ё", "е")


class Text:
    """A text to look for phrases in; cut into words only where a phrase may stand in it."""

    __slots__ = ("_words", "plain")

    def __init__(self, text: str) -> None:
        self.plain = plain(text)
        self._words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = _WORD.findall(self.plain)
        return self._words


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand one after another, in any form; an exact one stands in these very forms."""

    written: str
    parts: tuple[str, ...]  # stems, of an exact phrase the words
    exact: bool = False

    def stands_in(self, text: Text) -> bool:
        if not self.parts or any(part not in text.plain for part in self.parts):
            return False
        words, first, length = text.words, self.parts[0], len(self.parts)
        return any(
            word.startswith(first) and all(map(self._is, words[place : place + length], self.parts))
            for place, word in enumerate(words[: len(words) - length + 1])
        )

    def _is(self, word: str, part: str) -> bool:
        if self.exact:
            return word == part
        return word.startswith(part) and stem(word) == part


def phrase_of(written: str) -> Phrase:
    """A line of a rule: words in any form; in quotes exactly so. Without a word in it, it stands nowhere."""
    line = written.strip()
    exact = len(line) > 1 and any(line.startswith(left) and line.endswith(right) for left, right in _QUOTES)
    words = _WORD.findall(plain(line))
    return Phrase(line, tuple(words if exact else map(stem, words)), exact)
