"""Which terms press: overdue and under threat, now or at a moment. Desks and reports ask for them by these definitions only.

Internal terms never count. ``…_at`` looks back to any moment; the others ask for the present, which has an index of its
own and must give the same.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from messages.models import Deadline, ThreatSpan
from messages.terms.chip import LIKELY


def running_terms(center_id: int) -> QuerySet[Deadline]:
    """Terms that are not internal, not met and still asked for, ended or not."""
    return Deadline.objects.filter(center_id=center_id, met_at__isnull=True, void_at__isnull=True, internal=False)


def overdue_terms(*, center_id: int, now: datetime) -> QuerySet[Deadline]:
    """Просрочено: terms that have ended and are neither met nor void."""
    return running_terms(center_id).filter(due_at__lt=now)


def ending_terms(*, center_id: int, now: datetime, until: datetime) -> QuerySet[Deadline]:
    """«Срок сегодня», «срок в три дня»: terms that still run and end before the moment; what is overdue is not among them."""
    return running_terms(center_id).filter(due_at__gte=now, due_at__lt=until)


def threatened_terms(*, center_id: int, now: datetime) -> QuerySet[Deadline]:
    """Под угрозой: running terms past their last warning, or more likely late than not; what the chip shows in amber.

    A term whose clock stands while the applicant is asked is not threatened.
    """
    return _threatened(running_terms(center_id), now).filter(Q(threat_at__lte=now) | Q(chance__gte=LIKELY))


def overdue_terms_at(moment: datetime) -> QuerySet[Deadline]:
    """Terms that are not internal, had ended before the moment and were neither met nor void by then."""
    return _asked_for_at(moment).filter(due_at__lt=moment)


def threatened_terms_at(moment: datetime) -> QuerySet[Deadline]:
    """Terms that are not internal, still ran at the moment and had passed their last warning or were forecast to be late."""
    foreseen = ThreatSpan.objects.filter(
        Q(until__isnull=True) | Q(until__gt=moment), deadline=OuterRef("pk"), since__lte=moment
    )
    return _threatened(_asked_for_at(moment), moment).filter(Q(threat_at__lte=moment) | Exists(foreseen))


def _asked_for_at(moment: datetime) -> QuerySet[Deadline]:
    return Deadline.objects.filter(
        Q(met_at__isnull=True) | Q(met_at__gte=moment), Q(void_at__isnull=True) | Q(void_at__gte=moment), internal=False
    )


def _threatened(terms: QuerySet[Deadline], moment: datetime) -> QuerySet[Deadline]:
    paused = Q(paused_until__isnull=False) & Q(paused_until__gt=moment)
    return terms.filter(~paused, due_at__gte=moment, started_at__lte=moment)
