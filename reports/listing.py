"""Every figure of a period as a list for a terminal: its words, its value on each side, what a share was divided of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from blocks.models import Center
from reports import wording
from reports.cases import CASE_FIGURES
from reports.periods import Period
from reports.shape import SIDES, Executor, Figures, Ratio, Row, Side

Cells = tuple[str, ...]
HEAD: Final[Cells] = ("за период", "до него", "год назад", "числитель", "знаменатель")
_COLUMNS: Final = ("received", "answered", "in_time", "late", "open", "overdue")
_COLUMN_WORDS: Final[Cells] = ("поступило", "отвечено", "в срок", "с опозданием", "в работе", "просрочено")


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the list: what it is about, its columns, and its lines of words and cells."""

    title: str
    columns: Cells
    lines: Sequence[tuple[str, Cells]]


# Figures of other modules join the list here, each a function that counts and words its part.
JOINED: Final[list[Callable[[Center, Period, datetime], Part]]] = []


def parts_of(figures: Figures) -> list[Part]:
    """The figures as tables: totals with shares, then by source, block, recipient, topic and settlement."""
    totals = [(figure.title, _three(figures["totals"][code])) for code, figure in CASE_FIGURES.items()]
    shares = [
        (_RATIO_WORDS[name][0], _ratio(ratio, _RATIO_WORDS[name][1])) for name, ratio in figures.get("ratios", {}).items()
    ]
    tables: tuple[tuple[str, Sequence[Row]], ...] = (
        ("По источникам", figures["sources"]),
        ("По отраслевым блокам", figures["blocks"]),
        ("По получателям", figures.get("recipients", [])),
        ("По темам", figures["topics"]),
        ("По населённым пунктам", figures["settlements"]),
    )
    found = [Part("Всего", HEAD, [*totals, *shares])]
    found += [Part(title, _COLUMN_WORDS, [(row["name"], _counts(row)) for row in rows]) for title, rows in tables]
    found.append(
        Part("Просрочено по блокам и получателям", HEAD[:3], [_executor(row) for row in figures.get("overdue_by", [])])
    )
    return [part for part in found if part.lines]


def text(parts: Iterable[Part]) -> str:
    """The tables aligned: words to the left, numbers to the right."""
    return "\n\n".join(_table(part) for part in parts)


def _table(part: Part) -> str:
    rows = [(part.title, part.columns), *part.lines]
    first = max(len(words) for words, _ in rows)
    widths = [max(len(cells[place]) for _, cells in rows if place < len(cells)) for place in range(len(part.columns))]
    lines = [_line(words, cells, first, widths) for words, cells in rows]
    lines.insert(1, "─" * max(map(len, lines)))
    return "\n".join(lines)


def _line(words: str, cells: Cells, first: int, widths: Sequence[int]) -> str:
    return "  ".join([words.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, widths, strict=False))]).rstrip()


def _three(pair: Mapping[str, object]) -> Cells:
    return tuple(str(pair.get(side, 0)) for side in SIDES)


def _counts(row: Row) -> Cells:
    return tuple(str(row["counts"][figure]["now"]) for figure in _COLUMNS)


def _executor(row: Executor) -> tuple[str, Cells]:
    words = f"{row['block'] or 'Блок не назначен'}: {row['recipient'] or 'получатель не назначен'}"
    return words, _three(row["counts"]["overdue"])


def _ratio(ratio: Mapping[Side, Ratio], show: Callable[[float | None], str]) -> Cells:
    values = tuple(show(ratio[side]["value"]) for side in SIDES)
    return (*values, f"{ratio['now']['numerator']:.0f}", str(ratio["now"]["denominator"]))


def _mean(value: float | None) -> str:
    return wording.NO_DATA if value is None else wording.mean(value)


_RATIO_WORDS: Final[dict[str, tuple[str, Callable[[float | None], str]]]] = {
    "in_time_share": ("Доля отвеченных в срок", wording.share),
    "complete_share": ("Доля ответов в полном объёме", wording.share),
    "score": ("Средняя оценка", _mean),
    "answer_seconds": ("Среднее время ответа (числитель в секундах)", wording.took),
}
