"""What stands now: the cases behind every number of a desk that is not of a week. The same definitions as reports.cases.

``reports.cases`` looks back to any moment through the history; what is asked of the present is read from the case itself,
with the same answer (tests/reports/test_present.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from blocks.models import Center
from mcu.clock import local_midnight
from messages.models import Message, Satisfaction
from messages.selectors.pressure import ending_terms, overdue_terms, threatened_terms
from messages.selectors.satisfaction import low_unsettled
from messages.workflow import OPEN, State


def in_work(center: Center, now: datetime) -> QuerySet[Message]:
    """В работе: whatever is open, for nothing is received in the future."""
    return Message.objects.filter(center=center, state__in=OPEN)


def overdue(center: Center, now: datetime) -> QuerySet[Message]:
    """Просрочено: in work, with a term of the decree, the law or the charter that has ended unmet."""
    return in_work(center, now).filter(pk__in=overdue_terms(center_id=center.pk, now=now).values("message"))


def threatened(center: Center, now: datetime) -> QuerySet[Message]:
    """Под угрозой: in work, with a running term past the last warning of its rule."""
    return in_work(center, now).filter(pk__in=threatened_terms(center_id=center.pk, now=now).values("message"))


def due_today(center: Center, now: datetime) -> QuerySet[Message]:
    """Срок сегодня: in work, with a running term that ends before the Center's midnight."""
    midnight = local_midnight(now.astimezone(center.tz).date() + timedelta(days=1), center.tz)
    terms = ending_terms(center_id=center.pk, now=now, until=midnight)
    return in_work(center, now).filter(pk__in=terms.values("message"))


def not_scored(center: Center, now: datetime) -> QuerySet[Message]:
    """Ждут оценки заявителя: answered, not closed, without a score of this answer."""
    scored = Satisfaction.objects.filter(message=OuterRef("pk"), cycle=OuterRef("cycle"))
    return Message.objects.filter(~Exists(scored), center=center, state=State.ANSWERED, answered_at__lt=now)


def low_scored(center: Center, now: datetime) -> QuerySet[Message]:
    """Низкие оценки без решения: nobody has reopened the case or left it as it is."""
    return Message.objects.filter(center=center, pk__in=low_unsettled(center).order_by().values("message"))


@dataclass(frozen=True, slots=True)
class PresentFigure:
    """A number of a desk by its name, with the cases that make it up."""

    title: str
    cases: Callable[[Center, datetime], QuerySet[Message]]


PRESENT_FIGURES: Final = {
    "open": PresentFigure("В работе", in_work),
    "overdue": PresentFigure("Просрочено", overdue),
    "threat": PresentFigure("Под угрозой", threatened),
    "today": PresentFigure("Срок сегодня", due_today),
    "unscored": PresentFigure("Ждут оценки заявителя", not_scored),
    "low": PresentFigure("Низкие оценки без решения", low_scored),
}
