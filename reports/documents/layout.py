"""How a report lies on paper, the same for PDF and DOCX: what stands beside what, and which tables ask for a wide sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcu.templatetags.mcu_ui import words
from reports.documents.letters import breadth as measured
from reports.paper import Cell, Column, Figure, Figures, Form, Part, Prose, Section, Table

# Millimetres.
ACROSS, ACROSS_WIDE = 178.0, 265.0  # between the margins of a sheet, upright and on its side
GUTTER: Final = 8.0  # between what stands side by side
PAD: Final = 2.4  # of a cell, left and right together
BAR: Final = 26.0  # a bar in a row
LONGEST_WORD: Final = 26.0  # longer ones are hyphenated
WIDEST_TEXT: Final = 80.0
COMFORT: Final = 24.0  # a column of words that is narrower reads badly
LEAST_BESIDE: Final = 60.0  # a narrower table takes this much where it stands beside another
# Points.
ROW, HEADER, NOTE = 9.0, 8.0, 8.0
ROWS: Final = "строка,строки,строк"

_BREAKS: Final = re.compile(r"[ \t\r\n]+|(?<=[^\W\d])[-/](?=[^\W\d])")


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a column must be and would like to be."""

    least: float
    wish: float


def widths(table: Table) -> list[Width]:
    """Numbers take what they need; texts share the rest by their wishes."""
    return [_width(column, [row[place] for row in table.visible]) for place, column in enumerate(table.columns)]


def _width(column: Column, cells: Sequence[Cell]) -> Width:
    header = min(_longest_word(column.title, HEADER), LONGEST_WORD)
    whole = max([header, *(min(_whole(cell), WIDEST_TEXT) for cell in cells)])
    if column.is_number or column.form is Form.DAY:
        return Width(whole + PAD, whole + PAD)
    word = max([header, *(min(_longest_word(cell.words, ROW), LONGEST_WORD) for cell in cells)])
    return Width(word + PAD, max(whole, min(measured(column.title, HEADER), WIDEST_TEXT)) + PAD)


def _whole(cell: Cell) -> float:
    """A cell in one line."""
    return measured(cell.words, ROW) + (measured(f" {cell.note}", NOTE) if cell.note else 0)


def _longest_word(text: str, points: float) -> float:
    return max((measured(word, points) for word in _BREAKS.split(text) if word), default=0)


def millimetres(table: Table, room: float, *, bars: bool = True, looser: float = 1) -> list[float]:
    """Widths of the columns that fill the room. Numbers take what they need; what is left, texts share by their wishes.

    Where even the least does not fit, everything shrinks alike. With ``bars`` there is room left for the bars in the rows;
    ``looser`` is how much wider the letters may be than ours.
    """
    asked = widths(table)
    room -= BAR if bars and table.bar is not None else 0
    least = [width.least * looser for width in asked]
    free = room - sum(least)
    if free < 0:
        return [width * room / sum(least) for width in least]
    wanted = [(width.wish - width.least) * looser for width in asked]
    if sum(wanted) > free:
        return [width + want * free / sum(wanted) for width, want in zip(least, wanted, strict=True)]
    texts = [column.form is Form.TEXT for column in table.columns]
    rest = (free - sum(wanted)) / (sum(texts) or len(texts))
    return [
        width + want + (rest if is_text or not any(texts) else 0)
        for width, want, is_text in zip(least, wanted, texts, strict=True)
    ]


def breadth(table: Table) -> float:
    """The width under which a table reads badly."""
    comfortable = sum(max(width.least, min(width.wish, COMFORT)) for width in widths(table))
    return comfortable + (BAR if table.bar is not None else 0)


def is_wide(table: Table) -> bool:
    """Whether the table asks for a sheet laid on its side."""
    return breadth(table) > ACROSS


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
        elif breadth(waiting) + breadth(part) + GUTTER > ACROSS:
            yield (waiting,)
            waiting = part
        else:
            yield (waiting, part)
            waiting = None
    if waiting:
        yield (waiting,)


def rooms(line: tuple[Part, ...]) -> list[float]:
    """The millimetres of the parts of a line: two share the sheet by what they need."""
    tables = [part for part in line if isinstance(part, Table)]
    if len(tables) < 2:
        return [ACROSS_WIDE if tables and is_wide(tables[0]) else ACROSS]
    asked = [max(breadth(table), LEAST_BESIDE) for table in tables]
    return [(ACROSS - GUTTER) * one / sum(asked) for one in asked]


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
    parts = [figure.value.note, *([change.words, change.note] if change else [])]
    parts.insert(1 if change and change.form is Form.DURATION else len(parts), figure.note)
    return " ".join(part for part in parts if part)


def more(table: Table) -> str:
    """«Ещё 12 тем» where paper leaves rows to the workbook."""
    if not table.hidden:
        return ""
    return f"Ещё {words(table.hidden, table.more or ROWS)}; все — в XLSX и CSV."
