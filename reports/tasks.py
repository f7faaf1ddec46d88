"""Background tasks of the reports: they look at the state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from celery import shared_task

from blocks import actors
from blocks.models import Center, Source
from mcu.clock import utc_now
from reports import progress, schedule
from reports.compose import period_of
from reports.kinds import KINDS, Kind, plan_of, sources_of
from reports.models import Report
from reports.periods import Period
from reports.services.making import lacks, make

log = logging.getLogger(__name__)


@shared_task(name="reports.tasks.make_reports")
def make_reports() -> int:
    """Make every report that is due by the charters and not there. Returns how many were made."""
    now, made = utc_now(), 0
    for center in Center.objects.filter(closed_at__isnull=True):
        for kind, period, source in _due(center):
            try:
                make(center=center, kind=kind, period=period, source=source, now=now, actor=actors.system(center))
            except Exception:  # one report's trouble must not keep the others from theirs; the next run tries again
                log.exception("%s of %s for %s was not made", kind.code, center.slug, period.code)
            else:
                made += 1
    return made


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


def _due(center: Center) -> Iterator[tuple[Kind, Period, Source | None]]:
    """What the Center lacks: the last due period, and earlier ones back to its first report of the kind."""
    now = utc_now()
    for kind in KINDS.values():
        plan = plan_of(center, kind)
        if plan is None:
            continue
        for source in sources_of(center, kind):
            first = Report.objects.filter(center=center, kind=kind.code, source=source).order_by("period_start").first()
            period = schedule.due_period(kind, plan, now=now, center=center)
            for back in range(schedule.LOOK_BACK):
                missed = period.previous(back) if back else period
                if back and (first is None or missed.first < first.period_start):
                    break
                if lacks(center, kind, missed, source):
                    yield kind, missed, source
