"""The cases behind every number: each figure of a report is defined here once, as the set of its cases.

Flows belong to the week of their event, stocks stand as of a moment (requirements, section 0). Everything follows from
moments and history, not from today's state, so a week can be counted again later. What a case is sorted by — block, source,
topic, settlement — is taken as it is when the report is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from blocks.models import Center
from messages.models import Completeness, Deadline, Message, MessageEvent, Satisfaction
from messages.selectors.pressure import overdue_terms_at, threatened_terms_at
from messages.terms import Kind
from messages.workflow import CLOSE, DISMISS, OPEN, REDIRECT, REOPEN, RETURN, SEND, TRANSITIONS, State
from reports.periods import Stretch

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Answer(TypedDict):
        """What ``answered`` adds to its cases."""

        answer_at: datetime
        answer_started_at: datetime
        answer_cycle: int
        answer_took: timedelta
        has_term: bool
        is_late: bool


# When an answer was posted: as the publisher entered it; the history's own moment is when that was recorded.
POSTED: Final = Coalesce(Cast(KeyTextTransform("posted_at", "data"), DateTimeField()), F("at"))


def received(center: Center, week: Stretch) -> QuerySet[Message]:
    """Поступило: messages and appeals of all sources received in the week (ОКТ Пол. 3.6; КОР 3.2 1))."""
    return Message.objects.filter(week.holds("received_at"), center=center)


def with_answer(center: Center, week: Stretch) -> QuerySet[Message]:
    """Отвечено: cases with an answer posted in the week, by the publisher's time of posting, each once.

    An answer stays counted in its week when the case is reopened afterwards.
    """
    sent = MessageEvent.objects.filter(code=SEND.name, at__gte=week.start, message__center=center, message__cycle__gt=0)
    sent_in_week = sent.alias(posted=POSTED).filter(week.holds("posted"))
    last_answered = Message.objects.filter(week.holds("answered_at"), center=center)
    # Both by their index: an «or» of the two would look through the whole register.
    either = last_answered.order_by().values("pk").union(sent_in_week.values("message"))
    return Message.objects.filter(pk__in=either, center=center)


def answered(center: Center, week: Stretch) -> QuerySet[WithAnnotations[Message, Answer]]:
    """The same cases with what is told of their answers; of two answers in one week the last counts.

    Adds ``answer_at``, ``answer_started_at`` (receipt, or the reopening before this answer), ``answer_took``, ``has_term``
    and ``is_late``: some term of the decree, the law or the charter's defaults in this or an earlier cycle of the case
    was not met by its end. Internal terms and terms that fell away before their end do not count («в срок», section 0).
    """
    own = MessageEvent.objects.filter(message=OuterRef("pk"))
    last_sent = own.filter(code=SEND.name).annotate(posted=POSTED).filter(week.holds("posted")).order_by("-posted")
    reopened_before = own.filter(code=REOPEN.name, at__lt=OuterRef("answer_at"))
    count = reopened_before.order_by().values("message").annotate(n=Count("pk")).values("n")
    cases = (
        with_answer(center, week)
        .annotate(
            answer_at=Case(
                When(week.holds("answered_at"), then=F("answered_at")), default=Subquery(last_sent.values("posted")[:1])
            )
        )
        .annotate(
            answer_cycle=Case(
                When(cycle=0, then=Value(0)), default=Coalesce(Subquery(count), Value(0)), output_field=IntegerField()
            ),
            answer_started_at=Case(
                When(cycle=0, then=F("received_at")),
                default=Coalesce(Subquery(reopened_before.order_by("-at").values("at")[:1]), F("received_at")),
            ),
        )
    )
    terms = Deadline.objects.filter(
        message=OuterRef("pk"), internal=False, void_at__isnull=True, cycle__lte=OuterRef("answer_cycle")
    )
    # Broken before it fell away with a redirection or dismissal: the citizen had waited longer than allowed all the same.
    # A term to pass the case on falls away because the case is ours, whenever that was seen.
    broken = Deadline.objects.filter(
        message=OuterRef("pk"),
        internal=False,
        void_at__gt=F("due_at"),
        met_at__isnull=True,
        cycle__lte=OuterRef("answer_cycle"),
    ).exclude(kind=Kind.REDIRECT)
    return cases.annotate(
        answer_took=ExpressionWrapper(F("answer_at") - F("answer_started_at"), output_field=DurationField()),
        has_term=Exists(terms),
        is_late=Exists(terms.filter(Q(met_at__isnull=True) | Q(met_at__gt=F("due_at")))) | Exists(broken),
    )


def answered_in_time(center: Center, week: Stretch) -> QuerySet[Message]:
    """Отвечено в срок: answered in the week with every term that is not internal met by its end (Регл. 2.5, section 0)."""
    return answered(center, week).filter(has_term=True, is_late=False)


def answered_late(center: Center, week: Stretch) -> QuerySet[Message]:
    """Отвечено с опозданием: answered in the week with at least one such term not met by its end (Регл. 2.5, section 0)."""
    return answered(center, week).filter(is_late=True)


def answered_without_term(center: Center, week: Stretch) -> QuerySet[Message]:
    """Отвечено без срока: answered in the week where the charter sets no term; neither in time nor late."""
    return answered(center, week).filter(has_term=False)


def moved(transition: str) -> Callable[[Center, Stretch], QuerySet[Message]]:
    """Cases that made the transition in the week, by the moment in their history, each once."""

    def cases(center: Center, week: Stretch) -> QuerySet[Message]:
        return Message.objects.filter(center=center, pk__in=moves(center, week).filter(code=transition).values("message"))

    return cases


def moves(center: Center, week: Stretch) -> QuerySet[MessageEvent]:
    """Lines of history of the week that took a case out of work or back into it."""
    codes = (REDIRECT.name, DISMISS.name, CLOSE.name, REOPEN.name)
    return MessageEvent.objects.filter(week.holds("at"), code__in=codes, message__center=center)


def open_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """В работе: cases received before the moment and not answered, redirected or dismissed by then. Adds ``state_at``.

    The state at the moment is what the last step before it led to; before any step, what the first later one started
    from; without history, the state of now. An answer recorded later but posted before the moment counts as given.
    """
    steps = MessageEvent.objects.filter(code__in=TRANSITIONS)
    own = steps.filter(message=OuterRef("pk"))
    before = own.filter(at__lt=moment).order_by("-at", "-pk").values("to_state")[:1]
    after = own.filter(at__gte=moment).order_by("at", "pk").values("from_state")[:1]
    posted_before = own.filter(code=SEND.name, at__gte=moment).alias(posted=POSTED).filter(posted__lt=moment)
    changed_since = steps.filter(at__gte=moment, message__center=center).values("message")
    return (
        Message.objects.filter(Q(state__in=OPEN) | Q(pk__in=changed_since), center=center, received_at__lt=moment)
        .annotate(
            state_at=Case(
                When(~Q(pk__in=changed_since), then=F("state")),  # nothing to look for in the history
                When(Exists(posted_before), then=Value(State.ANSWERED.value)),
                default=Coalesce(Subquery(before), Subquery(after), F("state"), output_field=CharField()),
                output_field=CharField(),
            )
        )
        .filter(state_at__in=OPEN)
    )


def overdue_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Просрочено: of the cases in work at the moment, those with a term overdue at it (ОКТ Пол. 3.6, Регл. 2.5)."""
    return open_at(center, moment).filter(pk__in=overdue_terms_at(moment).filter(center=center).values("message"))


