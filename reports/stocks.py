"""What stood at a moment: cases in work, overdue, under threat («на понедельник 00:00»).

Everything follows from moments and history, so a past moment is looked at as well as the last one. Where cases of today
may have been in work at the moment is told by a few indexes; only for these the history is asked, so that nothing here
grows with what was closed before the moment.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from blocks.models import Center
from messages.models import Message, MessageEvent
from messages.models.case import GONE, in_work
from messages.selectors.pressure import overdue_terms_at, threatened_terms_at
from messages.workflow import OPEN, SEND, TRANSITIONS, State
from reports.answers import POSTED


def open_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """В работе: cases received before the moment and not answered, redirected or dismissed by then. Adds ``state_at``.

    The state at the moment is what the last step before it led to; before any step, what the first later one started
    from; without history, the state of now. An answer recorded later but posted before the moment counts as given.
    """
    return with_state_at(center, moment).filter(state_at__in=OPEN)


def with_state_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Every case that may have been in work at the moment, with ``state_at``: its state then, in work or not."""
    steps = MessageEvent.objects.filter(message=OuterRef("pk"), code__in=TRANSITIONS)
    before = steps.filter(at__lt=moment).order_by("-at", "-pk").values("to_state")[:1]
    after = steps.filter(at__gte=moment).order_by("at", "pk").values("from_state")[:1]
    sent_later = steps.filter(code=SEND.name, at__gte=moment).alias(posted=POSTED).filter(posted__lt=moment)
    found: QuerySet[Message] = Message.objects.filter(pk__in=_perhaps_open(center, moment), center=center).annotate(
        state_at=Case(
            # Only an answer of an earlier cycle: whose last one was posted before the moment is not looked at at all.
            When(Q(cycle__gt=0) & Exists(sent_later), then=Value(State.ANSWERED.value)),
            default=Coalesce(Subquery(before), Subquery(after), F("state"), output_field=CharField()),
            output_field=CharField(),
        )
    )
    return found


def _perhaps_open(center: Center, moment: datetime) -> QuerySet[Message, int]:
    """Keys of the cases that stood in work at the moment, and of few others: open ones, and those gone since."""
    ours = Message.objects.filter(center=center, received_at__lt=moment).order_by().values_list("pk", flat=True)
    gone_since = ours.filter(GONE).alias(stay=in_work()).filter(stay__contains=moment)
    return ours.filter(state__in=OPEN).union(gone_since)


def overdue_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Просрочено: of the cases in work at the moment, those with a term overdue at it (ОКТ Пол. 3.6, Регл. 2.5)."""
    return open_at(center, moment).filter(Exists(overdue_terms_at(moment).filter(message=OuterRef("pk"))))


def threatened_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Под угрозой: of the cases in work at the moment, those with a running term past the last warning of its rule."""
    return open_at(center, moment).filter(Exists(threatened_terms_at(moment).filter(message=OuterRef("pk"))))
