"""The weekly analysis of one source by its curator (ОКТ Регл. 2.2, Пол. 3.8; КОР 2.5, 2.6, 2.8; R78, R131, R135, R142)."""

from __future__ import annotations

from typing import Any, Final

from reports.figures import count_period
from reports.kinds.base import SOURCES, Figures, Kind, Place, Subject, Words
from reports.kinds.parts import blocks, recipients, settlements, topics
from reports.kinds.problemator import days, headline, overdue, second, spikes, summary
from reports.paper import Section

CAUSES: Final = Place(
    "causes",
    "Причины и факторы роста",
    "Почему сообщений стало больше или меньше, что их вызвало.",
    SOURCES,
    asked_for="complete",
)
PROPOSALS: Final = Place("proposals", "Предложения", "Что изменить в работе с источником.", SOURCES)


def count_source(subject: Subject) -> dict[str, Any]:
    """The figures of the source alone."""
    return dict(count_period(subject.center, subject.period, source=subject.source))


def sections(figures: Figures, words: Words) -> tuple[Section, ...]:
    """Numbers of the source, what grew, who answers how, what is late, and why."""
    return (
        Section("", (headline(figures), second(figures)), code="totals"),
        Section("Причины и предложения", (words.prose(CAUSES), words.prose(PROPOSALS)), code="causes"),
        Section("Резкий рост", (spikes(figures),), code="spikes"),
        topics(figures, shown=12),
        Section("По дням", (days(figures),), code="days"),
        blocks(figures),
        recipients(figures),
        settlements(figures),
        Section("Просрочено", (overdue(figures),), code="overdue"),
    )


SOURCE_WEEK: Final = Kind(
    code="source-week",
    title="Анализ источника",
    clause="ОКТ Регл. 2.2, Пол. 3.8; КОР 2.5 3), 2.6 3), 2.8 в)",
    weekly=True,
    count=count_source,
    sections=sections,
    places=(CAUSES, PROPOSALS),
    sources="only",
    how="Только сообщения этого источника. Поступления и ответы — за неделю; «в работе» и «просрочено» — на понедельник 00:00.",
    summary=summary,
)
