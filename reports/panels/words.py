"""Numbers of a panel in words."""

from __future__ import annotations

from mcu.templatetags.mcu_ui import NBSP, percent, signed
from reports import wording

NO_DATA = wording.NO_DATA


def share_of(part: float | None, whole: int) -> float | None:
    """A share, or nothing where there is nothing to take it of."""
    return None if part is None or not whole else part / whole


def percents(share: float | None, before: float | None = None) -> tuple[str, str, bool | None]:
    """«87 %», «+4 п. п.», whether that is good."""
    if share is None or before is None:
        return percent(share), "", None
    moved = round(100 * share) - round(100 * before)
    return percent(share), f"{signed(moved)}{NBSP}п.{NBSP}п.", None if not moved else moved > 0


def score(mean: float | None, before: float | None = None) -> tuple[str, str, bool | None]:
    """«4,3», «+0,2», whether that is good."""
    if mean is None:
        return NO_DATA, "", None
    moved = 0.0 if before is None else round(mean, 1) - round(before, 1)
    words = "" if before is None else signed(round(moved, 1)) if round(moved, 1) else "0"
    return f"{mean:.1f}".replace(".", ","), words, None if not round(moved, 1) else moved > 0


def took(seconds: float | None) -> str:
    return wording.took(seconds)
