"""What differs between two texts, word by word, in paragraphs side by side. Pure; ten times the length costs ten times.

Words that stand once in both texts are anchors (a patience diff); only the short gaps between anchors are compared in
full, so that twenty thousand characters of anything take milliseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

SAME, INS, DEL = "same", "ins", "del"
_TOKENS: Final = re.compile(r"\w+|\s+|[^\w\s]")
_FULLY: Final = 40_000  # cells of a gap compared in full: two hundred words by two hundred
_DEPTH: Final = 12

Match = tuple[int, int, int]  # from, from, length
Gap = tuple[int, int, int, int]  # from and to in the old one, from and to in the new one


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text: common to both, only in the new one, only in the old one."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Paragraphs that stand beside each other; a side may be empty."""

    left: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        return any(piece.kind != SAME for piece in (*self.left, *self.right))


def side_by_side(old: str, new: str) -> list[Pair]:
    """Both texts by paragraphs: what is the same stands beside itself, what was changed beside what it became."""
    left, right = old.split("\n"), new.split("\n")
    pairs: list[Pair] = []
    for kind, i1, i2, j1, j2 in _steps(left, right):
        if kind == SAME:
            pairs += [Pair((Piece(SAME, one),), (Piece(SAME, one),)) for one in left[i1:i2]]
        else:
            pairs.append(_changed("\n".join(left[i1:i2]), "\n".join(right[j1:j2])))
    return [pair for pair in pairs if any(piece.text.strip() for piece in (*pair.left, *pair.right))]


def inline(old: str, new: str) -> list[Piece]:
    """The new text with what was taken out and what was put in, in the order of reading."""
    return list(_pieces(old, new))


def _changed(old: str, new: str) -> Pair:
    pieces = list(_pieces(old, new))
    return Pair(
        tuple(piece for piece in pieces if piece.kind != INS),
        tuple(piece for piece in pieces if piece.kind != DEL),
    )


def _pieces(old: str, new: str) -> Iterator[Piece]:
    return _joined(_by_words(old, new))


def _by_words(old: str, new: str) -> Iterator[Piece]:
    left, right = _TOKENS.findall(old), _TOKENS.findall(new)
    for kind, i1, i2, j1, j2 in _steps(left, right):
        if kind == SAME:
            yield Piece(SAME, "".join(left[i1:i2]))
            continue
        if i1 < i2:
            yield Piece(DEL, "".join(left[i1:i2]))
        if j1 < j2:
            yield Piece(INS, "".join(right[j1:j2]))


def _joined(changes: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece; a space between two changes belongs to both texts and is read with them."""
    waiting: dict[str, str] = {}
    pieces = list(changes)
    for place, piece in enumerate(pieces):
        if piece.kind != SAME:
            waiting[piece.kind] = waiting.get(piece.kind, "") + piece.text
        elif waiting and not piece.text.strip(" ") and place + 1 < len(pieces):
            waiting = {kind: waiting.get(kind, "") + piece.text for kind in (DEL, INS)}
        else:
            yield from _said(waiting)
            waiting = {}
            yield piece
    yield from _said(waiting)


def _said(waiting: dict[str, str]) -> Iterator[Piece]:
    for kind in (DEL, INS):
        if kind in waiting:
            yield Piece(kind, waiting[kind])


def _steps(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """What is the same and what is not, from beginning to end of both."""
    i = j = 0
    for a, b, size in (*_matches(left, right, (0, len(left), 0, len(right)), 0), (len(left), len(right), 0)):
        if i < a or j < b:
            yield "changed", i, a, j, b
        if size:
            yield SAME, a, a + size, b, b + size
        i, j = a + size, b + size


def _matches(left: Sequence[str], right: Sequence[str], gap: Gap, depth: int) -> Iterator[Match]:
    """Stretches that are the same in both, in their order: common ends, then anchors, then what lies between them."""
    a1, a2, b1, b2 = gap
    begun = a1
    while a1 < a2 and b1 < b2 and left[a1] == right[b1]:
        a1, b1 = a1 + 1, b1 + 1
    if a1 > begun:
        yield begun, b1 - (a1 - begun), a1 - begun
    end = a2
    while a1 < a2 and b1 < b2 and left[a2 - 1] == right[b2 - 1]:
        a2, b2 = a2 - 1, b2 - 1
    yield from _between(left, right, (a1, a2, b1, b2), depth)
    if end > a2:
        yield a2, b2, end - a2


def _between(left: Sequence[str], right: Sequence[str], gap: Gap, depth: int) -> Iterator[Match]:
    a1, a2, b1, b2 = gap
    if a1 == a2 or b1 == b2:
        return
    if (a2 - a1) * (b2 - b1) <= _FULLY:
        matcher = SequenceMatcher(None, left[a1:a2], right[b1:b2], autojunk=False)
        yield from ((a1 + a, b1 + b, size) for a, b, size in matcher.get_matching_blocks() if size)
        return
    anchors = _anchors(left, right, gap) if depth < _DEPTH else []
    if not anchors:
        return  # nothing to hold on to: all of it was written anew
    for a, b in anchors:
        if a >= a1 and b >= b1:
            yield from _matches(left, right, (a1, a, b1, b), depth + 1)
            yield a, b, 1
            a1, b1 = a + 1, b + 1
    yield from _matches(left, right, (a1, a2, b1, b2), depth + 1)


def _anchors(left: Sequence[str], right: Sequence[str], gap: Gap) -> list[tuple[int, int]]:
    """Words that stand once in each, in the longest order common to both."""
    a1, a2, b1, b2 = gap
    once_left, once_right = Counter(left[a1:a2]), Counter(right[b1:b2])
    place = {word: at for at, word in enumerate(right[b1:b2], start=b1) if once_right[word] == 1}
    common = [(at, place[word]) for at, word in enumerate(left[a1:a2], start=a1) if once_left[word] == 1 and word in place]
    return _longest_rise(common)


def _longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs in which the second numbers rise too."""
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for at, (_, number) in enumerate(pairs):
        pile = bisect_left(tops, number)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            ends.append(at)
        else:
            tops[pile], ends[pile] = number, at
    found = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
