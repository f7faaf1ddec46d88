"""Words of a Russian text and their stems: what all the forms of a word begin with. Pure."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Final

import snowballstemmer

WORD: Final = re.compile(r"[^\W_]+")


class _Stemmer(threading.local):
    """One for each thread: the library's stemmer keeps the word at hand in itself."""

    def __init__(self) -> None:
        self.of_thread = snowballstemmer.stemmer("russian")


_STEMMER: Final = _Stemmer()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without its ending; of a folded word (``mcu.text.folded``)."""
    return str(_STEMMER.of_thread.stemWord(word))
