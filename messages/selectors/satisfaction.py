"""How applicants rate the answers: the mean of a time, and the low scores that wait for a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, QuerySet

from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from messages.models import Satisfaction


@dataclass(frozen=True, slots=True)
class Mean:
    """How many rated and how well; no mean of nothing."""

    count: int
    mean: float | None


def satisfaction_of(center: Center, since: datetime, until: datetime) -> Mean:
    """Scores given from ``since`` to before ``until``, whenever the case came in. One query."""
    rows = Satisfaction.objects.filter(message__center=center, at__gte=since, at__lt=until)
    found = rows.aggregate(count=Count("pk"), mean=Avg("score"))
    return Mean(found["count"], found["mean"])


def low_unsettled(center: Center) -> QuerySet[Satisfaction]:
    """Low scores of the Center by which nobody has decided yet, by their index. No query."""
    border = settings_of(center.settings).low_score
    return Satisfaction.objects.filter(message__center=center, settled_at__isnull=True, score__lte=border).order_by("at")
