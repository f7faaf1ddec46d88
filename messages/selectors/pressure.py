"""Which terms press: overdue and under threat, now or at a moment. Desks and reports ask for them by these definitions only.

Internal terms never count. ``…_at`` looks back to any moment; the others ask for the present, which has an index of its
own and must give the same.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import BooleanField, DurationField, ExpressionWrapper, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Extract, NullIf

from messages.models import Deadline
from messages.terms.chip import AMBER_FROM


def running_terms(center_id: int) -> QuerySet[Deadline]:
    """Terms that are not internal, not met and still asked for, ended or not."""
    return Deadline.objects.filter(center_id=center_id, met_at__isnull=True, void_at__isnull=True, internal=False)


def overdue_terms(*, center_id: int, now: datetime) -> QuerySet[Deadline]:
    """Просрочено: terms that have ended and are neither met nor void."""
    return running_terms(center_id).filter(due_at__lt=now)


def threatened_terms(*, center_id: int, now: datetime) -> QuerySet[Deadline]:
    """Под угрозой: running terms past the last warning of their rule; what the term's chip shows in amber."""
    return _past_last_warning(running_terms(center_id), now)


def overdue_terms_at(moment: datetime) -> QuerySet[Deadline]:
    """Terms that are not internal, had ended before the moment and were neither met nor void by then."""
    return _asked_for_at(moment).filter(due_at__lt=moment)


def threatened_terms_at(moment: datetime) -> QuerySet[Deadline]:
    """Terms that are not internal, still ran at the moment and had passed the last warning of their rule."""
    return _past_last_warning(_asked_for_at(moment), moment)


def _asked_for_at(moment: datetime) -> QuerySet[Deadline]:
    return Deadline.objects.filter(
        Q(met_at__isnull=True) | Q(met_at__gte=moment), Q(void_at__isnull=True) | Q(void_at__gte=moment), internal=False
    )


def _past_last_warning(terms: QuerySet[Deadline], moment: datetime) -> QuerySet[Deadline]:
    gone = Extract(ExpressionWrapper(Value(moment) - F("started_at"), DurationField()), "epoch")
    whole = Extract(ExpressionWrapper(F("due_at") - F("started_at"), DurationField()), "epoch")
    share = Coalesce(Cast(gone, FloatField()) / NullIf(Cast(whole, FloatField()), Value(0.0)), Value(1.0))
    return (
        terms.filter(due_at__gte=moment, started_at__lte=moment)
        .alias(share=share)
        .filter(_NotLessThanAny(F("share"), F("rule__warn_shares")), ~Q(rule__warn_shares=[]) | Q(share__gte=AMBER_FROM))
    )


class _NotLessThanAny(Func):
    """A number has reached the greatest of an array; so it has where the array is empty."""

    template = "(%(expressions)s))"
    arg_joiner = " >= ALL("
    output_field = BooleanField()
