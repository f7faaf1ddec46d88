"""What a kind of report is: how it is counted, what it shows, where people write into it and who completes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from blocks.models import Center, Source
from blocks.roles import Role
from reports.paper import Prose, Section
from reports.periods import Period


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is counted about."""

    center: Center
    period: Period
    source: Source | None = None


class Word(TypedDict):
    """A text of a report as it is kept once signed: where it stands, of which block, whose it is, when it was written."""

    place: str
    block: str
    block_name: str
    text: str
    by: str
    at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Place:
    """Where people write: one text, or one of every block (ОКТ Пол. 3.4 ¶3, R52)."""

    code: str
    title: str
    hint: str
    roles: frozenset[Role]
    by_block: bool = False
    asked_for: str = ""  # complete | approve: by which step it must be written, or left out on purpose


class Words:
    """The texts of a report by place."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words = list(words)

    def prose(self, place: Place, *, empty: str = "") -> Prose:
        """One text as paragraphs, with whose it is."""
        found = [word for word in self._words if word["place"] == place.code and word["text"]]
        paragraphs = tuple(line for word in found for line in _paragraphs(word))
        return Prose(place.title, paragraphs, ", ".join(dict.fromkeys(word["by"] for word in found)), place.code, empty)


def _paragraphs(word: Word) -> list[str]:
    lines = [line.strip() for line in word["text"].split("\n") if line.strip()]
    if word["block_name"] and lines:
        lines[0] = f"{word['block_name']}. {lines[0]}"
    return lines


Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report. ``count`` gives plain data that is kept; ``sections`` only lays out what was kept."""

    code: str
    title: str
    clause: str
    weekly: bool
    count: Callable[[Subject], dict[str, Any]]
    sections: Callable[[Figures, Words], tuple[Section, ...]]
    places: tuple[Place, ...]
    sources: str = "never"  # never | also | only: made for the Center, for each source besides, for each source only
    to: str = ""  # whom the heading names
    how: str = ""  # how the numbers are taken, under the heading
    offered: Callable[[Center], bool] = lambda center: True
    summary: Callable[[Figures], Sequence[tuple[str, str]]] = lambda figures: ()  # a few numbers for the archive and the letter

    def place(self, code: str) -> Place | None:
        return next((place for place in self.places if place.code == code), None)


SUPPORT: Final = frozenset({Role.SUPPORT, Role.HEAD})
BLOCKS: Final = frozenset({Role.BLOCK_CURATOR, Role.SUPPORT, Role.HEAD})
HEAD: Final = frozenset({Role.HEAD})
SOURCES: Final = frozenset({Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.HEAD})
