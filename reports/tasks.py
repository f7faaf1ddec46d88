"""Background tasks of the reports: they look at the state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging

from celery import shared_task

from blocks import actors
from mcu.clock import utc_now
from reports import progress
from reports.compose import period_of
from reports.kinds import KINDS
from reports.models import Report
from reports.services.due import make_due
from reports.services.making import make

log = logging.getLogger(__name__)


@shared_task(name="reports.tasks.make_reports")
def make_reports() -> int:
    """Make every report that is due by the charters and not there. Returns how many were made."""
    return make_due(now=utc_now())


@shared_task(name="reports.tasks.make_asked")
def make_asked() -> int:
    """Count the reports that people asked for, the longest waiting first. One query when there are none."""
    made = 0
    for row in Report.objects.filter(asked_at__isnull=False).select_related("center", "source").order_by("asked_at"):
        try:
            make(
                center=row.center,
                kind=KINDS[row.kind],
                period=period_of(row),
                source=row.source,
                now=utc_now(),
                actor=actors.system(row.center),
                tell=progress.teller(row.pk),
            )
        except Exception:  # asked for anew with a button: the others must not wait for it again and again
            log.exception("Report %s was not made", row.pk)
            Report.objects.filter(pk=row.pk).update(asked_at=None)
        else:
            made += 1
    return made
