"""The sweep of terms: warns, records breaches, escalates — each step exactly once, however many workers sweep.

A batch is one transaction: the deadlines due are locked (SKIP LOCKED), their steps written under the unique
(deadline, step), and with them the history lines and the outbox rows. A killed worker leaves nothing half done; what was
missed while nothing ran is done by the next sweep, marked late and told to each person in one message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from blocks.actors import ActorKind
from mcu import beats, outbox
from mcu.beats import Outage
from mcu.bulk import copy_in
from mcu.outbox import Notice
from messages.models import DeadlineStep, MessageEvent
from messages.services import missed, open_parts
from messages.services.deadlines import BREACH, next_step
from messages.services.sweep_told import Desk, Due, event_code, notices, subject_of
from messages.terms import Step

HEARTBEAT: Final = beats.SWEEP
# What is due, by the index on open deadlines only, with what says whom a case concerns. Each batch goes on where the one
# before ended: what that has just made would be looked through again, row by row.
_DUE: Final = """
SELECT term.id, term.center_id, term.rule_id, term.kind, term.started_at, term.due_at, term.breached_at, term.next_step_at,
  message.id, message.number, message.state, message.source_id, message.block_id, message.recipient_id,
  message.settlement_id, message.responsible_id, source.publisher
FROM mcu_messages_deadline AS term
JOIN mcu_messages_message AS message ON message.id = term.message_id
JOIN blocks_source AS source ON source.id = message.source_id
WHERE term.next_step_at <= %s AND term.met_at IS NULL AND term.void_at IS NULL AND (term.next_step_at, term.id) > (%s, %s)
ORDER BY term.next_step_at, term.id
LIMIT %s
"""
_LOCKED: Final = f"{_DUE} FOR NO KEY UPDATE OF term SKIP LOCKED"
_MADE: Final = "SELECT deadline_id, step FROM mcu_messages_deadlinestep WHERE deadline_id = ANY(%s)"
# Each row gets its own moments; the ORM would say that in a CASE of a thousand branches.
_SAVE: Final = """
UPDATE mcu_messages_deadline AS deadline SET breached_at = new.breached_at, next_step_at = new.next_step_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS new (id, breached_at, next_step_at)
WHERE deadline.id = new.id
"""
_ANY_DUE: Final = """
SELECT EXISTS (SELECT FROM mcu_messages_deadline WHERE next_step_at <= %s AND met_at IS NULL AND void_at IS NULL)
"""
_STEP_COLUMNS: Final = ("deadline_id", "step", "planned_at", "made_at")
_EVENT_COLUMNS: Final = ("message_id", "at", "code", "actor_kind", "role", "from_state", "to_state", "data")
# Whoever is in a batch holds the gate open; who would tell of what was missed waits for nobody, but comes through it last.
_GATE: Final = 0x5357_4545_50  # a number of our own among advisory locks
_BEGIN: Final = (datetime(1, 1, 1, tzinfo=UTC), 0)


@dataclass(slots=True)
class Swept:
    """What one sweep did (or, dry, would do)."""

    warnings: int = 0
    breaches: int = 0
    escalations: int = 0
    late_parts: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return self.warnings + self.breaches + self.escalations + self.late_parts

    def count(self, step: str) -> None:
        if step == BREACH:
            self.breaches += 1
        elif step.startswith("warn"):
            self.warnings += 1
        else:
            self.escalations += 1


@dataclass(slots=True)
class _Books:
    """What a sweep knows: its moment, the last time down, and what is read once for each Center met."""

    now: datetime
    outage: Outage | None = None
    desks: dict[int, Desk] = field(default_factory=dict)
    at: str = field(init=False)  # the moment as tables take it: every row of a sweep bears it

    def __post_init__(self) -> None:
        self.at = self.now.isoformat()

    def of(self, center_id: int) -> Desk:
        if center_id not in self.desks:
            self.desks[center_id] = Desk.of(center_id, self.now)
        return self.desks[center_id]


def sweep(*, now: datetime, dry_run: bool = False, by_email: bool = True, present: bool = True) -> Swept:
    """Make every step due at ``now``. Safe with any number of workers; a dry run only says what it would do.

    ``by_email=False`` is for history walked through afterwards: the notices stand in the program, nobody is mailed and
    nothing is late. ``present=False`` is for a moment that is not the present one: it tells nothing of whether terms are
    watched now, so the heartbeat and the time down stay as they are, and what was missed is told by the next sweep.
    """
    done = Swept()
    if dry_run:
        _say(_Books(now), done)
        return done
    books = _Books(now, beats.outage(now, keep=present) if by_email else None)
    # Until a walk from the beginning finds nothing: a term that somebody held may have been let go meanwhile.
    while (last := _batch(_BEGIN, books=books, done=done, by_email=by_email)) is not None:
        while last is not None:
            last = _batch(last, books=books, done=done, by_email=by_email)
    done.late_parts = open_parts.sweep_late(now=now, outage=books.outage)
    if not present:
        return done
    beats.beat_forward(HEARTBEAT, now)
    if by_email and missed.waits() and _nobody_else_sweeps(now):
        missed.gather(now=now)
    return done


@transaction.atomic
def _batch(last: tuple[datetime, int], *, books: _Books, done: Swept, by_email: bool) -> tuple[datetime, int] | None:
    """One batch from where the one before ended; where this one did, or nothing when no more is due. Eight queries."""
    now = books.now
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_GATE])
    batch = _due(_LOCKED, now, last)
    if not batch:
        return None
    steps: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    told: list[Notice] = []
    saved: list[tuple[int, datetime | None, datetime | None]] = []
    for due, made, next_at in _planned(batch, books):
        breached_at = due.breached_at
        for step in made:
            done.count(step.code)
            steps.append((due.pk, step.code, step.at, books.at))
            events.append(_event(due, step, books))
            if step.code == BREACH:
                breached_at = breached_at or due.due_at
        told += notices(due, made, books.of(due.center_id), now=now, outage=books.outage)
        saved.append((due.pk, breached_at, next_at))
    copy_in(DeadlineStep, _STEP_COLUMNS, steps)
    copy_in(MessageEvent, _EVENT_COLUMNS, events)
    outbox.put(told, now=now, by_email=by_email)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [list(column) for column in zip(*saved, strict=True)])
    return batch[-1].next_step_at, batch[-1].pk


def _due(statement: str, now: datetime, last: tuple[datetime, int]) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, *last, settings.SWEEP_BATCH])
        return [Due(*row) for row in cursor.fetchall()]


def _planned(batch: Sequence[Due], books: _Books) -> Iterator[tuple[Due, list[Step], datetime | None]]:
    """Each deadline with the steps due and not yet made, in order of time, and the moment of the one after them.

    One query, for the steps made, and five for every Center met first.
    """
    known: dict[int, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [[due.pk for due in batch]])
        for deadline_id, code in cursor.fetchall():
            known[deadline_id].add(code)
    for due in batch:
        left = [one for one in books.of(due.center_id).steps(due) if one.code not in known[due.pk]]
        made = [one for one in left if one.at <= books.now]
        yield due, made, next_step(left, {one.code for one in made})


def _event(due: Due, step: Step, books: _Books) -> tuple[Any, ...]:
    """The line of history, by ``_EVENT_COLUMNS``. Its JSON is put together: codes and numbers have nothing to escape."""
    late = ', "late": true' if books.outage and books.outage.missed(step.at, books.now) else ""
    data = f'{{"deadline": {due.pk}, "kind": "{due.kind}", "step": "{step.code}", "due_at": "{due.due_at.isoformat()}"{late}}}'
    return (due.message_id, books.at, event_code(step), ActorKind.SYSTEM.value, "", "", "", data)


def _nobody_else_sweeps(now: datetime) -> bool:
    """Whether all that was missed has been made: no other worker is in a batch, and none is left. Two queries."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_GATE])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_ANY_DUE, [now])
        return not cursor.fetchone()[0]


def _say(books: _Books, done: Swept) -> None:
    """What the sweep would make."""
    last = _BEGIN
    while batch := _due(_DUE, books.now, last):
        for due, steps, _ in _planned(batch, books):
            for step in steps:
                done.count(step.code)
                done.lines.append(f"{due.number}: {subject_of(due, books.of(due.center_id), books.now)}")
        last = batch[-1].next_step_at, batch[-1].pk
