"""What stood at a moment: cases in work, overdue, under threat («на понедельник 00:00»).

Everything follows from moments and history, so a past moment is looked at as well as the last one. Where cases of today
may have been in work at the moment is told by a few indexes; only for these the history is asked, so that nothing here
grows with what was closed before the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from blocks.models import Center
from messages.models import Deadline, Message, MessageEvent
from messages.models.case import GONE, in_work
from messages.selectors.pressure import overdue_terms_at, threatened_terms_at
from messages.workflow import OPEN, SEND, TRANSITIONS, State
from reports.answers import POSTED


def open_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """В работе: cases received before the moment and not answered, redirected or dismissed by then. Adds ``state_at``.

    The state at the moment is what the last step before it led to; before any step, what the first later one started
    from; without history, the state of now. An answer recorded later but posted before the moment counts as given.
    """
    states: Any = with_state_at(center, moment)  # annotated, which its type does not tell
    found: QuerySet[Message] = states.filter(state_at__in=OPEN)
    return found


def with_state_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Every case that may have been in work at the moment, with ``state_at``: its state then, in work or not."""
    return _told_state(Message.objects.filter(pk__in=_perhaps_open(center, moment), center=center), moment)


def rows_at(center: Center, moment: datetime, scope: Q, fields: Sequence[str]) -> QuerySet[Message, dict[str, Any]]:
    """The same for counting: fields of these cases and ``state_at``, each case once."""
    still, gone = (_told_state(part.filter(scope), moment) for part in _parts(center, moment))
    columns = (*fields, "state_at")
    found: QuerySet[Message, dict[str, Any]] = still.values(*columns).union(gone.values(*columns), all=True)
    return found


def pressing_at(center: Center, moment: datetime, scope: Q) -> QuerySet[Deadline]:
    """Terms of these cases that were overdue at the moment (their end is before it) or under threat."""
    pressing = overdue_terms_at(moment) | threatened_terms_at(moment)
    return pressing.filter(message__in=_perhaps_open(center, moment, scope))


def _told_state(cases: QuerySet[Message], moment: datetime) -> QuerySet[Message]:
    steps = MessageEvent.objects.filter(message=OuterRef("pk"), code__in=TRANSITIONS)
    before = steps.filter(at__lt=moment).order_by("-at", "-pk").values("to_state")[:1]
    after = steps.filter(at__gte=moment).order_by("at", "pk").values("from_state")[:1]
    sent_later = steps.filter(code=SEND.name, at__gte=moment).alias(posted=POSTED).filter(posted__lt=moment)
    return cases.annotate(
        state_at=Case(
            When(changed_at__lt=moment, then=F("state")),  # no step since: every step writes down its moment
            # Only an answer of an earlier cycle: whose last one was posted before the moment is not looked at at all.
            When(Q(cycle__gt=0) & Exists(sent_later), then=Value(State.ANSWERED.value)),
            default=Coalesce(Subquery(before), Subquery(after), F("state"), output_field=CharField()),
            output_field=CharField(),
        )
    )


def _perhaps_open(center: Center, moment: datetime, scope: Q | None = None) -> QuerySet[Message, int]:
    """Keys of the cases that stood in work at the moment, and of few others."""
    still, gone = (part.filter(scope or Q()).values_list("pk", flat=True) for part in _parts(center, moment))
    return still.union(gone, all=True)


def _parts(center: Center, moment: datetime) -> tuple[QuerySet[Message], QuerySet[Message]]:
    """What was received before the moment and is in work still, and what left work after it; none is in both."""
    ours = Message.objects.filter(center=center, received_at__lt=moment).order_by()
    at_the_moment: dict[str, Any] = {"stay__contains": moment}
    gone = ours.filter(GONE).exclude(state__in=OPEN).alias(stay=in_work()).filter(**at_the_moment)
    return ours.filter(state__in=OPEN), gone


def overdue_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Просрочено: of the cases in work at the moment, those with a term overdue at it (ОКТ Пол. 3.6, Регл. 2.5)."""
    return open_at(center, moment).filter(Exists(overdue_terms_at(moment).filter(message=OuterRef("pk"))))


def threatened_at(center: Center, moment: datetime) -> QuerySet[Message]:
    """Под угрозой: of the cases in work at the moment, those with a running term past the last warning of its rule."""
    return open_at(center, moment).filter(Exists(threatened_terms_at(moment).filter(message=OuterRef("pk"))))
