"""The cases behind every number: each figure of a report is defined once, as the set of its cases.

Flows belong to the period of their event, stocks stand as of a moment (requirements, section 0). Everything follows from
moments and history, not from today's state, so a period can be counted again later. What a case is sorted by — block,
recipient, source, topic, settlement — and its mark of completeness are taken as they are when the report is made.

Flows of answers are in ``reports.answers``, stocks in ``reports.stocks``, the rest here; all of them by name in
``CASE_FIGURES``. docs/figures.md is the same for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from blocks.models import Center
from messages.models import Deadline, Message, MessageEvent
from messages.workflow import CLOSE, DISMISS, EXTEND, INTERIM, MERGE, REDIRECT, REOPEN, RETURN, State
from reports.answers import (
    POSTED,
    answered,
    answered_formally,
    answered_in_part,
    answered_in_time,
    answered_late,
    answered_whole,
    answered_without_term,
    scored,
    scored_low,
    with_answer,
)
from reports.periods import Stretch
from reports.stocks import open_at, overdue_at, threatened_at

__all__ = [
    "CASE_FIGURES",
    "DESK_FIGURES",
    "NARROWED_BY",
    "POSTED",
    "UNKNOWN",
    "CaseFigure",
    "answered",
    "answered_formally",
    "answered_in_part",
    "answered_in_time",
    "answered_late",
    "answered_whole",
    "answered_without_term",
    "breached",
    "breached_terms",
    "is_id",
    "moved",
    "moves",
    "narrowed",
    "open_at",
    "overdue_at",
    "received",
    "repeats",
    "returned",
    "scored",
    "scored_low",
    "threatened_at",
    "with_answer",
]

# Steps that are counted by their line of the history.
MOVES: Final = {
    REDIRECT.name: "redirected",
    DISMISS.name: "dismissed",
    CLOSE.name: "closed",
    REOPEN.name: "reopened",
    MERGE.name: "merged",
    EXTEND.name: "extended",
    INTERIM.name: "interim",
    RETURN.name: "returned",
}
WITH_ANSWER: Final = (State.ANSWERED, State.CLOSED)


def received(center: Center, period: Stretch) -> QuerySet[Message]:
    """Поступило: messages and appeals of all sources received in the period (ОКТ Пол. 3.6; КОР 3.2 1))."""
    return Message.objects.filter(period.holds("received_at"), center=center)


def moved(transition: str) -> Callable[[Center, Stretch], QuerySet[Message]]:
    """Cases that made the step in the period, by the moment in their history, each once."""

    def cases(center: Center, period: Stretch) -> QuerySet[Message]:
        return Message.objects.filter(center=center, pk__in=moves(center, period).filter(code=transition).values("message"))

    return cases


def moves(center: Center, period: Stretch) -> QuerySet[MessageEvent]:
    """Lines of history of the period that are counted: out of work and back into it, together, put off, given back."""
    return MessageEvent.objects.filter(period.holds("at"), code__in=MOVES, message__center=center)


returned = moved(RETURN.name)


def repeats(center: Center, period: Stretch) -> QuerySet[Message]:
    """Повторно: answered cases that came back in the period, for the answer settled nothing (КОР 3.2 2); section 0)."""
    back = moves(center, period).filter(code=REOPEN.name, from_state__in=WITH_ANSWER)
    return Message.objects.filter(center=center, pk__in=back.values("message"))


def breached_terms(center: Center, period: Stretch) -> QuerySet[Deadline]:
    """Terms that are not internal and ended in the period unmet and still asked for."""
    ended = Deadline.objects.filter(period.holds("due_at"), center=center, internal=False)
    # Each half has its index: of terms that run, and of those that are done with.
    running = ended.filter(met_at__isnull=True, void_at__isnull=True)
    done = ended.filter(
        Q(met_at__isnull=False) | Q(void_at__isnull=False),
        Q(met_at__isnull=True) | Q(met_at__gt=F("due_at")),
        Q(void_at__isnull=True) | Q(void_at__gt=F("due_at")),
    )
    return Deadline.objects.filter(pk__in=running.values("pk").union(done.values("pk"), all=True))


def breached(center: Center, period: Stretch) -> QuerySet[Message]:
    """Нарушения срока: cases with a term that ended in the period unmet; a breach counts in its period for good (Регл. 2.5)."""
    return Message.objects.filter(center=center, pk__in=breached_terms(center, period).values("message"))


def still_open(center: Center, period: Stretch) -> QuerySet[Message]:
    """В работе на конец периода: of a week, as of Monday 00:00 after it."""
    return open_at(center, period.end)


def still_overdue(center: Center, period: Stretch) -> QuerySet[Message]:
    """Просрочено на конец периода: of a week, as of Monday 00:00 after it."""
    return overdue_at(center, period.end)


def still_threatened(center: Center, period: Stretch) -> QuerySet[Message]:
    """Под угрозой на конец периода: of a week, as of Monday 00:00 after it."""
    return threatened_at(center, period.end)


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """A number of a report by its name, with the cases that make it up."""

    title: str
    cases: Callable[[Center, Stretch], QuerySet[Message]]


CASE_FIGURES: Final = {
    "received": CaseFigure("Поступило", received),
    "answered": CaseFigure("Отвечено", with_answer),
    "in_time": CaseFigure("Отвечено в срок", answered_in_time),
    "late": CaseFigure("Отвечено с опозданием", answered_late),
    "no_term": CaseFigure("Отвечено, срок не установлен", answered_without_term),
    "complete": CaseFigure("Ответ в полном объёме", answered_whole),
    "part": CaseFigure("Ответ частичный", answered_in_part),
    "formal": CaseFigure("Ответ формальный", answered_formally),
    "redirected": CaseFigure("Переадресовано по компетенции", moved(REDIRECT.name)),
    "dismissed": CaseFigure("Оставлено без ответа", moved(DISMISS.name)),
    "closed": CaseFigure("Закрыто", moved(CLOSE.name)),
    "reopened": CaseFigure("Возобновлено", moved(REOPEN.name)),
    "repeats": CaseFigure("Вернулось после ответа", repeats),
    "merged": CaseFigure("Объединено с другими", moved(MERGE.name)),
    "extended": CaseFigure("Срок продлён", moved(EXTEND.name)),
    "interim": CaseFigure("Дан промежуточный ответ", moved(INTERIM.name)),
    "returned": CaseFigure("Возвращено на доработку", returned),
    "scored": CaseFigure("Заявитель оценил ответ", scored),
    "low": CaseFigure("Низкая оценка", scored_low),
    "open": CaseFigure("В работе на конец периода", still_open),
    "overdue": CaseFigure("Просрочено на конец периода", still_overdue),
    "threat": CaseFigure("Под угрозой на конец периода", still_threatened),
    "breaches": CaseFigure("Срок нарушен", breached),
}

DESK_FIGURES: Final = CASE_FIGURES  # what a desk shows of a period is counted the same

# What a page may narrow a figure by, in the address: ``block=3``, ``topic=none`` for «не указано».
NARROWED_BY: Final = {
    "block": "block_id",
    "recipient": "recipient_id",
    "source": "source_id",
    "topic": "topic_id",
    "settlement": "settlement_id",
    "regime": "regime",
    "state": "state_at",
    "responsible": "responsible_id",
}
UNKNOWN: Final = "none"
_ID: Final = re.compile(r"[0-9]{1,18}")


def narrowed(cases: QuerySet[Message], by: dict[str, str]) -> QuerySet[Message]:
    """The cases of a figure's slice; a value that is not understood gives none. ``state`` is known for stocks only."""
    for key, value in by.items():
        field = NARROWED_BY[key]
        condition: dict[str, Any] = {f"{field}__isnull": True} if value == UNKNOWN else {field: value}
        if "\x00" in value or (field.endswith("_id") and value != UNKNOWN and not is_id(value)):
            return cases.none()
        if field == "state_at" and field not in cases.query.annotations:
            return cases.none()
        cases = cases.filter(**condition)
    return cases


def is_id(value: str) -> bool:
    """Whether the word of an address is a number that can be a key."""
    return _ID.fullmatch(value) is not None
