"""Learns each night how long work takes, from the last months of a Center, and checks on the last of them what it would say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from blocks.models import Center
from mcu import calendars
from mcu.bulk import copy_in
from mcu.calendar import ProductionCalendar
from messages.forecast import (
    CHECKED,
    Clock,
    Durations,
    Group,
    Rhythm,
    Tally,
    Term,
    Watch,
    clock_of,
    groups_of,
    samples,
    was_named,
    watch_over,
)
from messages.models import ForecastCheck, Pace
from messages.selectors.term_history import past_terms
from messages.terms.chip import LIKELY

_LONGEST: Final = timedelta(days=90)  # so long may a term that is checked have run before
_AHEAD: Final = timedelta(days=90)  # so far the clock of the hours is exact
_FEWEST: Final = 8  # of fewer cases no row is kept: it would weigh too little
_COLUMNS: Final = (
    "center_id", "kind", "state", "source_id", "block_id", "topic_id", "count", "stage_median", "stage_p90", "quantiles",
    "hours", "computed_at",
)  # fmt: skip


@dataclass(slots=True)
class _Lesson:
    """What is known at one moment: first the rhythm of the hours, then, by its clock, how long work takes."""

    since: datetime
    as_of: datetime
    watches: dict[str, Watch] = field(default_factory=dict)
    rhythms: dict[str, Rhythm] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    works: dict[Group, Tally] = field(default_factory=lambda: defaultdict(Tally))
    stays: dict[Group, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def watch(self, term: Term) -> None:
        if term.kind not in self.watches:
            self.watches[term.kind] = Watch(self.since, self.as_of)
        watch_over(term, self.watches[term.kind], self.as_of)

    def set_clocks(self, center: Center, calendar: ProductionCalendar) -> None:
        for kind, watch in self.watches.items():
            rhythm = self.rhythms[kind] = watch.rhythm(center.tz, calendar)
            until = self.as_of + _AHEAD
            self.clocks[kind] = clock_of(rhythm, since=self.since, until=until, tz=center.tz, calendar=calendar)

    def learn(self, term: Term) -> None:
        for sample in samples(term, self.clocks[term.kind], self.as_of):
            for group in groups_of(sample.group):
                self.works[group].add(sample.work, ended=sample.done)
                self.stays[group].add(sample.stay, ended=sample.left)

    def known(self) -> dict[Group, Durations]:
        return {group: tally.durations() for group, tally in self.works.items() if tally.count >= _FEWEST}


def learn_pace(*, center: Center, now: datetime) -> ForecastCheck | None:
    """Learn the Center's pace and check the forecast on the terms of the last days; None where there were none.

    The history is read three times, in parts: for the rhythm of the hours, for the durations, for the check. What was known
    is replaced in one short transaction.
    """
    since, calendar = now - settings.FORECAST_HISTORY, calendars.current()
    lessons = [_Lesson(since, now), _Lesson(since, now - CHECKED)]
    for term in past_terms(center, since=since):
        for lesson in lessons:
            lesson.watch(term)
    for lesson in lessons:
        lesson.set_clocks(center, calendar)
    for term in past_terms(center, since=since):
        for lesson in lessons:
            lesson.learn(term)
    present, past = lessons
    check = _checked(center, past, now)
    with transaction.atomic():
        Center.objects.select_for_update(no_key=True).get(pk=center.pk)  # one worker at a time
        Pace.objects.filter(center=center).delete()
        copy_in(Pace, _COLUMNS, _rows(center, present))
        if check is not None:
            check.save()
    return check


def _rows(center: Center, lesson: _Lesson) -> Iterator[tuple[Any, ...]]:
    """What is kept, by ``_COLUMNS``: the hours of each kind, then the durations of each group."""
    for kind, rhythm in lesson.rhythms.items():
        yield center.pk, kind, "", None, None, None, 0, 0, 0, [], list(rhythm), lesson.as_of
    for group, durations in lesson.known().items():
        stay = lesson.stays[group]
        kept = (durations.count, stay.median(), stay.p90(), list(durations.quantiles))
        yield center.pk, *group, *kept, [], lesson.as_of


def _checked(center: Center, past: _Lesson, now: datetime) -> ForecastCheck | None:
    """What was learned by ``past`` tried on the terms that ended since, each counted once."""
    known, since = past.known(), past.as_of
    check = ForecastCheck(center=center, at=now, since=since, until=now, terms=0, late=0, named=0, hits=0)
    for term in past_terms(center, since=since - _LONGEST):
        if not term.ended_between(since, now):
            continue
        named = term.kind in past.clocks and was_named(term, past.clocks[term.kind], known, likely=LIKELY, since=since)
        check.terms += 1
        check.late += term.is_late
        check.named += bool(named)
        check.hits += bool(named) and term.is_late
    return check if check.terms else None
