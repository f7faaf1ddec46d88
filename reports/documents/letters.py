"""How wide words are in the product's own type, PT Sans."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import fontpkg
from PIL import ImageFont

POINT: Final = 25.4 / 72  # millimetres
_SIZE: Final = 100  # letters are measured large: small ones are rounded to pixels


def breadth(words: str, points: float) -> float:
    """The width of a line of words of a size, in millimetres."""
    return _length(words) / _SIZE * points * POINT


@lru_cache(maxsize=4096)  # a table is looked at several times, and its words repeat
def _length(words: str) -> float:
    return float(_font().getlength(words))


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fontpkg.path("PT Sans")), _SIZE, layout_engine=ImageFont.Layout.BASIC)
