"""What is due by the charters and not there: looked for in the database's state, so a missed run is caught up by the next."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import F, Min, QuerySet, Value

from blocks import actors
from blocks.models import Center, Source
from messages.models import Message
from reports import schedule
from reports.kinds import KINDS, Kind, plan_of
from reports.models import Report
from reports.periods import Period
from reports.services.making import make

log = logging.getLogger(__name__)

_CENTER: Final = 0  # where others have the key of a source


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


def lacking(center: Center, now: datetime, *, look_back: int = schedule.LOOK_BACK) -> list[Due]:
    """What the Center lacks: of each kind the last due period, and so many in all back to its first report.

    Of a source that brought nothing in the period there is nothing to tell, nor of a Center before its first message.
    Four queries at most, three to look at the last periods alone.
    """
    reports = Report.objects.filter(center=center)
    earliest = reports.values_list("kind", "source").annotate(Min("period_start")) if look_back > 1 else ()
    first = {(kind, source): day for kind, source, day in earliest}
    sources = list(Source.objects.filter(center=center, closed_at__isnull=True))
    asked = [
        due
        for kind in KINDS.values()
        if (plan := plan_of(center, kind)) is not None
        for due in _asked(kind, schedule.due_period(kind, plan, now=now, center=center), sources, first, look_back)
    ]
    oldest = min((due.period.first for due in asked), default=None)
    there = set(reports.filter(period_start__gte=oldest).values_list("kind", "source", "period_start")) if oldest else set()
    missing = [due for due in asked if (due.kind.code, due.source_id, due.period.first) not in there]
    told = _told(center, list(dict.fromkeys(due.period for due in missing)))
    return [due for due in missing if (due.period, due.source_id) in told]


def _asked(
    kind: Kind,
    last: Period,
    sources: Iterable[Source],
    first: Mapping[tuple[str, int | None], date],
    look_back: int,
) -> Iterable[Due]:
    """Every report of the kind that should be there by now, made or not."""
    for source in (*(() if kind.sources == "only" else (None,)), *(() if kind.sources == "never" else sources)):
        begun = first.get((kind.code, source.pk if source else None), last.first)
        period = last
        for _ in range(look_back):
            if period is not last and period.first < begun:
                break
            yield Due(kind, period, source)
            period = period.previous()


def _told(center: Center, periods: Sequence[Period]) -> set[tuple[Period, int | None]]:
    """Of which period there is something to tell: of which sources, and (None) of the Center. One query."""
    parts: list[QuerySet[Message, tuple[int, int]]] = []
    for place, period in enumerate(periods):
        rows = Message.objects.filter(center=center).order_by()
        parts.append(rows.filter(period.holds("received_at")).values_list(Value(place), F("source_id")).distinct())
        parts.append(rows.filter(received_at__lt=period.end).values_list(Value(place), Value(_CENTER))[:1])
    found = parts[0].union(*parts[1:], all=True) if parts else ()
    return {(periods[place], None if source == _CENTER else source) for place, source in found}
