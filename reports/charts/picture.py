"""Drawings as PNG, for documents that hold no SVG (DOCX): set by typst with the same PT Sans as the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mcu.typesetting import pictures

TEMPLATE: Final = Path(__file__).parent / "picture.typ"
POINTS: Final = 360  # the width of the page the drawing is set on; only its ratio to the pixels matters
MADE: Final = datetime(2020, 1, 1, tzinfo=UTC)  # the same drawing gives the same bytes whenever it is made


def png(svg: str, width: int = 1200) -> bytes:
    """One drawing (made with ``paper=True``) as a picture so many pixels wide."""
    return pngs([svg], width)[0]


def pngs(svgs: Sequence[str], width: int = 1200) -> list[bytes]:
    """Several drawings at once: typst starts only once for them all."""
    if not svgs:
        return []
    files = {f"drawing{number}.svg": svg.encode() for number, svg in enumerate(svgs)}
    data = {"names": list(files), "width": POINTS}
    return pictures(TEMPLATE, data, made_at=MADE, files=files, dots=72 * width / POINTS)
