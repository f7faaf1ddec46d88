"""A report for an observer (ЦУР): without names of people and numbers of cases, on the page and in the documents alike."""

from __future__ import annotations

import re
from dataclasses import replace

from reports.paper import Cell, Chart, Figures, Paper, Part, Section, Table

_HIDDEN = Cell(None)
_CASE = re.compile(r"\b[А-ЯЁA-Z]{2,6}-20\d{2}-\d{4,}\b")  # the number of a case, said in a text


def without_private(paper: Paper) -> Paper:
    """The same report: private columns are gone, private cells are dashes, no number leads to its cases."""
    return replace(paper, sections=tuple(_section(section) for section in paper.sections))


def _section(section: Section) -> Section:
    return replace(section, parts=tuple(_part(part) for part in section.parts))


def _part(part: Part) -> Part:
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Figures):
        figures = tuple(
            replace(one, value=_cell(one.value), change=_cell(one.change) if one.change else None) for one in part.figures
        )
        return replace(part, figures=figures)
    return replace(part, by="", paragraphs=tuple(_CASE.sub("дело", words) for words in part.paragraphs))


def _cell(cell: Cell) -> Cell:
    return _HIDDEN if cell.private else replace(cell, cases=None)


def _table(table: Table) -> Table:
    kept = [place for place, column in enumerate(table.columns) if not column.private]
    moved = {old: new for new, old in enumerate(kept)}
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(_cell(row[place]) for place in kept) for row in table.rows),
        chart=_chart(table.chart, moved),
        bar=None if table.bar is None else moved.get(table.bar),
        tick=None if table.tick is None else moved.get(table.tick),
    )


def _chart(chart: Chart | None, moved: dict[int, int]) -> Chart | None:
    """The chart of the columns that are left; none where its names or its numbers are gone."""
    if chart is None or chart.names not in moved or not all(column in moved for column in chart.series):
        return None
    plan = None if chart.plan is None else moved.get(chart.plan)
    return replace(chart, names=moved[chart.names], series=tuple(moved[column] for column in chart.series), plan=plan)
