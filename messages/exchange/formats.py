"""The formats by their codes, and which of them a file has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from messages.exchange import delo, im, mcu, pos
from messages.exchange.columns import Table
from messages.exchange.story import Story


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its table, how its rows are told, the source its cases belong to ("": each row names its own)."""

    table: Table
    story_of: Callable[[dict[str, Any], ZoneInfo], Story]
    source: str
    outcomes: dict[str, str]
    when_missing: str = ""  # what to do where a needed column is not there


FORMATS: Final = {
    "im": Format(im.TABLE, im.story_of, im.SOURCE, im.OUTCOMES),
    "pos": Format(pos.TABLE, pos.story_of, pos.SOURCE, pos.OUTCOMES),
    "delo": Format(delo.TABLE, delo.story_of, delo.SOURCE, {}),
    "mcu": Format(mcu.TABLE, mcu.story_of, "", {}, " Выгрузите таблицу снова, выбрав «все столбцы»."),
}


def guess(lines: Sequence[Sequence[Any]]) -> str:
    """The format that the first lines of a file look most like; "" where they look like none."""
    scores = {code: max((one.table.score(cells) for cells in lines), default=0) for code, one in FORMATS.items()}
    best = max(scores, key=lambda code: scores[code])
    if scores[best]:
        return best
    first = next((cells for cells in lines if any(cell not in ("", None) for cell in cells)), ())
    return next((code for code, one in FORMATS.items() if one.table.letters(first)), "")
