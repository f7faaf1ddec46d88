"""Parts that several reports lay out alike: a number with its change, tables of counts, facts of the registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from reports import wording
from reports.paper import Cases, Cell, Chart, Column, Figure, Form, Section, Table, points
from reports.shape import Pair

Tone = Literal["", "good", "bad"]
NAME: Final = 40  # characters of a column of names
WORK: Final = {
    "answered": "Отвечено",
    "in_time": "В срок",
    "late": "С опозданием",
    "open": "В работе",
    "overdue": "Просрочено",
}


def figure(name: str, code: str, pair: Pair) -> Figure:
    """A count with its change against the period before, and what stood a year ago where that was counted."""
    return Figure(name, count(code, pair["now"]), change(code, pair), _year_ago(pair))


def share_figure(name: str, code: str, pair: Mapping[str, float | None]) -> Figure:
    """A share with its change in percentage points."""
    year = pair.get("year")
    note = f"год назад {wording.share(year)}" if year is not None else ""
    return Figure(
        name,
        Cell(pair["now"], Form.SHARE, Cases(code) if pair["now"] is not None else None),
        Cell(points(pair["now"], pair["before"]), Form.POINTS),
        note,
    )


def count(code: str, number: int, tone: Tone = "", *, period: str = "", **by: str) -> Cell:
    """A count that opens its cases; nothing opens from a nought."""
    return Cell(number, Form.COUNT, Cases(code, tuple(by.items()), period) if number else None, tone)


def change(code: str, pair: Pair) -> Cell:
    """The change of a count, and whether it is good or bad where that can be said."""
    return Cell(pair["now"] - pair["before"], Form.CHANGE, tone=wording.tone(code, pair))


def _year_ago(pair: Pair) -> str:
    year = pair.get("year")
    return f"год назад {year}" if year else ""


def counted(  # a table of counts by one dimension
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: str,
    name: str,
    code: str = "received",
    shown: int | None = None,
    more: str = "",
    noted: str = "",
    narrow: bool = False,
    before: str = "Раньше",
    now: str = "Неделя",
    empty: str = "За период и раньше не было.",
) -> Table:
    """Counts of one figure by one dimension against the period before, a bar a row."""
    columns = [Column(name, Form.TEXT, NAME)]
    if noted:
        columns.append(Column(noted, Form.TEXT, 24))
    at = len(columns)
    columns += [Column(now, Form.COUNT), Column(before, Form.COUNT), Column("Изменение", Form.CHANGE)]
    years = not narrow and any(row["counts"][code].get("year") for row in rows)  # of a Center that counted then
    if years:
        columns.append(Column("Год назад", Form.COUNT))
    cells = tuple(
        (
            Cell(row["name"], note="" if noted else row["note"]),
            *([Cell(row["note"])] if noted else []),
            count(code, row["counts"][code]["now"], **{by: row["key"]}),
            Cell(row["counts"][code]["before"], Form.COUNT),
            change(code, row["counts"][code]),
            *([Cell(row["counts"][code].get("year"), Form.COUNT)] if years else []),
        )
        for row in rows
    )
    chart = Chart("bars", title, (at, at + 1), rows=shown or 12) if len(rows) > 1 else None
    return Table(
        title, tuple(columns), cells, shown=shown, more=more, empty=empty, chart=chart, bar=at, tick=at + 1, narrow=narrow
    )


def work(
    title: str, name: str, rows: Sequence[Mapping[str, Any]], *, by: str, shown: int | None = None, more: str = ""
) -> Table:
    """Received against the period before, then answers of the period and what is in work, by one dimension."""
    columns = (
        Column(name, Form.TEXT, NAME),
        Column("Поступило", Form.COUNT),
        Column("Изменение", Form.CHANGE),
        *(Column(words, Form.COUNT, 13) for words in WORK.values()),
    )
    cells = tuple(
        (
            Cell(row["name"]),
            count("received", row["counts"]["received"]["now"], **{by: row["key"]}),
            change("received", row["counts"]["received"]),
            *(count(code, row["counts"][code]["now"], _tone(code, row), **{by: row["key"]}) for code in WORK),
        )
        for row in rows
    )
    chart = Chart("bars", f"{title}: поступило", (1,), rows=16) if len(rows) > 1 else None
    return Table(title, columns, cells, chart=chart, empty="Нет.", shown=shown, more=more)


def _tone(code: str, row: Mapping[str, Any]) -> Tone:
    return "bad" if code == "overdue" and row["counts"][code]["now"] else ""


def topics(figures: Mapping[str, Any], *, shown: int = 10) -> Section:
    """What people write about, most first."""
    table = counted("Темы", figures["topics"], by="topic", name="Тема", noted="Блок", shown=shown, more="тема,темы,тем")
    return Section("Темы", (table,), code="topics")


def blocks(figures: Mapping[str, Any]) -> Section:
    """Who of the blocks answers how (R57)."""
    return Section("Отраслевые блоки", (work("Блоки", "Блок", figures["blocks"], by="block"),), code="blocks")


def recipients(figures: Mapping[str, Any]) -> Section:
    """Who of the recipients answers how (R96)."""
    table = work(
        "Получатели",
        "Получатель",
        figures["recipients"],
        by="recipient",
        shown=12,
        more="получатель,получателя,получателей",
    )
    return Section("Ответственные получатели", (table,), code="recipients")


def settlements(figures: Mapping[str, Any]) -> Section:
    """Where people write from, most first."""
    table = counted(
        "Населённые пункты",
        figures["settlements"],
        by="settlement",
        name="Населённый пункт",
        shown=12,
        more="населённый пункт,населённых пункта,населённых пунктов",
    )
    return Section("Территории", (table,), code="settlements")
