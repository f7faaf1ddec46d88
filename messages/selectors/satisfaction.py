"""Low scores of the applicants that wait for a decision."""

from __future__ import annotations

from django.db.models import QuerySet

from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from messages.models import Satisfaction


def low_unsettled(center: Center) -> QuerySet[Satisfaction]:
    """Low scores of the Center by which nobody has decided yet, by their index. No query."""
    border = settings_of(center.settings).low_score
    return Satisfaction.objects.filter(message__center=center, settled_at__isnull=True, score__lte=border).order_by("at")
