"""Background tasks of the reports: they look at the state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging

from celery import shared_task

from blocks import actors
from blocks.models import Center
from mcu.clock import utc_now
from reports.services.problemator import due_week, lacks_problemator, make_problemator

log = logging.getLogger(__name__)


@shared_task(name="reports.tasks.make_problemators")
def make_problemators() -> int:
    """Make the problemator of every open Center whose last full week has none. Returns how many were made."""
    now, made = utc_now(), 0
    for center in Center.objects.filter(closed_at__isnull=True):
        week = due_week(center, now)
        if not lacks_problemator(center, week):
            continue
        try:
            make_problemator(center=center, week=week, now=now, actor=actors.system(center))
        except Exception:  # one Center's trouble must not keep the others from theirs; the next run tries again
            log.exception("Problemator of %s for %s was not made", center.slug, week.code)
        else:
            made += 1
    return made
