"""The seven target indicators of a Center (ОКТ КПЭ 1-7; R81-R87): of each, the set it is divided of and the set divided.

A share is the number of rows of ``part`` by that of ``whole``, both over one period; an empty ``whole`` is no data, never
0 or 100 (requirements, section 0). Names, plans and notes stand in the charter. What one pass over a year counts
(``reports.indicators.counting``) is these sets and nothing else; every number of a report opens its set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import QuerySet

from blocks.models import Center
from reports.cases import CaseFigure, with_answer
from reports.indicators import sets
from reports.periods import Stretch

Rows = Callable[[Center, Stretch], QuerySet[Any]]
Ahead = Literal["mean", "joining", "to_date"]


@dataclass(frozen=True, slots=True)
class Set:
    """One of the two sets of an indicator: its name in addresses and in words."""

    code: str
    title: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator of the charter by its code, in a line and in a word or two (in full: the charter).

    ``of_cases``: made of messages, else of rows of registers. ``ahead``: how December is told (``outlook``): the months to
    come like the mean of the last ones, recipients who join, or just the year to date where rows are few and told of late.
    ``spans``: how the month's share and the year's differ, where they do not simply add up.
    """

    code: str
    title: str
    short: str
    part: Set
    whole: Set
    of_cases: bool
    by_block: bool
    ahead: Ahead = "mean"
    spans: str = ""


ANSWERED: Final = Set("answered", "Отвечено", with_answer)

DEFINITIONS: Final = {
    one.code: one
    for one in (
        Definition(
            "fast_track_share",
            "Обработано с использованием фаст-трека",
            "Фаст-трек",
            Set("fast_track", "Отвечено с признаком «фаст-трек»", sets.fast_track),
            ANSWERED,
            of_cases=True,
            by_block=True,
        ),
        Definition(
            "auto_delivery_share",
            "Доставлено до исполнителя автоматически",
            "Автодоставка",
            Set("delivered", "Доставлено автоправилом и не переназначено вручную", sets.delivered),
            Set("handed_over", "Передано в блоки", sets.handed_over),
            of_cases=True,
            by_block=True,
        ),
        Definition(
            "informing_recipients_share",
            "Получатели, информирующие в социальных сетях",
            "Соцсети",
            Set("informing", "Получатели с публикацией в социальных сетях", sets.informing),
            Set("recipients", "Действующие получатели", sets.recipients),
            of_cases=False,
            by_block=True,
            ahead="joining",
            spans="За месяц — с публикацией в этом месяце; с начала года — хотя бы с одной с января.",
        ),
        Definition(
            "announced_decisions_share",
            "Решения через ПОС, о реализации которых сообщено",
            "Решения ПОС",
            Set("announced", "Решения через ПОС, об исполнении которых сообщено", sets.announced),
            Set("decisions", "Решения через ПОС", sets.decisions),
            of_cases=False,
            by_block=False,
            ahead="to_date",
            spans="За месяц — решения месяца, о которых сообщено до его конца; с начала года — до конца отчётного месяца.",
        ),
        Definition(
            "roadmap_share",
            "Реализованы мероприятия дорожных карт",
            "Дорожные карты",
            Set("with_measure", "Отвечено, по теме и территории выполнено мероприятие", sets.with_measure),
            ANSWERED,
            of_cases=True,
            by_block=True,
            spans="За месяц — мероприятия, выполненные до его конца; с начала года — до конца отчётного месяца.",
        ),
        Definition(
            "automated_control_share",
            "Автоматизированный контроль решения",
            "Контроль",
            Set("controlled", "Отвечено с отметкой автоматизированного контроля", sets.controlled),
            ANSWERED,
            of_cases=True,
            by_block=True,
        ),
        Definition(
            "public_hearings_share",
            "Публичные слушания с использованием ПОС",
            "Слушания ПОС",
            Set("hearings_pos", "Публичные слушания с ПОС", sets.hearings_with_pos),
            Set("hearings", "Публичные слушания", sets.hearings),
            of_cases=False,
            by_block=False,
            ahead="to_date",
        ),
    )
}

# What the page of a number's cases knows besides ``reports.cases.CASE_FIGURES``.
INDICATOR_FIGURES: Final = {
    one.code: CaseFigure(one.title, one.rows)
    for definition in DEFINITIONS.values()
    for one in (definition.part, definition.whole)
    if definition.of_cases and one is not ANSWERED
}
# Numbers that are rows of registers, by their names in addresses.
INDICATOR_ROWS: Final = {
    one.code: one
    for definition in DEFINITIONS.values()
    for one in (definition.part, definition.whole)
    if not definition.of_cases
}
