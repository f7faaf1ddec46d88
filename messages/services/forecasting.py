"""Says every ten minutes how likely each running term is to be missed, and since when the likely ones have been so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from blocks.models import Center
from mcu import calendars
from messages.forecast import Clock, Durations, Group, chance, clock_of, percent
from messages.models import Deadline, Pace, ThreatSpan
from messages.selectors.pressure import running_terms
from messages.selectors.term_history import entered
from messages.terms.chip import LIKELY

BATCH: Final = 1000
_AROUND: Final = timedelta(days=90)  # so far before and after now the clock of the hours is exact
_FACTS: Final = (
    "pk", "kind", "started_at", "due_at", "paused_until", "chance", "message_id", "message__state", "message__source_id",
    "message__block_id", "message__topic_id", "message__received_at",
)  # fmt: skip
# What somebody changes just now is left to the next run; locked in one order, so that two workers never wait in a ring.
_SAVE: Final = """
WITH new AS (
  SELECT * FROM unnest(%(id)s::bigint[], %(chance)s::smallint[], %(due_at)s::timestamptz[]) AS new (id, chance, due_at)
), kept AS (
  SELECT deadline.id, deadline.chance AS was, new.chance FROM mcu_messages_deadline AS deadline JOIN new ON new.id = deadline.id
  WHERE deadline.met_at IS NULL AND deadline.void_at IS NULL AND deadline.due_at = new.due_at
    AND deadline.chance IS DISTINCT FROM new.chance
  ORDER BY deadline.id FOR UPDATE OF deadline SKIP LOCKED
)
UPDATE mcu_messages_deadline AS deadline SET chance = kept.chance FROM kept WHERE deadline.id = kept.id
RETURNING deadline.id, kept.was, kept.chance
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A running term with where its case stands."""

    pk: int
    kind: str
    started_at: datetime
    due_at: datetime
    paused_until: datetime | None
    chance: int | None
    message_id: int
    state: str
    source: int
    block: int | None
    topic: int | None
    received_at: datetime

    @property
    def group(self) -> Group:
        """Like cases. Before the hand-over there is no block, and the topic is often found only with it."""
        return Group(self.kind, self.state, self.source, self.block, self.topic if self.block is not None else None)


@dataclass(frozen=True, slots=True)
class Known:
    """What was learned of a Center: how long work takes in each group, and how fast each kind's clock runs when."""

    durations: dict[Group, Durations]
    clocks: dict[str, Clock]

    def chance_of(self, term: Running, entered_at: datetime, now: datetime) -> int | None:
        """Per cent to be late; None where too little is known, or while the applicant is asked."""
        if term.kind not in self.clocks or (term.paused_until is not None and term.paused_until > now):
            return None
        clock, begun = self.clocks[term.kind], max(entered_at, term.started_at)
        found = chance(self.durations, term.group, stood=clock.between(begun, now), left=clock.between(now, term.due_at))
        return None if found is None else percent(found)


def known_of(center: Center, now: datetime) -> Known:
    """What was learned last night. Two queries."""
    durations, clocks, calendar = {}, {}, calendars.current()
    rows = Pace.objects.filter(center=center)
    for kind, state, source, block, topic, count, quantiles, hours in rows.values_list(
        "kind", "state", "source_id", "block_id", "topic_id", "count", "quantiles", "hours"
    ):
        if state:
            durations[Group(kind, state, source, block, topic)] = Durations(count, tuple(quantiles))
        else:
            clocks[kind] = clock_of(tuple(hours), since=now - _AROUND, until=now + _AROUND, tz=center.tz, calendar=calendar)
    return Known(durations, clocks)


def forecast(*, center: Center, now: datetime) -> int:
    """Say of every running term of the Center how likely it is to be missed; how many have another chance than before.

    Only terms still asked for are read, in batches by their index; each batch is written in one transaction with the
    moments since when its terms are threatened. Safe with any number of workers.
    """
    changed = _end_overdue(center, now)
    known = known_of(center, now)
    place = (now, 0)
    while batch := _batch(center, place):
        last = batch[-1]
        place = (last.due_at, last.pk)
        since = entered({term.message_id for term in batch})
        found = [(term, known.chance_of(term, since.get(term.message_id, term.received_at), now)) for term in batch]
        changed += _write([(term.pk, value, term.due_at) for term, value in found if value != term.chance], now)
    return changed


def forget(deadline: Deadline, *, now: datetime) -> None:
    """Take the word of the forecast back of a term that was met, moved or dropped, until the next run; saved by the caller."""
    if deadline.chance is not None and deadline.chance >= LIKELY:
        _end_threats([deadline.pk], now)
    deadline.chance = None


def _batch(center: Center, place: tuple[datetime, int]) -> list[Running]:
    """The next terms by their ends. One query, by the index of running terms."""
    moment, pk = place
    beyond = Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk)
    rows = running_terms(center.pk).filter(beyond, due_at__gte=moment).order_by("due_at", "pk")
    return [Running(*row) for row in rows.values_list(*_FACTS)[:BATCH]]


def _end_overdue(center: Center, now: datetime) -> int:
    """Of what is late already nothing is foretold."""
    late: QuerySet[Deadline, Any] = running_terms(center.pk).filter(due_at__lt=now, chance__isnull=False)
    return _write([(pk, None, due_at) for pk, due_at in late.values_list("pk", "due_at")], now)


@transaction.atomic
def _write(rows: Sequence[tuple[int, int | None, datetime]], now: datetime) -> int:
    """Store the chances of terms that still run as they were read, and when they became likely or no longer are."""
    if not rows:
        return 0
    ids, chances, ends = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {"id": ids, "chance": chances, "due_at": ends})
        saved = cursor.fetchall()
    begun = [pk for pk, was, is_now in saved if (is_now or 0) >= LIKELY > (was or 0)]
    over = [pk for pk, was, is_now in saved if (was or 0) >= LIKELY > (is_now or 0)]
    ThreatSpan.objects.bulk_create((ThreatSpan(deadline_id=pk, since=now) for pk in begun), ignore_conflicts=True)
    if over:
        _end_threats(over, now)
    return len(saved)


def _end_threats(ids: Sequence[int], now: datetime) -> None:
    ThreatSpan.objects.filter(deadline__in=ids, until__isnull=True).update(until=now)
