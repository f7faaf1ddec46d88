"""How a report lies on paper, the same for PDF and DOCX: what stands beside what, and which tables ask for a wide sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcu.templatetags.mcu_ui import words
from reports.paper import Cell, Column, Figure, Figures, Form, Part, Prose, Section, Table

SIGN: Final = 1.75  # millimetres of a sign in a row of a table
GAP: Final = 1.5  # between columns, in characters
BAR: Final = 15.0  # a bar in a row, in characters
LONGEST_WORD: Final = 16  # longer ones are hyphenated
WIDEST_TEXT: Final = 44
ACROSS, ACROSS_WIDE = 178.0, 265.0  # millimetres between the margins of a sheet, upright and on its side
PORTRAIT: Final = ACROSS / SIGN  # signs across an upright sheet
BETWEEN: Final = 5.0  # two tables side by side

_BREAKS: Final = re.compile(r"[ \-/]+")


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a column must be and would like to be, in characters."""

    least: float
    wish: float


def widths(table: Table) -> list[Width]:
    """Numbers take what they need; texts share the rest by their wishes."""
    return [_width(column, [_shown(row[place]) for row in table.visible]) for place, column in enumerate(table.columns)]


def _width(column: Column, cells: Sequence[str]) -> Width:
    # Headers are set a size smaller than the rows.
    header = min(_longest_word(column.title), LONGEST_WORD) * 0.95
    if column.is_number or column.form is Form.DAY:
        least = max([header, *(min(len(cell), WIDEST_TEXT) for cell in cells)], default=header)
        return Width(least, least)
    word = min(max([4, *(_longest_word(cell) for cell in cells)]), LONGEST_WORD)
    wish = min(max([header, *(len(cell) for cell in cells)]), WIDEST_TEXT)
    return Width(max(header, word), max(wish, header, word))


def _shown(cell: Cell) -> str:
    return f"{cell.words} {cell.note}" if cell.note else cell.words


def _longest_word(text: str) -> int:
    return max((len(word) for word in _BREAKS.split(text)), default=0)


def millimetres(table: Table, room: float, *, bars: bool = True) -> list[float]:
    """Widths of the columns that fill the room. Numbers take what they need; what is left, texts share by their wishes.

    Where even the least does not fit, everything shrinks alike. With ``bars`` there is room left for the bars in the rows.
    """
    asked = widths(table)
    room -= (BAR + GAP) * SIGN if bars and table.bar is not None else 0
    least = [(width.least + GAP) * SIGN for width in asked]
    free = room - sum(least)
    if free < 0:
        return [width * room / sum(least) for width in least]
    wanted = [(width.wish - width.least) * SIGN for width in asked]
    if sum(wanted) > free:
        return [width + want * free / sum(wanted) for width, want in zip(least, wanted, strict=True)]
    texts = [place for place, column in enumerate(table.columns) if column.form is Form.TEXT] or list(range(len(least)))
    rest = (free - sum(wanted)) / max(len(texts), 1)
    return [
        width + want + (rest if place in texts else 0) for place, (width, want) in enumerate(zip(least, wanted, strict=True))
    ]


def breadth(table: Table) -> float:
    """The least width of a table, in characters."""
    asked = widths(table)
    return sum(max(width.least, min(width.wish, 14)) + GAP for width in asked) + (BAR + GAP if table.bar is not None else 0)


def is_wide(table: Table, sheet: float = PORTRAIT) -> bool:
    """Whether the table asks for a sheet laid on its side."""
    return breadth(table) > sheet


def lines(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """Parts as they follow one another; two narrow tables in turn stand side by side where they fit."""
    waiting: Table | None = None
    for part in parts:
        if is_silent(part):
            continue
        if not (isinstance(part, Table) and part.narrow):
            if waiting:
                yield (waiting,)
            waiting = None
            yield (part,)
        elif waiting is None:
            waiting = part
        elif breadth(waiting) + breadth(part) + BETWEEN > PORTRAIT:
            yield (waiting,)
            waiting = part
        else:
            yield (waiting, part)
            waiting = None
    if waiting:
        yield (waiting,)


def is_silent(part: Part) -> bool:
    """Nothing to say: words that nobody wrote and nobody misses, a line without figures."""
    if isinstance(part, Prose):
        return not part.paragraphs and not part.empty
    return isinstance(part, Figures) and not part.figures


def title_of(section: Section, part: Part) -> str:
    """The part's own title; nothing where the section has just said it."""
    return "" if part.title == section.title else part.title


def change_words(figure: Figure) -> str:
    """What stands after a figure: its change and its notes. Before a length of time the note goes first: «раньше 2 д 4 ч»."""
    change = figure.change
    words = [figure.value.note, *([change.words, change.note] if change else [])]
    words.insert(1 if change and change.form is Form.DURATION else len(words), figure.note)
    return " ".join(word for word in words if word)


def more(table: Table) -> str:
    """«Ещё 12 тем» where paper leaves rows to the workbook."""
    if not table.hidden:
        return ""
    return f"Ещё {words(table.hidden, table.more or 'строка,строки,строк')}; все — в XLSX и CSV."


def picture_rows(table: Table) -> int:
    """How many rows the table's chart draws."""
    shown = len(table.visible)
    return min(shown, table.chart.rows) if table.chart and table.chart.rows is not None else shown
