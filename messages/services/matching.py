"""A source's own words for topic and settlement, matched to the Center's rows; what is not known stays words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from blocks.models import Center, CenterRow, Settlement, Topic
from mcu import memo
from mcu.text import folded

WORDS_MAX: Final = 400  # of Message.topic_words and settlement_words

Row = TypeVar("Row", bound=CenterRow)


def topic_of(center: Center, words: str) -> tuple[Topic | None, str]:
    """The open topic meant by a code or a name, or the words kept for the sorter. One query, none for empty words."""
    if not words.strip():
        return None, ""
    return _matched(memo.remembered(("topics by name", center.pk), lambda: _topics(center)), words)


def settlement_of(center: Center, words: str) -> tuple[Settlement | None, str]:
    """The open settlement meant by a code, a name or a name with its kind («пгт. Октябрьское»). One query or none."""
    if not words.strip():
        return None, ""
    return _matched(memo.remembered(("settlements by name", center.pk), lambda: _settlements(center)), words)


def _topics(center: Center) -> dict[str, Topic | None]:
    rows = Topic.objects.filter(center=center, closed_at__isnull=True).only("code", "name", "fast_track", "center_id")
    return _by_name(rows, lambda topic: (topic.code, topic.name))


def _settlements(center: Center) -> dict[str, Settlement | None]:
    rows = Settlement.objects.filter(center=center, closed_at__isnull=True).only("code", "name", "kind", "center_id")
    return _by_name(rows, lambda place: (place.code, place.name, f"{place.kind} {place.name}"))


def _by_name(rows: Iterable[Row], names: Callable[[Row], tuple[str, ...]]) -> dict[str, Row | None]:
    """The rows by each of their names. Two of one name are as good as none: a person decides."""
    found: dict[str, Row | None] = {}
    for row in rows:
        for name in {_plain(name) for name in names(row)}:
            found[name] = None if name in found else row
    return found


def _matched(by_name: Mapping[str, Row | None], words: str) -> tuple[Row | None, str]:
    """The one row that bears the name, else the words."""
    row = by_name.get(_plain(words))
    if row is not None:
        return row, ""
    squeezed = " ".join(words.split())
    return None, squeezed if len(squeezed) <= WORDS_MAX else f"{squeezed[: WORDS_MAX - 1]}…"


def _plain(words: str) -> str:
    """Without differences of case, ё, full stops and spaces."""
    return " ".join(folded(words).replace(".", " ").split())
