"""What is due by the charters and not there: looked for in the database's state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min

from blocks import actors
from blocks.models import Center, Source
from messages.models import Message
from reports import schedule
from reports.kinds import KINDS, Kind, plan_of
from reports.models import Report
from reports.periods import Period
from reports.services.making import make

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A report that should be there: its kind, its period, and its source where it is of one."""

    kind: Kind
    period: Period
    source: Source | None

    @property
    def source_id(self) -> int | None:
        return self.source.pk if self.source else None


def make_due(*, now: datetime) -> int:
    """Make every report that is due and not there, of all open Centers. Returns how many were made."""
    made = 0
    for center in Center.objects.filter(closed_at__isnull=True):
        for due in lacking(center, now):
            try:
                make(
                    center=center,
                    kind=due.kind,
                    period=due.period,
                    source=due.source,
                    now=now,
                    actor=actors.system(center),
                )
            except Exception:  # one report's trouble must not keep the others from theirs; the next run tries again
                log.exception("%s of %s for %s was not made", due.kind.code, center.slug, due.period.code)
            else:
                made += 1
    return made


def lacking(center: Center, now: datetime) -> list[Due]:
    """What the Center lacks: of each kind the last due period, and earlier ones back to its first report.

    Of a source that brought nothing in the period there is nothing to tell, nor of a Center before its first message.
    Three queries, and two for each period of which anything is missing.
    """
    reports = Report.objects.filter(center=center)
    first = {(kind, source): day for kind, source, day in reports.values_list("kind", "source").annotate(Min("period_start"))}
    asked = [due for kind in KINDS.values() for due in _asked(center, kind, _sources(center), first, now)]
    oldest = min((due.period.first for due in asked), default=None)
    there = set(reports.filter(period_start__gte=oldest).values_list("kind", "source", "period_start")) if oldest else set()
    missing = [due for due in asked if (due.kind.code, due.source_id, due.period.first) not in there]
    brought = {period: _brought(center, period) for period in {due.period for due in missing}}
    return [due for due in missing if due.source_id in brought[due.period]]


def _sources(center: Center) -> list[Source]:
    return list(Source.objects.filter(center=center, closed_at__isnull=True))


def _asked(
    center: Center,
    kind: Kind,
    sources: Iterable[Source],
    first: dict[tuple[str, int | None], date],
    now: datetime,
) -> Iterable[Due]:
    """Every report of the kind that should be there by now, made or not."""
    plan = plan_of(center, kind)
    if plan is None:
        return
    last = schedule.due_period(kind, plan, now=now, center=center)
    for source in (*(() if kind.sources == "only" else (None,)), *(() if kind.sources == "never" else sources)):
        begun = first.get((kind.code, source.pk if source else None), last.first)
        period = last
        for _ in range(schedule.LOOK_BACK):
            if period is not last and period.first < begun:
                break
            yield Due(kind, period, source)
            period = period.previous()


def _brought(center: Center, period: Period) -> set[int | None]:
    """Sources that brought anything in the period; None among them once the Center has any message. Two queries."""
    sources: set[int | None] = set(
        Message.objects.filter(period.holds("received_at"), center=center)
        .order_by()
        .values_list("source", flat=True)
        .distinct()
    )
    begun = bool(sources) or Message.objects.filter(center=center, received_at__lt=period.end).exists()
    return sources | ({None} if begun else set())
