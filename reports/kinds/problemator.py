"""The problemator of a week (ОКТ Пол. 3.6, 3.8; R40, R65, R71, R73): what came, what grew, what is late, what to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reports import wording
from reports.figures import count_period
from reports.kinds import facts
from reports.kinds.base import BLOCKS, HEAD, SUPPORT, Figures, Kind, Place, Subject, Words
from reports.kinds.parts import blocks, count, counted, figure, recipients, settlements, share_figure, topics, work
from reports.paper import Cases, Cell, Chart, Column, Figure, Form, Section, Table, written
from reports.paper import Figures as Line

SUMMARY: Final = Place(
    "summary", "Главное за неделю", "Что изменилось и почему, двумя-тремя фразами.", SUPPORT, asked_for="complete"
)
CAUSES: Final = Place("causes", "Причины", "Почему стало больше сообщений, почему просрочено.", BLOCKS, by_block=True)
PROPOSALS: Final = Place("proposals", "Предложения", "Что сделать, кому и к какому дню.", BLOCKS, by_block=True)
ANALYSIS: Final = Place(
    "analysis", "Анализ и выводы руководителя", "Что доложить куратору Центра и главе района.", HEAD, asked_for="approve"
)

SECOND: Final = ("late", "no_term", "redirected", "dismissed", "closed", "repeats", "low", "breaches", "threat", "merged")


def count_problemator(subject: Subject) -> dict[str, Any]:
    """The figures of the week and what stands in the registers."""
    return {**count_period(subject.center, subject.period), **facts.of_week(subject)}


def sections(figures: Figures, words: Words) -> tuple[Section, ...]:
    """From the totals to the decisions; two or three printed pages."""
    return (
        Section("", (headline(figures), second(figures), words.prose(SUMMARY)), code="totals"),
        Section("Анализ и выводы руководителя", (words.prose(ANALYSIS),), code="analysis"),
        Section("Резкий рост", (spikes(figures),), code="spikes", note=SPIKE_NOTE),
        topics(figures),
        Section("Источники", (work("Источники", "Источник", figures["sources"], by="source"),), code="sources"),
        Section(
            "Дни, состояния, виды",
            (
                days(figures),
                counted("В работе", figures["states"], by="state", name="Состояние", code="open", narrow=True, now="Сейчас"),
                counted("Виды", figures["regimes"], by="regime", name="Вид", narrow=True),
            ),
            code="days",
        ),
        blocks(figures),
        recipients(figures),
        settlements(figures),
        Section(
            "Просрочено",
            (executors(figures), overdue(figures)) if figures["overdue"] else (overdue(figures),),
            code="overdue",
        ),
        Section("Причины и предложения", (words.prose(CAUSES), words.prose(PROPOSALS)), code="causes"),
        facts.risks_section(figures),
        facts.decisions_section(figures),
    )


def headline(figures: Figures) -> Line:
    """The line of five."""
    totals = figures["totals"]
    return Line(
        (
            figure("Поступило", "received", totals["received"]),
            figure("Отвечено", "answered", totals["answered"]),
            share_figure("В срок", "in_time", figures["in_time_share"]),
            figure("В работе", "open", totals["open"]),
            figure("Просрочено", "overdue", totals["overdue"]),
        ),
        leading=True,
    )


def second(figures: Figures) -> Line:
    """The other totals, smaller, and the mean time to the answer."""
    totals, took = figures["totals"], figures["answer_seconds"]
    rest = [figure(wording.title(code), code, totals[code]) for code in SECOND]
    before = wording.took(took["before"])
    rest.append(share_figure("В полном объёме", "complete", figures["complete_share"]))
    score = figures["score"]
    said = f"раньше {written(score['before'], Form.TENTHS)}"
    rest.append(Figure("Средняя оценка", Cell(score["now"], Form.TENTHS, Cases("scored")), note=said))
    return Line((*rest, Figure("Среднее время до ответа", Cell(took["now"], Form.DURATION), note=f"раньше {before}")))


def spikes(figures: Figures) -> Table:
    """Topics that grew sharply, with the cases behind (ОКТ Пол. 3.8 ¶5)."""
    columns = (
        Column("Тема", Form.TEXT, 40),
        Column("Населённый пункт", Form.TEXT, 28),
        Column("За неделю", Form.COUNT),
        Column("В среднем за неделю", Form.TENTHS, 14),
        Column("Рост", Form.TEXT, 16),
    )
    rows = tuple(
        (
            Cell(row["topic"]),
            Cell(row["settlement"] or "все"),
            count("received", row["count"], "bad", **_where(row)),
            Cell(row["mean"], Form.TENTHS),
            Cell(wording.growth(row["growth"])),
        )
        for row in figures["spikes"]
    )
    return Table("Резкий рост", columns, rows, empty="Резкого роста нет.")


def _where(row: Mapping[str, Any]) -> dict[str, str]:
    return {"topic": row["topic_key"], **({"settlement": row["settlement_key"]} if row["settlement"] else {})}


SPIKE_NOTE: Final = (
    "Не меньше трёх сообщений, рост от 25 % к среднему за четыре недели, и такой рост трудно объяснить случайностью."
)


def days(figures: Figures) -> Table:
    """Received by local day against the same weekday of the week before."""
    columns = (Column("День", Form.TEXT, 12), Column("Неделя", Form.COUNT), Column("Неделей раньше", Form.COUNT))
    rows = tuple(
        (
            Cell(wording.day(day["day"])),
            count("received", day["now"], period=day["day"]),
            Cell(day["before"], Form.COUNT),
        )
        for day in figures["days"]
    )
    return Table("По дням", columns, rows, chart=Chart("columns", "Поступило по дням", (1, 2)), narrow=True)


def overdue(figures: Figures) -> Table:
    """The cases overdue at the week's end, the longest first (ОКТ Пол. 3.8 ¶1)."""
    columns = (
        Column("Номер", Form.TEXT, 18, private=True),
        Column("Тема", Form.TEXT, 40),
        Column("Источник", Form.TEXT, 16),
        Column("Блок", Form.TEXT, 24),
        Column("Получатель", Form.TEXT, 28),
        Column("Ответственный", Form.TEXT, 22, private=True),
        Column("Срок", Form.TEXT, 40),
        Column("Пункт", Form.TEXT, 16),
        Column("Просрочено на", Form.DURATION, 16),
    )
    rows = tuple(
        (
            Cell(row["number"], cases=Cases("", case=row["number"]), private=True),
            Cell(row["topic"] or "Тема не указана"),
            Cell(row["source"]),
            Cell(row["block"] or "Блок не назначен"),
            Cell(row["recipient"] or "Получатель не назначен"),
            Cell(row["responsible"], private=True),
            Cell(row["term"]),
            Cell(row["clause"]),
            Cell(row["late_seconds"], Form.DURATION, tone="bad"),
        )
        for row in figures["overdue"]
    )
    return Table("Самые давние", columns, rows, shown=20, more="дело,дела,дел", empty="Просроченных дел нет.")


