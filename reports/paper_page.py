"""A report as its page shows it: a ``Paper`` with the addresses of its numbers' cases, for whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from blocks.actors import Actor
from reports import charts, paper_charts, policies
from reports.documents import layout
from reports.paper import Cell, Figure, Figures, Heading, Paper, Part, Prose, Section, Signature, Table
from reports.paper_private import without_private

WIDE, BESIDE, NARROW = 640, 560, 420  # of a chart over its table, at its side, over one of two tables side by side
# On a phone rows of so many columns of words are cards; of so many columns at all, scrolled beside a fixed name.
AS_CARDS, SCROLLED = 3, 5
NOWHERE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class PageCell:
    """A cell in words; ``url`` leads to its cases."""

    words: str
    note: str
    tone: str
    url: str
    label: str  # the header of its column, for a card
    is_number: bool
    bar: SafeString | None = None  # drawn before the cell

    @property
    def look(self) -> str:
        """Classes of the cell."""
        return " ".join(name for name in ("num" if self.is_number else "", self.tone) if name)


@dataclass(frozen=True, slots=True)
class PageColumn:
    title: str
    is_number: bool
    has_bar: bool


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table with its chart; ``beside``: the chart stands at its side where the screen has room."""

    id: str
    title: str
    name: str
    columns: list[PageColumn]
    rows: list[list[PageCell]]
    more: str
    note: str
    empty: str
    chart: SafeString | None
    beside: bool
    on_phone: str  # «cards», «wide» or nothing
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class PageFigure:
    name: str
    value: str
    url: str
    change: str
    tone: str

    @property
    def good(self) -> bool | None:
        """What the change means, as the component of a figure asks."""
        return {"good": True, "bad": False}.get(self.tone)


@dataclass(frozen=True, slots=True)
class PageFigures:
    id: str
    title: str
    leading: bool
    figures: list[PageFigure]
    kind: str = "figures"


