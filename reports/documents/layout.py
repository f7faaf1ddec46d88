"""How a report lies on paper, the same for PDF and DOCX: what stands beside what, and which tables ask for a wide sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mcu.templatetags.mcu_ui import words
from reports.documents.letters import breadth as measured
from reports.paper import Cell, Column, Figure, Figures, Form, Paper, Part, Prose, Section, Table
from reports.paper_charts import is_in_rows

# Millimetres.
ACROSS, ACROSS_WIDE = 178.0, 265.0  # between the margins of a sheet, upright and on its side
GUTTER: Final = 8.0  # between what stands side by side
PAD: Final = 2.4  # of a cell, left and right together
BAR: Final = 26.0  # a bar in a row
LONGEST_WORD: Final = 26.0  # longer ones are hyphenated
WIDEST_TEXT: Final = 80.0
NAME: Final = 44.0  # of a usual name
WIDEST_HEADER: Final = 22.0  # of a column of numbers, in one line
COMFORT: Final = 24.0  # a column of words that is narrower reads badly
LEAST_BESIDE: Final = 60.0  # a narrower table takes this much where it stands beside another
LEAST_CHART: Final = 75.0  # a narrower drawing loses its words
TIGHT: Final = 0.84  # of the usual size: the letters of a table that would else need a sheet laid on its side
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
        return Width(whole + PAD, max(whole, min(measured(column.title, HEADER), WIDEST_HEADER)) + PAD)
    word = max([header, *(min(_longest_word(cell.words, ROW), LONGEST_WORD) for cell in cells)])
    return Width(word + PAD, max(whole, min(measured(column.title, HEADER), WIDEST_TEXT)) + PAD)


def _whole(cell: Cell) -> float:
    """A cell in one line."""
    return measured(cell.words, ROW) + (measured(f" {cell.note}", NOTE) if cell.note else 0)


def _longest_word(text: str, points: float) -> float:
    return max((measured(word, points) for word in _BREAKS.split(text) if word), default=0)


def millimetres(table: Table, room: float, *, bars: bool = True, looser: float = 1) -> list[float]:
    """Widths of the columns that fill the room. Numbers take what they need; of what is left, modest wishes come first.

    Where even the least does not fit, everything shrinks alike. With ``bars`` there is room left for the bars in the rows;
    ``looser`` is how much wider the letters may be than ours.
    """
    asked = widths(table)
    room -= BAR if bars and table.bar is not None else 0
    least = [width.least * looser for width in asked]
    if room < sum(least):
        return [width * room / sum(least) for width in least]
    texts = [column.form is Form.TEXT for column in table.columns]
    grown = list(least)
    # Usual names in a line first, then headers of numbers in a line, then long texts.
    for most, of_texts in ((NAME, True), (WIDEST_HEADER + PAD, False), (WIDEST_TEXT + PAD, True)):
        wishes = [
            max(min(width.wish, most) * looser - one, 0) if is_text is of_texts else 0.0
            for width, one, is_text in zip(asked, grown, texts, strict=True)
        ]
        granted = _granted(wishes, room - sum(grown))
        grown = [one + more_of_it for one, more_of_it in zip(grown, granted, strict=True)]
    rest = (room - sum(grown)) / (sum(texts) or len(texts))
    return [one + (rest if is_text or not any(texts) else 0) for one, is_text in zip(grown, texts, strict=True)]


def _granted(wishes: Sequence[float], free: float) -> list[float]:
    """What of the wishes is granted: small ones wholly, the larger ones equally."""
    granted = [0.0] * len(wishes)
    for left, place in zip(range(len(wishes), 0, -1), sorted(range(len(wishes)), key=lambda one: wishes[one]), strict=True):
        granted[place] = min(wishes[place], free / left)
        free -= granted[place]
    return granted


def breadth(table: Table) -> float:
    """The width under which a table reads badly."""
    comfortable = sum(max(width.least, min(width.wish, COMFORT)) for width in widths(table))
    return comfortable + (BAR if table.bar is not None else 0)


def scale(table: Table) -> float:
    """The size of a table's letters: smaller ones where they save laying the sheet on its side, and on such a sheet."""
    needs = breadth(table)
    return 1 if needs <= ACROSS or ACROSS / TIGHT < needs <= ACROSS_WIDE else TIGHT


def long_words(table: Table, given: Sequence[float], size: float = 1) -> list[bool]:
    """In which columns some word is longer than the column, so that words are divided there and nowhere else."""
    return [
        size * max([_longest_word(column.title, HEADER), *(_longest_word(row[place].words, ROW) for row in table.visible)])
        > width - PAD * size + 0.01
        for place, (column, width) in enumerate(zip(table.columns, given, strict=True))
    ]


def with_bars(table: Table) -> Table:
    """The table with the bars of its chart in its own rows, where it has room for them: no number is shown twice."""
    chart = table.chart
    if table.bar is not None or chart is None or chart.kind != "bars" or breadth(table) + BAR > ACROSS:
        return table
    first, *others = chart.series
    return replace(table, bar=first, tick=others[0] if others else None)


def is_wide(table: Table, sheet: float = ACROSS / TIGHT) -> bool:
    """Whether the table asks for a sheet laid on its side: ``sheet`` is what an upright one holds."""
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
        elif _least(waiting) + _least(part) + GUTTER > ACROSS:
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
    least = [_least(table) for table in tables]
    wishes = [max(_wish(table), LEAST_BESIDE) - one for table, one in zip(tables, least, strict=True)]
    free = ACROSS - GUTTER - sum(least)
    granted = _granted([max(wish, 0) for wish in wishes], free)
    rest = (free - sum(granted)) / 2
    return [one + more_of_it + rest for one, more_of_it in zip(least, granted, strict=True)]


def _least(table: Table) -> float:
    """The width under which a table or its drawing reads badly."""
    return max(breadth(table), LEAST_CHART if table.chart and not is_in_rows(table) and table.rows else 0)


def _wish(table: Table) -> float:
    return sum(width.wish for width in widths(table)) + (BAR if table.bar is not None else 0)


def is_silent(part: Part) -> bool:
    """Nothing to say: words that nobody wrote and nobody misses, a line without figures."""
    if isinstance(part, Prose):
        return not part.paragraphs and not part.empty
    return isinstance(part, Figures) and not part.figures


def title_of(section: Section, part: Part) -> str:
    """The part's own title; nothing where the section has just said it or has nothing but this table."""
    heard = [other for other in section.parts if not is_silent(other)]
    just_said = part.title == section.title and bool(heard) and heard[0].title == part.title
    alone = isinstance(part, Table) and len(heard) == 1 and bool(section.title)
    return "" if just_said or alone else part.title


def sections(paper: Paper) -> tuple[Section, ...]:
    """Those that have something to say."""
    return tuple(section for section in paper.sections if not all(is_silent(part) for part in section.parts))


def change_words(figure: Figure) -> str:
    """What stands after a figure: its change and its notes. Before a length of time the note goes first: «раньше 2 д 4 ч»."""
    change = figure.change
    if change and change.form is Form.DURATION:
        return " ".join(part for part in (figure.value.note, figure.note, change.words, change.note) if part)
    changed = " ".join(part for part in (change.words, change.note) if part) if change else ""
    return " · ".join(part for part in (figure.value.note, changed, figure.note) if part)


def more(table: Table) -> str:
    """«Ещё 12 тем» where paper leaves rows to the workbook."""
    if not table.hidden:
        return ""
    return f"Ещё {words(table.hidden, table.more or ROWS)}; все — в XLSX и CSV."