def threatened_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Под угрозой: of the cases in work at the moment, those with a running term past the last warning of its rule."""
    return open_at(center, moment).filter(pk__in=threatened_terms_at(moment).filter(center=center).values("message"))


def breached_terms(center: Center, week: Stretch) -> QuerySet[Deadline]:
    """Terms that are not internal and ended in the week unmet and still asked for."""
    return Deadline.objects.filter(
        week.holds("due_at"),
        Q(met_at__isnull=True, due_at__lt=week.end) | Q(met_at__gt=F("due_at")),
        Q(void_at__isnull=True) | Q(void_at__gt=F("due_at")),
        center=center,
        internal=False,
    )


def breached(center: Center, week: Stretch) -> QuerySet[Message]:
    """Нарушения срока: cases with a term that ended in the week unmet; a breach counts in its week for good (Регл. 2.5)."""
    return Message.objects.filter(center=center, pk__in=breached_terms(center, week).values("message"))


def answered_whole(center: Center, week: Stretch) -> QuerySet[Message]:
    """Ответ в полном объёме: answered in the week with the highest mark of completeness (КОР 3.2 2))."""
    return with_answer(center, week).filter(completeness=Completeness.FULL)


def returned(center: Center, week: Stretch) -> QuerySet[Message]:
    """Возвращено на доработку: cases whose draft was given back with a remark in the week, each once."""
    events = MessageEvent.objects.filter(week.holds("at"), code=RETURN.name, message__center=center)
    return Message.objects.filter(center=center, pk__in=events.values("message"))


def scored(center: Center, week: Stretch) -> QuerySet[Message]:
    """Заявитель оценил ответ: cases with a score given in the week (R105, R127)."""
    scores = Satisfaction.objects.filter(week.holds("at"), message__center=center)
    return Message.objects.filter(center=center, pk__in=scores.values("message"))


def still_open(center: Center, week: Stretch) -> QuerySet[Message]:
    """В работе на конец недели: as of Monday 00:00 after the week."""
    return open_at(center, week.end)


def still_overdue(center: Center, week: Stretch) -> QuerySet[Message]:
    """Просрочено на конец недели: as of Monday 00:00 after the week."""
    return overdue_at(center, week.end)


def still_threatened(center: Center, week: Stretch) -> QuerySet[Message]:
    """Под угрозой на конец недели: as of Monday 00:00 after the week."""
    return threatened_at(center, week.end)


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
    "redirected": CaseFigure("Переадресовано по компетенции", moved(REDIRECT.name)),
    "dismissed": CaseFigure("Оставлено без ответа", moved(DISMISS.name)),
    "closed": CaseFigure("Закрыто", moved(CLOSE.name)),
    "reopened": CaseFigure("Возобновлено", moved(REOPEN.name)),
    "open": CaseFigure("В работе на конец недели", still_open),
    "overdue": CaseFigure("Просрочено на конец недели", still_overdue),
    "threat": CaseFigure("Под угрозой на конец недели", still_threatened),
    "breaches": CaseFigure("Срок нарушен на неделе", breached),
}

# What a desk shows besides: figures of a period that a problemator does not have.
DESK_FIGURES: Final = CASE_FIGURES | {
    "complete": CaseFigure("Ответ в полном объёме", answered_whole),
    "returned": CaseFigure("Возвращено на доработку", returned),
    "scored": CaseFigure("Заявитель оценил ответ", scored),
}

# What a page may narrow a figure by, in the address: ``block=3``, ``topic=none`` for «не указано».
NARROWED_BY: Final = {
    "block": "block_id",
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
