"""Words in any form: a phrase of a rule is found in a text whatever the endings, «ё» and «е» alike.

A stem of a Russian word is always its beginning, so only words that begin like one of the rule's are taken to the stemmer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcu.text import folded
from messages.stems import WORD, stem

_QUOTES: Final = (("«", "»"), ("„", "“"), ("“", "”"), ('"', '"'))


class Text:
    """A text to look for phrases in; cut into words only where a phrase may stand in it."""

    __slots__ = ("_words", "folded")

    def __init__(self, text: str) -> None:
        self.folded = folded(text)
        self._words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = WORD.findall(self.folded)
        return self._words


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand one after another, in any form; an exact one stands in these very forms."""

    written: str
    parts: tuple[str, ...]  # stems, of an exact phrase the words
    exact: bool = False

    def stands_in(self, text: Text) -> bool:
        if not self.parts or any(part not in text.folded for part in self.parts):
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
    words = WORD.findall(folded(line))
    return Phrase(line, tuple(words if exact else map(stem, words)), exact)
