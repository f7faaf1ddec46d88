"""A report as a PDF: its words and the lengths of its bars for the one template beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mcu import typesetting
from reports import paper_charts
from reports.documents import layout
from reports.paper import Cell, Figure, Figures, Paper, Part, Prose, Section, Table

TEMPLATE: Final = Path(__file__).with_name("report.typ")
IN_A_ROW: Final = 5  # large figures
SMALL_IN_A_ROW: Final = 4
WHOLE: Final = 12  # a table of so few rows is not split between pages
UNITS: Final = paper_charts.FULL / layout.ACROSS  # of a drawing in a millimetre
Files = dict[str, bytes]


def render(paper: Paper) -> bytes:
    """The document's bytes. Raises typst.TypstError if the template itself is wrong."""
    files: Files = {}
    data = contents(paper, files)
    return typesetting.typeset(TEMPLATE, data, made_at=paper.heading.made_at, files=files)


def pictures(paper: Paper, *, dots: float = 96) -> list[bytes]:
    """Every page as a PNG, for whoever wants to see the document without opening it."""
    files: Files = {}
    data = contents(paper, files)
    return typesetting.pictures(TEMPLATE, data, made_at=paper.heading.made_at, files=files, dots=dots)


def contents(paper: Paper, files: Files) -> dict[str, Any]:
    """What the template shows, in words already; drawings are put among the files."""
    heading, signature = paper.heading, paper.signature
    return {
        "center": heading.center,
        "letterhead": list(heading.letterhead),
        "title": heading.title,
        "period": heading.period,
        "made": heading.made,
        "note": heading.note,
        "to": heading.to,
        "curator": heading.curator,
        "marks": list(paper.marks),
        "sections": [_section(section, files) for section in layout.sections(paper)],
        "signature": None
        if signature is None
        else {"post": signature.post, "name": signature.name, "signed": signature.signed},
    }


def _section(section: Section, files: Files) -> dict[str, Any]:
    lines = []
    parts_of_it = [layout.with_bars(part) if isinstance(part, Table) else part for part in section.parts]
    for line in layout.lines(parts_of_it):
        rooms = layout.rooms(line)
        parts = [_part(section, part, files, room) for part, room in zip(line, rooms, strict=True)]
        lines.append({"parts": parts, "rooms": rooms, "wide": parts[0]["wide"]})
    return {"title": section.title, "note": section.note, "lines": lines}


def _part(section: Section, part: Part, files: Files, room: float) -> dict[str, Any]:
    level = 2 if section.title else 1
    about: dict[str, Any] = {"title": layout.title_of(section, part), "level": level, "wide": False}
    match part:
        case Table():
            return about | _table(part, files, room)
        case Figures():
            most = IN_A_ROW if part.leading else SMALL_IN_A_ROW
            shown = [_figure(figure) for figure in part.figures]
            return about | {"kind": "figures", "leading": part.leading, "across": min(len(shown), most), "figures": shown}
        case Prose():
            words = list(part.paragraphs)
            return about | {"kind": "prose", "paragraphs": words, "by": part.by if words else "", "empty": part.empty}


def _figure(figure: Figure) -> dict[str, Any]:
    change = figure.change
    return {
        "name": figure.name,
        "value": figure.value.words,
        "change": layout.change_words(figure),
        "tone": change.tone if change else "",
    }


def _table(table: Table, files: Files, room: float) -> dict[str, Any]:
    drawing = _chart(table, files, room)
    size = layout.scale(table)
    widths = layout.millimetres(table, room - drawing["room"], looser=size)
    most = max([1.0, *(paper_charts.number(row[place]) or 0 for place in _measured(table) for row in table.visible)])
    return {
        "kind": "table",
        "wide": layout.is_wide(table),
        "whole": len(table.visible) <= WHOLE,
        "header": [column.title for column in table.columns],
        "numeric": [column.is_number for column in table.columns],
        "widths": widths,
        "size": size,
        "divided": layout.long_words(table, widths, size),
        "rows": [[_cell(cell) for cell in row] for row in table.visible],
        "bar": table.bar,
        "lengths": [[_length(row, place, most) for place in (table.bar, table.tick)] for row in table.visible],
        "more": layout.more(table),
        "note": table.note,
        "empty": table.empty,
        **drawing,
    }


def _chart(table: Table, files: Files, room: float) -> dict[str, Any]:
    """The drawing's file and the room it takes at the table's side: none where it stands over the table."""
    beside = room - layout.breadth(table) - layout.GUTTER
    at_side = beside >= layout.LEAST_CHART
    width = beside if at_side else min(room, layout.ACROSS)
    drawn = None if paper_charts.is_in_rows(table) else paper_charts.draw(table, width=round(width * UNITS), paper=True)
    if drawn is None:
        return {"chart": None, "room": 0, "width": 0, "alt": ""}
    name = f"chart{len(files)}.svg"
    files[name] = drawn.encode()
    return {
        "chart": name,
        "room": beside + layout.GUTTER if at_side else 0,
        "width": width,
        "alt": table.chart.title if table.chart else "",
    }


def _measured(table: Table) -> tuple[int, ...]:
    return tuple(place for place in (table.bar, table.tick) if place is not None)


def _length(row: tuple[Cell, ...], place: int | None, most: float) -> float | None:
    return None if place is None else min(max((paper_charts.number(row[place]) or 0) / most, 0), 1)


def _cell(cell: Cell) -> dict[str, str]:
    return {"words": cell.words, "note": cell.note, "tone": cell.tone}