def executors(figures: Figures) -> Table:
    """Who has what is overdue: blocks with their recipients, the most overdue first (R65)."""
    columns = (
        Column("Блок", Form.TEXT, 28),
        Column("Получатель", Form.TEXT, 40),
        Column("В работе", Form.COUNT),
        Column("Просрочено", Form.COUNT),
        Column("Неделей раньше", Form.COUNT),
    )
    rows = tuple(
        (
            Cell(row["block"]),
            Cell(row["recipient"]),
            count("open", row["counts"]["open"]["now"], block=row["block_key"], recipient=row["recipient_key"]),
            count("overdue", row["counts"]["overdue"]["now"], "bad", block=row["block_key"], recipient=row["recipient_key"]),
            Cell(row["counts"]["overdue"]["before"], Form.COUNT),
        )
        for row in figures["overdue_by"]
        if row["counts"]["overdue"]["now"]
    )
    return Table(
        "По блокам и получателям",
        columns,
        rows,
        shown=10,
        more="строка,строки,строк",
        empty="Ни у кого нет просроченного.",
        bar=3,
        tick=4,
        sheet="Просрочено по получателям",
    )


def summary(figures: Figures) -> list[tuple[str, str]]:
    """Four numbers for the archive and the letter."""
    totals = figures["totals"]
    return [
        ("Поступило", str(totals["received"]["now"])),
        ("Отвечено", str(totals["answered"]["now"])),
        ("В срок", wording.share(figures["in_time_share"]["now"])),
        ("Просрочено", str(totals["overdue"]["now"])),
    ]


PROBLEMATOR: Final = Kind(
    code="problemator",
    title="Проблематор",
    clause="ОКТ Пол. 3.6, 3.3; КОР 3.2 1)",
    weekly=True,
    count=count_problemator,
    sections=sections,
    places=(SUMMARY, ANALYSIS, CAUSES, PROPOSALS),
    how="Поступления и ответы — за неделю; «в работе» и «просрочено» — на понедельник 00:00 после неё.",
    summary=summary,
)
