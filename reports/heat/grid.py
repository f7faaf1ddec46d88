"""The heat map as it is shown: rows of topics under their blocks, columns, totals, each number with its shade and its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from blocks.models import Center, CenterRow, Recipient, Settlement, Topic
from mcu.templatetags.mcu_ui import signed
from reports.heat.cube import NOBODY, Axis, Cells, Key, Sums, summed
from reports.heat.measures import Measure

_MODELS: Final[dict[Axis, type[CenterRow]]] = {Axis.SETTLEMENT: Settlement, Axis.RECIPIENT: Recipient}
_UNKNOWN: Final = {Axis.SETTLEMENT: "место не указано", Axis.RECIPIENT: "получатель не назначен"}
NO_TOPIC: Final = "Тема не указана"
Links = Callable[[str, int | None, int | None], str]  # a figure, a topic and a column (None: all) to an address or nothing


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as it stands in its place."""

    words: str = ""
    change: str = ""
    level: int = 0
    url: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a topic's, or a block's of which its topics follow."""

    name: str
    cells: tuple[Shown, ...]
    total: Shown


@dataclass(frozen=True, slots=True)
class Group:
    """The topics of a block under its totals."""

    head: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    foot: Line


@dataclass(frozen=True, slots=True)
class Names:
    """Names of topics with their blocks and of columns, in the charter's order."""

    axis: Axis
    topics: dict[int, tuple[str, str]]
    columns: dict[int, str]

    def topic(self, key: int) -> str:
        return self.topics[key][1] if key in self.topics else NO_TOPIC

    def column(self, key: int) -> str:
        return self.columns.get(key, _UNKNOWN[self.axis])

    def place(self, key: Key) -> str:
        """«Уборка снега · Талинка»."""
        return f"{self.topic(key[0])} · {self.column(key[1])}"


def names_of(center: Center, axis: Axis) -> Names:
    """Two queries; closed rows too, for the past had them."""
    topics = Topic.objects.filter(center=center).order_by("block__order", "block_id", "order", "pk")
    return Names(
        axis,
        {pk: (block, name) for pk, block, name in topics.values_list("pk", "block__short", "name")},
        {row.pk: _short(row) for row in _rows(center, axis)},
    )


def _rows(center: Center, axis: Axis) -> QuerySet[CenterRow]:
    return _MODELS[axis]._default_manager.filter(center=center).order_by("order", "pk")


def _short(row: CenterRow) -> str:
    return (row.short if isinstance(row, Recipient) else "") or row.name


def _nowhere(figure: str) -> str:
    return ""


class Builder:
    """Puts the cells of one measure into their places."""

    def __init__(self, cells: Cells, names: Names, measure: Measure, links: Links) -> None:
        self._cells = {key: sums for key, sums in cells.items() if measure.words(sums)}
        self._names, self._measure, self._links = names, measure, links
        with_numbers = {column for _, column in self._cells}
        self._used = [key for key in (*names.columns, NOBODY) if key in with_numbers]
        self._most = max([measure.value(sums) or 0 for sums in cells.values()] or [0])

    def grid(self) -> Grid:
        by_topic: dict[int, dict[int, Sums]] = defaultdict(dict)
        for (topic, column), sums in self._cells.items():
            by_topic[topic][column] = sums
        blocks: dict[str, list[int]] = defaultdict(list)
        for topic, (block, _) in self._names.topics.items():
            if topic in by_topic:
                blocks[block].append(topic)
        groups = [self._group(block, topics, by_topic) for block, topics in blocks.items()]
        if NOBODY in by_topic:
            groups.append(Group(self._line(NO_TOPIC, by_topic[NOBODY], topic=NOBODY), ()))
        return Grid(
            columns=tuple(self._names.column(key) for key in self._used),
            groups=tuple(groups),
            foot=self._sum("Все темы", list(by_topic.values()), linked=True),
        )

    def _group(self, block: str, topics: Sequence[int], by_topic: dict[int, dict[int, Sums]]) -> Group:
        lines = tuple(self._line(self._names.topic(topic), by_topic[topic], topic=topic) for topic in topics)
        return Group(self._sum(block, [by_topic[topic] for topic in topics], linked=False), lines)

    def _line(self, name: str, cells: dict[int, Sums], *, topic: int) -> Line:
        return Line(
            name,
            tuple(
                self._shown(
                    cells.get(column),
                    name,
                    self._names.column(column),
                    self._link(topic, column),
                )
                for column in self._used
            ),
            self._shown(summed(cells.values()), name, "всего", self._link(topic, None), shaded=False),
        )

    def _sum(self, name: str, parts: Sequence[dict[int, Sums]], *, linked: bool) -> Line:
        """A row of totals. Of a block's topics there is no list of cases: a case may lie in another block than its topic."""

        columns = {column: summed(part[column] for part in parts if column in part) for column in self._used}
        return Line(
            name,
            tuple(
                self._shown(
                    columns[column],
                    name,
                    self._names.column(column),
                    self._link(None, column) if linked else _nowhere,
                    shaded=False,
                )
                for column in self._used
            ),
            self._shown(summed(columns.values()), name, "всего", self._link(None, None) if linked else _nowhere, shaded=False),
        )

    def _link(self, topic: int | None, column: int | None) -> Callable[[str], str]:
        return lambda figure: self._links(figure, topic, column)

    def _shown(self, sums: Sums | None, row: str, column: str, link: Callable[[str], str], *, shaded: bool = True) -> Shown:
        if sums is None or not (words := self._measure.words(sums)):
            return Shown()
        return Shown(
            words,
            signed(sums.change) if self._measure.code == "received" and sums.change else "",
            self._measure.level(sums, self._most) if shaded else 0,
            link(self._measure.figure(sums)),
            f"{row}, {column}: {self._measure.said(sums)}",
        )
