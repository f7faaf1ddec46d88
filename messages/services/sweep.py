"""The sweep of terms: warns, records breaches, escalates — each step exactly once, however many workers sweep.

A batch is one transaction: the deadlines due are locked (SKIP LOCKED), their steps written under the unique
(deadline, step), and with them the history lines and the outbox rows. A killed worker leaves nothing half done; what was
missed while nothing ran is done by the next sweep.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from blocks.actors import ActorKind
from blocks.models import Center
from blocks.selectors import Roster, roster_of
from blocks.selectors.duty import Rota, rota_of
from mcu import outbox
from mcu.bulk import copy_in
from mcu.models import Heartbeat
from mcu.outbox import Notice
from messages.models import Deadline, DeadlineStep, Message, MessageEvent
from messages.services import open_parts
from messages.services.deadlines import BREACH, TermBook, book_of, next_step
from messages.services.notices import holders
from messages.terms import HOLDER, IN_HOURS, KIND_RU, Kind, Step, duration

BATCH: Final = 500
# Each row gets its own moments; the ORM would say that in a CASE of a thousand branches.
_SAVE: Final = """
UPDATE mcu_messages_deadline AS deadline SET breached_at = new.breached_at, next_step_at = new.next_step_at
FROM unnest(%(id)s::bigint[], %(breached_at)s::timestamptz[], %(next_step_at)s::timestamptz[])
  AS new (id, breached_at, next_step_at)
WHERE deadline.id = new.id
"""
HEARTBEAT: Final = "sweep"
_DEADLINE_FACTS: Final = ("center", "rule", "kind", "started_at", "due_at", "breached_at", "next_step_at")
_CASE_FACTS: Final = ("number", "state", "source", "block", "recipient", "settlement", "responsible")
_STEP_COLUMNS: Final = ("deadline_id", "step", "planned_at", "made_at")
_EVENT_COLUMNS: Final = ("message_id", "at", "code", "actor_kind", "role", "from_state", "to_state", "data")
_WHO_FACTS: Final = ("state", "source_id", "block_id", "recipient_id", "settlement_id", "responsible_id")


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
    """Books of terms and rosters of the Centers met in one sweep, read once each."""

    now: datetime
    books: dict[int, TermBook] = field(default_factory=dict)
    rosters: dict[int, Roster] = field(default_factory=dict)
    rotas: dict[int, Rota] = field(default_factory=dict)
    centers: dict[int, Center] = field(default_factory=dict)
    audiences: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)

    def of(self, center_id: int) -> tuple[Center, TermBook, Roster]:
        if center_id not in self.centers:
            center = Center.objects.get(pk=center_id)
            self.centers[center_id] = center
            self.books[center_id] = book_of(center)
            self.rosters[center_id] = roster_of(center, self.now)
            self.rotas[center_id] = rota_of(center, self.rosters[center_id], self.now)
        return self.centers[center_id], self.books[center_id], self.rosters[center_id]

    def audience(self, to: str, message: Message, roster: Roster) -> tuple[int, ...]:
        """Whom a step is told to. Cases that stand alike have the same people, and thousands do."""
        facts = tuple(getattr(message, field) for field in _WHO_FACTS)
        if (to, *facts) not in self.audiences:
            self.audiences[to, *facts] = _audience(to, message, roster)
        return self.audiences[to, *facts]


def sweep(*, now: datetime, dry_run: bool = False, by_email: bool = True) -> Swept:
    """Make every step due at ``now``. Safe with any number of workers; a dry run only says what it would do.

    ``by_email=False`` is for history walked through afterwards: the notices stand in the program, nobody is mailed.
    """
    done = Swept()
    books = _Books(now)
    if dry_run:
        rows = _due(now).iterator(chunk_size=BATCH)
        while batch := list(islice(rows, BATCH)):
            for one in _planned(batch, books):
                for step in one.due:
                    done.count(step.code)
                    done.lines.append(f"{one.deadline.message.number}: {_subject(one.deadline, books)}")
        return done
    while _batch(now=now, books=books, done=done, by_email=by_email):
        pass
    done.late_parts = open_parts.sweep_late(now=now)
    Heartbeat.objects.update_or_create(name=HEARTBEAT, defaults={"at": now})
    return done


@transaction.atomic
def _batch(*, now: datetime, books: _Books, done: Swept, by_email: bool) -> bool:
    """One batch; ``False`` when nothing was due. A fixed number of queries."""
    deadlines = list(_due(now).select_for_update(of=("self",), skip_locked=True)[:BATCH])
    if not deadlines:
        return False
    steps: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    notices: list[Notice] = []
    for planned in _planned(deadlines, books):
        deadline, due = planned.deadline, planned.due
        steps += [(deadline.pk, one.code, one.at, now) for one in due]
        events += [_event(deadline, one, now) for one in due]
        notices += _notices(deadline, due, books)
        for one in due:
            done.count(one.code)
            if one.code == BREACH:
                deadline.breached_at = deadline.breached_at or deadline.due_at
        deadline.next_step_at = planned.next_at
    copy_in(DeadlineStep, _STEP_COLUMNS, steps)
    copy_in(MessageEvent, _EVENT_COLUMNS, events)
    outbox.put(notices, now=now, by_email=by_email)
    _save(deadlines)
    return True


def _save(deadlines: list[Deadline]) -> None:
    """Store what a batch changed in its deadlines. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE,
            {
                "id": [row.pk for row in deadlines],
                "breached_at": [row.breached_at for row in deadlines],
                "next_step_at": [row.next_step_at for row in deadlines],
            },
        )


