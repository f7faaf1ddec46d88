"""What is due by the charters and not there: looked for in the database's state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from blocks import actors
from blocks.models import Center, Source
from reports import schedule
from reports.kinds import KINDS, Kind, plan_of, sources_of
from reports.models import Report
from reports.periods import Period
from reports.services.making import lacks, make

log = logging.getLogger(__name__)


def make_due(*, now: datetime) -> int:
    """Make every report that is due and not there, of all open Centers. Returns how many were made."""
    made = 0
    for center in Center.objects.filter(closed_at__isnull=True):
        for kind, period, source in _due(center, now):
            try:
                make(center=center, kind=kind, period=period, source=source, now=now, actor=actors.system(center))
            except Exception:  # one report's trouble must not keep the others from theirs; the next run tries again
                log.exception("%s of %s for %s was not made", kind.code, center.slug, period.code)
            else:
                made += 1
    return made


def _due(center: Center, now: datetime) -> Iterator[tuple[Kind, Period, Source | None]]:
    """What the Center lacks: the last due period, and earlier ones back to its first report of the kind."""
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
