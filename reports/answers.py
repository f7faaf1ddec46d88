"""Answers of a period: which cases were answered, in which terms, how fully, and what the applicants said of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from messages.models import Completeness, Deadline, Message, MessageEvent, Satisfaction
from messages.models.deadline import ASKED_FOR, NOT_MET
from messages.workflow import REOPEN, SEND
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


def last_answers(center: Center, period: Stretch) -> QuerySet[Message]:
    """Cases whose present answer was posted in the period: read from the index ``message_answered`` alone."""
    return Message.objects.filter(period.holds("answered_at"), center=center)


def earlier_answers(center: Center, period: Stretch) -> QuerySet[Message]:
    """Cases answered in the period and reopened since, whose present answer is of another time; few.

    With ``last_answers`` they are all that was answered, none twice: what is counted over long periods counts the two.
    """
    present = Message.objects.filter(period.holds("answered_at"), pk=OuterRef("pk"))
    return Message.objects.filter(~Exists(present), center=center, pk__in=_sent(center, period).values("message"))


def with_answer(center: Center, period: Stretch) -> QuerySet[Message]:
    """Отвечено: cases with an answer posted in the period, by the publisher's time of posting, each once.

    An answer stays counted in its period when the case is reopened afterwards.
    """
    # Both by their index: an «or» of the two would look through the whole register.
    either = last_answers(center, period).order_by().values("pk").union(_sent(center, period).values("message"))
    return Message.objects.filter(pk__in=either, center=center)


def _sent(center: Center, period: Stretch) -> QuerySet[MessageEvent]:
    """Lines of history of answers posted in the period, of cases reopened since: a few, however long ago the period is.

    An answer is recorded when it is posted or later, and its case is reopened later still.
    """
    reopened = MessageEvent.objects.filter(code=REOPEN.name, at__gte=period.start, message__center=center)
    sent = MessageEvent.objects.filter(code=SEND.name, at__gte=period.start, message__in=reopened.values("message"))
    return sent.alias(posted=POSTED).filter(period.holds("posted"))


def answered(center: Center, period: Stretch) -> QuerySet[WithAnnotations[Message, Answer]]:
    """The same cases with what is told of their answers; of two answers in one period the last counts.

    Adds ``answer_at``, ``answer_started_at`` (receipt, or the reopening before this answer), ``answer_took``, ``has_term``
    and ``is_late``: some term of the decree, the law or the charter's defaults in this or an earlier cycle of the case
    was not met by its end. Internal terms and terms that fell away before their end do not count («в срок», section 0).
    """
    return _with_terms(_with_times(with_answer(center, period), period))


def _with_times(cases: QuerySet[Message], period: Stretch) -> QuerySet[Message]:
    own = MessageEvent.objects.filter(message=OuterRef("pk"))
    last_sent = own.filter(code=SEND.name).annotate(posted=POSTED).filter(period.holds("posted")).order_by("-posted")
    reopened_before = own.filter(code=REOPEN.name, at__lt=OuterRef("answer_at"))
    count = reopened_before.order_by().values("message").annotate(n=Count("pk")).values("n")
    found: QuerySet[Message] = cases.annotate(
        answer_at=Case(
            When(period.holds("answered_at"), then=F("answered_at")), default=Subquery(last_sent.values("posted")[:1])
        )
    ).annotate(
        answer_cycle=Case(
            When(cycle=0, then=Value(0)), default=Coalesce(Subquery(count), Value(0)), output_field=IntegerField()
        ),
        answer_started_at=Case(
            When(cycle=0, then=F("received_at")),
            default=Coalesce(Subquery(reopened_before.order_by("-at").values("at")[:1]), F("received_at")),
        ),
    )
    return found


def _with_terms(cases: QuerySet[Message]) -> QuerySet[WithAnnotations[Message, Answer]]:
    terms = Deadline.objects.filter(message=OuterRef("pk"), cycle__lte=OuterRef("answer_cycle"))
    found: Any = cases.annotate(
        answer_took=ExpressionWrapper(F("answer_at") - F("answer_started_at"), output_field=DurationField()),
        has_term=Exists(terms.filter(ASKED_FOR)),
        is_late=Exists(terms.filter(NOT_MET)),
    )
    return cast("QuerySet[WithAnnotations[Message, Answer]]", found)


def answered_in_time(center: Center, period: Stretch) -> QuerySet[Message]:
    """Отвечено в срок: answered in the period with every term that is not internal met by its end (Регл. 2.5, section 0)."""
    return answered(center, period).filter(has_term=True, is_late=False)


def answered_late(center: Center, period: Stretch) -> QuerySet[Message]:
    """Отвечено с опозданием: answered in the period with at least one such term not met by its end (Регл. 2.5)."""
    return answered(center, period).filter(is_late=True)


def answered_without_term(center: Center, period: Stretch) -> QuerySet[Message]:
    """Отвечено без срока: answered in the period where the charter sets no term; neither in time nor late."""
    return answered(center, period).filter(has_term=False, is_late=False)


def answered_whole(center: Center, period: Stretch) -> QuerySet[Message]:
    """Ответ в полном объёме: answered in the period, mark of completeness 2; a reopening lowers it to 0 (КОР 3.2 2))."""
    return with_answer(center, period).filter(completeness=Completeness.FULL)


def answered_in_part(center: Center, period: Stretch) -> QuerySet[Message]:
    """Ответ частичный: answered in the period, mark of completeness 1 (КОР 3.2 2))."""
    return with_answer(center, period).filter(completeness=Completeness.PART)


def answered_formally(center: Center, period: Stretch) -> QuerySet[Message]:
    """Ответ формальный: answered in the period, mark of completeness 0, by the curator or by a reopening (КОР 3.2 2))."""
    return with_answer(center, period).filter(completeness=Completeness.FORMAL)


def scores(center: Center, period: Stretch) -> QuerySet[Satisfaction]:
    """What applicants said in the period, whenever the answer was given (R105, R127)."""
    return Satisfaction.objects.filter(period.holds("at"), message__center=center)


def low_score(center: Center) -> int:
    """The highest score that the charter takes for a low one."""
    return settings_of(center.settings).low_score


def scored(center: Center, period: Stretch) -> QuerySet[Message]:
    """Заявитель оценил ответ: cases with a score given in the period, each once (R105, R127)."""
    return Message.objects.filter(center=center, pk__in=scores(center, period).values("message"))


def scored_low(center: Center, period: Stretch) -> QuerySet[Message]:
    """Низкая оценка: cases with a score given in the period that is low by the charter (R105, R127, section 0)."""
    low = scores(center, period).filter(score__lte=low_score(center))
    return Message.objects.filter(center=center, pk__in=low.values("message"))
