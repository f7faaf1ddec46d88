"""The month's target indicators (ОКТ Пол. 3.6 ¶2, КПЭ 1-7; R66, R81-R87, R57): plan, fact, what December brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.dateformat import format as format_date

from blocks.models import Center, Indicator
from reports.indicators import DEFINITIONS
from reports.indicators.counted import count_month
from reports.indicators.wording import is_final, outlook_words, verdict
from reports.kinds.base import BLOCKS, HEAD, SUPPORT, Figures, Kind, Place, Subject, Words
from reports.paper import Cases, Cell, Chart, Column, Figure, Form, Section, Table
from reports.paper import Figures as Line

SUMMARY: Final = Place(
    "summary", "Главное за месяц", "Что изменилось и почему, двумя-тремя фразами.", SUPPORT, asked_for="complete"
)
BLOCK_WORDS: Final = Place(
    "blocks", "Информация отраслевых блоков", "Что сделано для показателей и что мешает.", BLOCKS, by_block=True
)
ANALYSIS: Final = Place(
    "analysis", "Анализ и выводы руководителя", "Что сделать, чтобы выполнить план года.", HEAD, asked_for="approve"
)

NO_DATA: Final = "нет данных"
Row = Mapping[str, Any]


def count_indicators(subject: Subject) -> dict[str, Any]:
    """The seven for the month and the year to date."""
    return count_month(subject.center, subject.period)


def sections(figures: Figures, words: Words) -> tuple[Section, ...]:
    """How many reach the plan, each against it, month by month, by block, and how it is counted."""
    return (
        Section("", (headline(figures), words.prose(SUMMARY)), code="totals"),
        Section("Показатели и план", (against_plan(figures),), code="plan", note=outlook_words(figures)),
        Section("Анализ и выводы руководителя", (words.prose(ANALYSIS),), code="analysis"),
        Section("По месяцам", (by_month(figures),), code="months"),
        Section("Из чего сложились", (made_of(figures),), code="parts"),
        Section("По отраслевым блокам", by_block(figures), code="blocks"),
        Section("Информация отраслевых блоков", (words.prose(BLOCK_WORDS),), code="block-words"),
        Section("Как считается", (explained(figures),), code="formulas"),
    )


def headline(figures: Figures) -> Line:
    """How many of the indicators reach the year's plan: so far, in the month, at the year's end if it goes on so."""
    rows = figures["rows"]
    silent = sum(row["year"]["value"] is None for row in rows)
    to_date = "Достигли плана года" if is_final(figures) else "Не ниже плана с начала года"
    found = [
        Figure(to_date, Cell(_of(rows, "reached"))),
        Figure(f"Не ниже плана за {_month(figures['month'])}", Cell(_of(rows, "reached_month"))),
    ]
    if not is_final(figures):
        found.append(Figure("К концу года не ниже плана", Cell(_of(rows, "forecast_reached")), note="по прогнозу"))
    if silent:
        found.append(Figure("Нет данных с начала года", Cell(silent, Form.COUNT)))
    return Line(tuple(found), leading=True)


def _of(rows: Sequence[Row], name: str) -> str:
    return f"{sum(row[name] is True for row in rows)} из {len(rows)}"


def against_plan(figures: Figures) -> Table:
    """What the head signs: plan, month, year to date, how far from the plan, what December brings."""
    columns = (
        Column("Показатель", Form.TEXT, 70),
        Column("План на год", Form.SHARE, 9),
        Column("За месяц", Form.PERCENT, 11),
        Column("От плана", Form.TENTHS_OF_POINTS, 13),
        Column("С начала года", Form.PERCENT, 11),
        Column("От плана", Form.TENTHS_OF_POINTS, 13),
        Column("Прогноз на год", Form.PERCENT, 11),
        Column("Вывод", Form.TEXT, 26),
    )
    rows = tuple(
        (
            Cell(f"{row['number']}. {row['title']}"),
            Cell(_plan(row), Form.SHARE),
            _share(row, "month", figures),
            _from_plan(row, "month"),
            _share(row, "year", figures),
            _from_plan(row, "year"),
            _forecast(row, figures),
            verdict(row, figures),
        )
        for row in figures["rows"]
    )
    return Table("Показатели и план", columns, rows, empty="В уставе Центра показателей нет.")


def _plan(row: Row) -> float | None:
    return None if row["plan"] is None else row["plan"] / 100


def _share(row: Row, span: str, figures: Figures, block: str = "", *, noted: bool = False) -> Cell:
    """A share that opens what was divided; «нет данных» where there was nothing to divide by."""
    of = row["blocks"].get(block, {}).get(span) if block else row[span]
    if of is None or of["value"] is None:
        return Cell(None if block else NO_DATA, Form.PERCENT)
    note = f"{of['numerator']} из {of['denominator']}" if noted else ""
    return Cell(of["value"], Form.PERCENT, _opens(row, "part", span, figures, block), note=note)


def _opens(row: Row, side: str, span: str, figures: Figures, block: str = "") -> Cases:
    definition = DEFINITIONS[row["code"]]
    code = (definition.part if side == "part" else definition.whole).code
    by = (("block", block),) if block else ()
    return Cases(code, by, figures["month"] if span == "month" else figures["year_code"], is_rows=not definition.of_cases)


def _from_plan(row: Row, span: str) -> Cell:
    value, plan = row[span]["value"], _plan(row)
    if value is None or plan is None:
        return Cell(None, Form.TENTHS_OF_POINTS)
    return Cell(round(value - plan, 6), Form.TENTHS_OF_POINTS)


def _forecast(row: Row, figures: Figures) -> Cell:
    """The plan is of the year, so before its end only a forecast can miss it; what is forecast of a past year is its fact."""
    if row["forecast"] is None:
        return Cell(NO_DATA, Form.PERCENT)
    missed = row["forecast_reached"] is False and not is_final(figures)
    return Cell(row["forecast"], Form.PERCENT, tone="bad" if missed else "")


def by_month(figures: Figures) -> Table:
    """The year month by month with the plan: a little line of each indicator; months without data are gaps."""
    shown = figures["rows"]
    columns = (
        Column("Месяц", Form.TEXT, 12),
        *(Column(f"{row['number']}. {row['short']}", Form.PERCENT, 15) for row in shown),
    )
    months = tuple(
        (
            Cell(_month(code)),
            *(_past(row, place, code) for row in shown),
        )
        for place, code in enumerate(figures["months"])
    )
    plan = (Cell("План на год"), *(Cell(_plan(row), Form.PERCENT) for row in shown))
    chart = Chart(
        "multiples",
        "Показатели по месяцам, пунктир — план",
        tuple(range(1, len(columns))),
        rows=len(months),
        plans=tuple(_plan(row) for row in shown),
    )
    return Table("По месяцам", columns, (*months, plan), chart=chart if shown else None)


def _past(row: Row, place: int, code: str) -> Cell:
    of = row["history"][place]
    if of is None or of["value"] is None:
        return Cell(None, Form.PERCENT)
    definition = DEFINITIONS[row["code"]]
    return Cell(of["value"], Form.PERCENT, Cases(definition.part.code, (), code, is_rows=not definition.of_cases))


def made_of(figures: Figures) -> Table:
    """Numerators and denominators; each opens its list."""
    columns = (
        Column("Показатель", Form.TEXT, 26),
        Column("Что делим и на что", Form.TEXT, 60),
        Column("За месяц", Form.COUNT, 10),
        Column("С начала года", Form.COUNT, 10),
    )
    rows = tuple(
        (
            Cell(f"{row['number']}. {row['short']}" if side == "part" else ""),
            Cell((DEFINITIONS[row["code"]].part if side == "part" else DEFINITIONS[row["code"]].whole).title),
            _number(row, side, "month", figures),
            _number(row, side, "year", figures),
        )
        for row in figures["rows"]
        for side in ("part", "whole")
    )
    return Table("Из чего сложились", columns, rows)


def _number(row: Row, side: str, span: str, figures: Figures) -> Cell:
    number = row[span]["numerator" if side == "part" else "denominator"]
    return Cell(number, Form.COUNT, _opens(row, side, span, figures) if number else None)


def by_block(figures: Figures) -> tuple[Table, ...]:
    """Those that are counted by block, for the month and the year to date (R57)."""
    shown = [row for row in figures["rows"] if DEFINITIONS[row["code"]].by_block]
    return tuple(
        Table(
            title,
            (
                Column("Блок", Form.TEXT, 30),
                *(Column(f"{row['number']}. {row['short']}", Form.PERCENT, 16) for row in shown),
            ),
            tuple(
                (
                    Cell(block["name"]),
                    *(_share(row, span, figures, block["key"], noted=True) for row in shown),
                )
                for block in figures["blocks"]
                if any(block["key"] in row["blocks"] for row in shown)
            ),
            empty="По блокам ничего нет.",
        )
        for title, span in (("С начала года", "year"), ("За месяц", "month"))
    )


def explained(figures: Figures) -> Table:
    """Formulas, and how a month and the year to date differ. The charter's notes to itself are not for a signed sheet."""
    columns = (Column("Показатель по постановлению", Form.TEXT, 60), Column("Формула", Form.TEXT, 60))
    rows = tuple(
        (
            Cell(f"{row['number']}. {row['name']}"),
            Cell(f"{_sentence(row['formula'])}.", note=DEFINITIONS[row["code"]].spans),
        )
        for row in figures["rows"]
    )
    return Table("Как считается", columns, rows)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _month(code: str) -> str:
    """«ноябрь» of «2026-11»."""
    return format_date(date.fromisoformat(f"{code}-01"), "F").lower()


def summary(figures: Figures) -> list[tuple[str, str]]:
    """Two numbers for the archive and the letter."""
    rows = figures["rows"]
    to_date = "Достигли плана года" if is_final(figures) else "Не ниже плана с начала года"
    return [(to_date, _of(rows, "reached")), ("За месяц", _of(rows, "reached_month"))]


def has_indicators(center: Center) -> bool:
    """Whether the charter sets indicators: the Корсаково one does not. One query."""
    return Indicator.objects.filter(center=center, closed_at__isnull=True).exists()


INDICATORS: Final = Kind(
    code="indicators",
    title="Показатели деятельности Центра",
    clause="ОКТ Пол. 3.6 ¶2, КПЭ 1-7",
    weekly=False,
    count=count_indicators,
    sections=sections,
    places=(SUMMARY, BLOCK_WORDS, ANALYSIS),
    how="Доли за месяц и с начала года. Где делить не на что, данных нет: это не 0 и не 100 %.",
    offered=has_indicators,
    summary=summary,
)
