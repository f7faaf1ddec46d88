"""What past terms teach, and what would have been said of them, each by no more than was known at the moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from messages.forecast.clock import Clock, Watch
from messages.forecast.durations import Durations
from messages.forecast.groups import Group, chance, percent

CHECKED: Final = timedelta(days=30)
"""On the terms of so many last days the forecast is tried, by what was known before them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay of the case in a stage; ``until`` is None where it stands now."""

    state: str
    block: int | None
    since: datetime
    until: datetime | None

    def stayed_until(self, as_of: datetime) -> tuple[datetime, bool]:
        """Up to when it is known to have stayed, and whether it left then."""
        return (as_of, False) if self.until is None or self.until > as_of else (self.until, True)


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a case with the stages the case went through."""

    kind: str
    source: int
    topic: int | None
    started_at: datetime
    due_at: datetime
    threat_at: datetime
    met_at: datetime | None
    void_at: datetime | None
    visits: tuple[Visit, ...]
    moved: tuple[tuple[datetime, datetime], ...] = ()
    """When its end was moved, and where it was before; in order of time."""

    @property
    def is_late(self) -> bool:
        """Whether it was missed, of terms that have ended."""
        return self.met_at is None or self.met_at > self.due_at

    def ran_until(self, as_of: datetime) -> tuple[datetime, bool]:
        """Up to when it is known to have run, and whether its work was done then."""
        stop = min([as_of, *(moment for moment in (self.met_at, self.void_at) if moment is not None)])
        return stop, self.met_at == stop

    def ended_between(self, since: datetime, until: datetime) -> bool:
        """Whether it was decided then if the work was done in time: by the work, or by its end."""
        if self.void_at is not None:
            return False
        decided = self.due_at if self.is_late else self.met_at
        return decided is not None and since <= decided < until

    def due_as_of(self, moment: datetime) -> datetime:
        """Its end as it stood at a moment."""
        return next((before for at, before in self.moved if at > moment), self.due_at)

    def place(self, visit: Visit) -> Group:
        # Before the hand-over a case has no block, and its topic is often found only with it.
        topic = self.topic if visit.block is not None else None
        return Group(self.kind, visit.state, self.source, visit.block, topic)


@dataclass(frozen=True, slots=True)
class Sample:
    """How long it took from entering a stage to the end of the work, and in the stage alone; or how long it has so far."""

    group: Group
    work: float
    done: bool
    stay: float
    left: bool


def samples(term: Term, clock: Clock, as_of: datetime) -> Iterator[Sample]:
    """What the term teaches whoever looks at it at the moment; work on the clock, the stay by the wall clock."""
    stop, done = term.ran_until(as_of)
    for visit in term.visits:
        begun = max(visit.since, term.started_at)
        if begun >= stop:
            continue
        gone, left = visit.stayed_until(as_of)
        yield Sample(term.place(visit), clock.between(begun, stop), done, (gone - begun).total_seconds(), left)


def watch_over(term: Term, watch: Watch, as_of: datetime) -> None:
    """Add the stays of the term to what the pace of the hours is told from."""
    stop, _ = term.ran_until(as_of)
    for visit in term.visits:
        gone, left = visit.stayed_until(stop)
        watch.add(max(visit.since, term.started_at), gone, done=left)


def was_named(term: Term, clock: Clock, known: Mapping[Group, Durations], *, likely: int, since: datetime) -> bool | None:
    """Whether the forecast would have named the term before its last warning; None where it could say nothing of it.

    In a stage the chance only grows, so it is enough to look at the end of each stay; at those before ``since``, up to
    when ``known`` was learned, nothing is looked at.
    """
    said = None
    for visit in term.visits:
        begun = max(visit.since, term.started_at)
        ends = (visit.until, term.met_at, term.void_at, term.threat_at)
        moment = min(end for end in ends if end is not None)
        due = term.due_as_of(moment)
        moment = min(moment, due)
        if moment <= max(begun, since):
            continue
        p = chance(known, term.place(visit), stood=clock.between(begun, moment), left=clock.between(moment, due))
        if p is not None and percent(p) >= likely:
            return True
        said = said if p is None else False
    return said