def _due(now: datetime) -> QuerySet[Deadline]:
    """Deadlines with a step due, by the index on open deadlines only, with what says whom a case concerns."""
    return (
        Deadline.objects.filter(next_step_at__lte=now, met_at__isnull=True, void_at__isnull=True)
        .select_related("message__source")
        .only(*_DEADLINE_FACTS, *(f"message__{field}" for field in _CASE_FACTS), "message__source__publisher")
        .order_by("next_step_at", "id")
    )


@dataclass(frozen=True, slots=True)
class _Planned:
    """A deadline with the steps due and not yet made, in order of time, and the moment of the one after them."""

    deadline: Deadline
    due: list[Step]
    next_at: datetime | None


def _planned(deadlines: Sequence[Deadline], books: _Books) -> Iterator[_Planned]:
    """What each of the deadlines asks for. One query, for the steps made, and five for every Center met first."""
    made: dict[int, set[str]] = defaultdict(set)
    ids = [deadline.pk for deadline in deadlines]
    for deadline_id, code in DeadlineStep.objects.filter(deadline__in=ids).values_list("deadline_id", "step"):
        made[deadline_id].add(code)
    for deadline in deadlines:
        _, book, _ = books.of(deadline.center_id)
        rule = book.rule(deadline.rule_id)
        steps = book.steps(rule, deadline.started_at, deadline.due_at) if rule else ()
        left = [one for one in steps if one.code not in made[deadline.pk]]
        due = [one for one in left if one.at <= books.now]
        yield _Planned(deadline, due, next_step(left, {one.code for one in due}))


def _event(deadline: Deadline, step: Step, now: datetime) -> tuple[Any, ...]:
    """The line of history, by ``_EVENT_COLUMNS``."""
    code = BREACH if step.code == BREACH else "warning" if step.code.startswith("warn") else "escalation"
    data = {"deadline": deadline.pk, "kind": deadline.kind, "step": step.code, "due_at": deadline.due_at.isoformat()}
    return (deadline.message_id, now, code, ActorKind.SYSTEM.value, "", "", "", json.dumps(data))


def _notices(deadline: Deadline, made: Iterable[Step], books: _Books) -> Iterator[Notice]:
    """One notice a person and deadline for all that is due at once: of several missed steps the last one is told."""
    center, book, roster = books.of(deadline.center_id)
    rota, rule = books.rotas[center.pk], book.rule(deadline.rule_id)
    last_for: dict[int, Step] = {}
    for step in made:
        users = books.audience(step.to, deadline.message, roster)
        # In the hours of a duty whoever is on it is told of what is late, whoever holds the case.
        for user_id in (*users, *(rota.nearest(deadline.message) if _is_late(step) else ())):
            last_for[user_id] = step
    on_duty = rota.covering(deadline.message)
    for user_id, step in last_for.items():
        yield Notice(
            key=f"deadline:{deadline.pk}:{step.code}:{user_id}",
            kind=f"deadline_{step.code}",
            user_id=user_id,
            subject=f"{deadline.message.number}: {_subject(deadline, books)}",
            path=f"/{center.slug}/messages/{deadline.message.number}/",
            center_slug=center.slug,
            urgent=rule is not None and rule.unit in IN_HOURS,
            on_duty=_is_late(step) and user_id in on_duty,
        )


def _is_late(step: Step) -> bool:
    """A breach or what follows from it; not a warning."""
    return not step.code.startswith("warn")


def _audience(to: str, message: Message, roster: Roster) -> tuple[int, ...]:
    """Ids of the people a step is told to; nobody found means the head, so that no step is told to the air."""
    found: tuple[int, ...] = ()
    match to:
        case "block_curator":
            found = roster.block_curators(message)
        case "source_curator":
            found = roster.source_curators(message)
        case "publisher":
            found = roster.publishers(message)
        case "head":
            found = roster.heads()
        case _ if to == HOLDER:
            found = holders(message, roster)
    return found or roster.heads()


def _subject(deadline: Deadline, books: _Books) -> str:
    """The moment itself, on the Center's clock: a notice is read long after it was written."""
    what = KIND_RU[Kind(deadline.kind)]
    center, _, _ = books.of(deadline.center_id)
    due = f"{deadline.due_at.astimezone(center.tz):%d.%m.%Y %H:%M}"
    if books.now <= deadline.due_at:
        return f"{what}: осталось {duration(deadline.due_at - books.now)}, срок {due}"
    return f"{what}: срок истёк {due}"
