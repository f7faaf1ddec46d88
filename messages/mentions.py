"""Names called with «@» in a comment: «@Иванова», «@Иванова А. П.», «@Иванова Анна Петровна»."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mcu.text import folded

# Not within a word: an address of e-mail calls nobody.
_CALL: Final = re.compile(r"(?<![\w.@/])@\s?([^\W\d_][\w-]*)((?:[\s\u00a0]*[^\W\d_][\w-]*\.?){0,2})")


@dataclass(frozen=True, slots=True)
class Called:
    """Who was called, and the names that nobody or more than one is found by."""

    people: frozenset[int]
    unknown: tuple[str, ...]


def called_in(text: str, names: Mapping[int, str]) -> Called:
    """The people called in the text among those named (id → «Иванова А. П.»)."""
    people: set[int] = set()
    unknown: dict[str, None] = {}
    for match in _CALL.finditer(text):
        family, rest = match.groups()
        found = _found(family, rest, names)
        if len(found) == 1:
            people |= found
        else:
            unknown[family] = None
    return Called(frozenset(people), tuple(unknown))


def _found(family: str, rest: str, names: Mapping[int, str]) -> set[int]:
    """By the family name; where there are namesakes, by the initials or the names that follow it."""
    namesakes = {pk: name for pk, name in names.items() if folded(name.partition(" ")[0]) == folded(family)}
    if len(namesakes) < 2:
        return set(namesakes)
    given = [folded(word[0]) for word in re.findall(r"[^\W\d_]+", rest)]
    for length in (2, 1):
        found = (
            {pk for pk, name in namesakes.items() if given[:length] == _initials(name)[:length]} if given[:length] else set()
        )
        if len(found) == 1:
            return found
    return set(namesakes)


def _initials(name: str) -> list[str]:
    return [folded(word[0]) for word in name.split()[1:]]
