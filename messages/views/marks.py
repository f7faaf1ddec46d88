"""Differences of two texts as HTML: marked for the eye by a line, for a reader by words, never by colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from messages.textdiff import DEL, INS, Piece, inline, side_by_side

_ALOUD: Final = {INS: ("ins", "добавлено: "), DEL: ("del", "убрано: ")}


@dataclass(frozen=True, slots=True)
class MarkedPair:
    """A row of the table of differences."""

    left: SafeString
    right: SafeString
    is_changed: bool


def table(old: str, new: str) -> list[MarkedPair]:
    """Both texts beside each other, paragraph by paragraph."""
    return [MarkedPair(_marked(pair.left), _marked(pair.right), pair.is_changed) for pair in side_by_side(old, new)]


def line(old: str, new: str) -> SafeString:
    """The new text with what was taken out and put in since the old one."""
    return _marked(inline(old, new))


def _marked(pieces: Iterable[Piece]) -> SafeString:
    return format_html_join("", "{}", ((_one(piece),) for piece in pieces))


def _one(piece: Piece) -> SafeString | str:
    if piece.kind not in _ALOUD or not piece.text.strip():  # a space is not worth a mark
        return piece.text
    tag, aloud = _ALOUD[piece.kind]
    return format_html('<{0}><span class="aloud">{1}</span>{2}</{0}>', tag, aloud, piece.text)
