"""The weekly analytical note to the head of the district (КОР 3.2 1), R144): what was decided and done, and what it came to."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from blocks.models import RoadmapMeasure
from reports import wording
from reports.figures import count_period
from reports.kinds import facts
from reports.kinds.base import BLOCKS, HEAD, SUPPORT, Figures, Kind, Place, Subject, Words
from reports.kinds.parts import blocks, topics
from reports.kinds.problemator import headline, spikes
from reports.paper import Cell, Column, Form, Section, Table, iso_day
from reports.periods import WEEK

SUMMARY: Final = Place("summary", "Коротко", "О чём главе района нужно знать за эту неделю.", SUPPORT, asked_for="complete")
DONE: Final = Place("done", "Что сделано", "Меры блока по направлениям и темам недели и их результат.", BLOCKS, by_block=True)
PROPOSALS: Final = Place("proposals", "Предложения главе района", "Что решить, кому поручить, к какому дню.", HEAD)

TOPICS: Final = 8
MEASURES: Final = 40


def count_note(subject: Subject) -> dict[str, Any]:
    """The figures of the week, measures of roadmaps done, due and overdue, decisions and campaigns."""
    return {
        **count_period(subject.center, subject.period),
        **facts.of_week(subject),
        "measures": _measures(subject),
    }


def _measures(subject: Subject) -> list[dict[str, Any]]:
    """Measures done in the week, overdue at its end, and due in the week after. One query."""
    first, last = subject.period.first, subject.period.last
    rows = (
        RoadmapMeasure.objects.valid()
        .filter(
            Q(done_on__gte=first, done_on__lte=last) | Q(done_on__isnull=True, due_on__lte=last + WEEK), center=subject.center
        )
        .select_related("block", "topic", "settlement")
        .order_by("block__order", "due_on", "pk")[:MEASURES]
    )
    return [
        {
            "roadmap": row.roadmap,
            "measure": row.measure,
            "block": row.block.short,
            "topic": row.topic.name,
            "settlement": row.settlement.name if row.settlement else "весь район",
            "due_on": row.due_on.isoformat(),
            "done_on": row.done_on.isoformat() if row.done_on else "",
            "result": row.result if row.done_on else "",
            "late": row.done_on is None and row.due_on <= last,
        }
        for row in rows
    ]


def sections(figures: Figures, words: Words) -> tuple[Section, ...]:
    """One page and a half: numbers, topics, what was done, what to decide."""
    return (
        Section("", (headline(figures), words.prose(SUMMARY)), code="totals"),
        Section("Резкий рост", (spikes(figures),), code="spikes"),
        topics(figures, shown=TOPICS),
        blocks(figures),
        Section("Реализация мероприятий", (_measures_table(figures), words.prose(DONE)), code="measures", note=MEASURES_NOTE),
        facts.decisions_section(figures),
        facts.risks_section(figures),
        Section("Предложения главе района", (words.prose(PROPOSALS),), code="proposals"),
    )


MEASURES_NOTE: Final = "Мероприятия «дорожных карт»: исполненные за неделю, просроченные и те, чей срок на следующей неделе."


def _measures_table(figures: Figures) -> Table:
    columns = (
        Column("Мероприятие", Form.TEXT, 48),
        Column("Блок", Form.TEXT, 22),
        Column("Где", Form.TEXT, 20),
        Column("Срок", Form.DAY, 11),
        Column("Что вышло", Form.TEXT, 40),
    )
    rows = tuple(
        (
            Cell(row["measure"], note=row["roadmap"]),
            Cell(row["block"]),
            Cell(row["settlement"]),
            Cell(row["due_on"], Form.DAY),
            _outcome(row),
        )
        for row in figures["measures"]
    )
    return Table("Мероприятия", columns, rows, empty="Мероприятий с исполнением или сроком на этой неделе нет.")


def _outcome(row: dict[str, Any]) -> Cell:
    if row["done_on"]:
        return Cell(f"Исполнено {iso_day(row['done_on'])}. {row['result']}".strip(), tone="good")
    return Cell("Просрочено", tone="bad") if row["late"] else Cell("В работе")


def summary(figures: Figures) -> list[tuple[str, str]]:
    """Numbers for the archive and the letter."""
    done = sum(bool(row["done_on"]) for row in figures["measures"])
    totals = figures["totals"]
    return [
        ("Поступило", str(totals["received"]["now"])),
        ("В срок", wording.share(figures["in_time_share"]["now"])),
        ("Исполнено мероприятий", str(done)),
        ("Решений", str(len(figures["decisions"]))),
    ]


NOTE: Final = Kind(
    code="note",
    title="Аналитическая записка",
    clause="КОР 3.2 1); ОКТ Пол. 2.1",
    weekly=True,
    count=count_note,
    sections=sections,
    places=(SUMMARY, DONE, PROPOSALS),
    to="Главе района",
    how="Поступления и ответы — за неделю; «в работе» и «просрочено» — на понедельник 00:00 после неё.",
    summary=summary,
)