@dataclass(frozen=True, slots=True)
class PageProse:
    """Words of people; ``place`` and ``edit_url`` are for the button of whoever may change them."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    by: str
    empty: str
    place: str
    edit_url: str
    kind: str = "prose"


PagePart = PageTable | PageFigures | PageProse


@dataclass(frozen=True, slots=True)
class PageSection:
    """A section: its lines of one part, or of two narrow tables side by side."""

    id: str
    title: str
    note: str
    lines: list[PageLine]


@dataclass(frozen=True, slots=True)
class PageLine:
    """A part, or two side by side; ``look``: which of them takes more, or that the one is printed on its side."""

    parts: list[PagePart]
    look: str


class PaperPage:
    """What templates/reports/paper/paper.html reads; built without a query.

    ``period`` is the code of the report's period in addresses of cases; ``edit_urls`` says by the place of words where they
    are changed, for whoever may; ``came_from`` is told to lists of cases, so that they lead back to this report.
    """

    def __init__(
        self,
        paper: Paper,
        actor: Actor,
        *,
        center: str,
        period: str,
        edit_urls: Mapping[str, str] = NOWHERE,
        came_from: str = "",
    ) -> None:
        self._linked = policies.may_open_cases(actor)
        self._whole = policies.sees_whole_center(actor)
        self._paper = paper if policies.may_see_names(actor) else without_private(paper)
        self._center, self._period, self._edit_urls = center, period, edit_urls
        self._came_from = (("from", came_from),) if came_from else ()

    @property
    def heading(self) -> Heading:
        return self._paper.heading

    @property
    def marks(self) -> tuple[str, ...]:
        return self._paper.marks

    @property
    def signature(self) -> Signature | None:
        return self._paper.signature

    def sections(self) -> list[PageSection]:
        """Those that have something to say, or wait for words of whoever reads."""
        found = [self._section(f"s{number}", section) for number, section in enumerate(self._paper.sections, start=1)]
        return [section for section in found if section.lines]

    def _section(self, key: str, section: Section) -> PageSection:
        key = section.code or key
        names = (f"{key}-{number}" for number in range(1, len(section.parts) + 1))
        # Words that nobody wrote yet are silent on paper; whoever may write them sees their place.
        parts = [self._prepared(part) for part in section.parts]
        heard = replace(section, parts=tuple(parts))  # a place that waits for words is heard: it repeats no title
        lines = [PageLine([self._part(next(names), heard, part) for part in line], _look(line)) for line in layout.lines(parts)]
        return PageSection(key, section.title, section.note, lines)

    def _prepared(self, part: Part) -> Part:
        if isinstance(part, Prose):
            return _awaited(part) if part.place in self._edit_urls else part
        return layout.with_bars(part) if isinstance(part, Table) else part

    def _part(self, key: str, section: Section, part: Part) -> PagePart:
        title = layout.title_of(section, part)
        match part:
            case Table():
                return self._table(key, title, title or section.title, part)
            case Figures():
                return PageFigures(key, title, part.leading, [self._figure(figure) for figure in part.figures])
            case Prose():
                edit_url = self._edit_urls.get(part.place, "")
                by = part.by if part.paragraphs else ""
                return PageProse(key, title, part.paragraphs, by, part.empty, part.place, edit_url)

    def _figure(self, figure: Figure) -> PageFigure:
        tone = figure.change.tone if figure.change else ""
        return PageFigure(figure.name, figure.value.words, self.url(figure.value), layout.change_words(figure), tone)

    def _table(self, key: str, title: str, name: str, table: Table) -> PageTable:
        columns = [PageColumn(column.title, column.is_number, place == table.bar) for place, column in enumerate(table.columns)]
        most = max([1.0, *(_number(row, place) for place in (table.bar, table.tick) for row in table.visible)])
        beside = layout.breadth(table) <= layout.LEAST_BESIDE * 1.6
        in_words = sum(not column.is_number for column in table.columns)
        drawn = None
        if not paper_charts.is_in_rows(table):
            width = NARROW if table.narrow else BESIDE if beside else WIDE
            drawn = paper_charts.draw(table, width=width, address=self.url)
        return PageTable(
            key,
            title,
            name,
            columns,
            [self._row(table, row, most) for row in table.visible],
            self._more(table),
            table.note,
            table.empty,
            drawn,
            beside and drawn is not None and not table.narrow,
            _on_phone(in_words, len(columns)),
        )

    def _row(self, table: Table, row: tuple[Cell, ...], most: float) -> list[PageCell]:
        cells = []
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            bar = None
            if place == table.bar:
                bar = _bar(row, place, table.tick, most)
            cells.append(PageCell(cell.words, cell.note, cell.tone, self.url(cell), column.title, column.is_number, bar))
        return cells

    def _more(self, table: Table) -> str:
        """«Ещё 12 тем; все — в XLSX и CSV», the documents named to whom they are given."""
        return layout.more(table)

    def url(self, cell: Cell) -> str:
        """Where the number's cases are listed, or its one case; nothing where there are none or this person opens none."""
        cases = cell.cases
        if cases is None or not cell.value or not self._linked:
            return ""
        if cases.case:
            return reverse("messages:case", args=[self._center, cases.case]) if self._whole else ""
        name = "reports:rows" if cases.is_rows else "reports:cases"
        address = reverse(name, args=[self._center, cases.period or self._period, cases.figure])
        about = (*cases.by, *self._came_from)
        return f"{address}?{urlencode(about)}" if about else address


def _look(line: tuple[Part, ...]) -> str:
    if len(line) < 2:
        return "wide" if isinstance(line[0], Table) and layout.is_wide(line[0]) else ""
    first, second = layout.rooms(line)
    return "left" if first > second * 1.15 else "right" if second > first * 1.15 else "even"


def _on_phone(in_words: int, columns: int) -> str:
    if in_words >= AS_CARDS:
        return "cards"
    return "wide" if columns >= SCROLLED else ""


def _bar(row: tuple[Cell, ...], place: int, tick: int | None, most: float) -> SafeString:
    now = _number(row, place)
    if tick is None:
        return charts.parts_bar([(round(now), "")], round(most))
    return charts.pair_bar(now, _number(row, tick), most)


def _number(row: tuple[Cell, ...], place: int | None) -> float:
    return 0.0 if place is None else paper_charts.number(row[place]) or 0.0


def _awaited(part: Prose) -> Prose:
    """Words that wait for whoever opens the page."""
    return part if part.paragraphs or part.empty else replace(part, empty="Не заполнено.")
