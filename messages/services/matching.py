"""A source's own words for topic and settlement, matched to the Center's rows; what is not known stays words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from blocks.models import Center, CenterRow, Settlement, Topic

WORDS_MAX: Final = 400  # of Message.topic_words and settlement_words

Row = TypeVar("Row", bound=CenterRow)


def topic_of(center: Center, words: str) -> tuple[Topic | None, str]:
    """The open topic meant by a code or a name, or the words kept for the sorter. One query, none for empty words."""
    if not words.strip():
        return None, ""
    rows = Topic.objects.filter(center=center, closed_at__isnull=True).only("code", "name", "fast_track", "center_id")
    return _matched(rows, words, lambda topic: (topic.code, topic.name))


def settlement_of(center: Center, words: str) -> tuple[Settlement | None, str]:
    """The open settlement meant by a code, a name or a name with its kind («пгт. Октябрьское»). One query or none."""
    if not words.strip():
        return None, ""
    rows = Settlement.objects.filter(center=center, closed_at__isnull=True).only("code", "name", "kind", "center_id")
    return _matched(rows, words, lambda place: (place.code, place.name, f"{place.kind} {place.name}"))


def _matched(rows: Iterable[Row], words: str, names: Callable[[Row], tuple[str, ...]]) -> tuple[Row | None, str]:
    """The one row that bears the name. Two of them are as good as none: a person decides."""
    wanted = _plain(words)
    found = [row for row in rows if wanted in {_plain(name) for name in names(row)}]
    if len(found) == 1:
        return found[0], ""
    squeezed = " ".join(words.split())
    return None, squeezed if len(squeezed) <= WORDS_MAX else f"{squeezed[: WORDS_MAX - 1]}…"


def _plain(words: str) -> str:
    """Without differences of case, ё, full stops and spaces."""
    return " ".join(words.casefold().replace("ё", "е").replace(".", " ").split())
