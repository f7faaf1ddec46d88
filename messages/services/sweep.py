"""The sweep of terms: warns, records breaches, escalates — each step exactly once, however many workers sweep.

A batch is one transaction: the deadlines due are locked (SKIP LOCKED), their steps written under the unique
(deadline, step), and with them the history lines and the outbox rows. A killed worker leaves nothing half done; what was
missed while nothing ran is done by the next sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from blocks.actors import ActorKind
from blocks.models import Center
from blocks.selectors import Roster, roster_of
from mcu import outbox
from mcu.models import Heartbeat
from mcu.outbox import Notice
from messages.models import Deadline, DeadlineStep, Message, MessageEvent
from messages.services.deadlines import BREACH, TermBook, book_of, next_step
from messages.services.notices import holders
from messages.terms import HOLDER, KIND_RU, Kind, Step, duration

BATCH: Final = 500
HEARTBEAT: Final = "sweep"


@dataclass(slots=True)
class Swept:
    """What one sweep did (or, dry, would do)."""

    warnings: int = 0
    breaches: int = 0
    escalations: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return self.warnings + self.breaches + self.escalations

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
    centers: dict[int, Center] = field(default_factory=dict)

    def of(self, center_id: int) -> tuple[Center, TermBook, Roster]:
        if center_id not in self.centers:
            center = Center.objects.get(pk=center_id)
            self.centers[center_id] = center
            self.books[center_id] = book_of(center, with_closed=True)
            self.rosters[center_id] = roster_of(center, self.now)
        return self.centers[center_id], self.books[center_id], self.rosters[center_id]


def sweep(*, now: datetime, dry_run: bool = False, by_email: bool = True) -> Swept:
    """Make every step due at ``now``. Safe with any number of workers; a dry run only says what it would do.

    ``by_email=False`` is for history walked through afterwards: the notices stand in the program, nobody is mailed.
    """
    done = Swept()
    books = _Books(now)
    if dry_run:
        for deadline in _due(now).iterator(chunk_size=BATCH):
            for step in _steps(deadline, books):
                done.count(step.code)
                done.lines.append(f"{deadline.message.number}: {_subject(deadline, step, now)}")
        return done
    while _batch(now=now, books=books, done=done, by_email=by_email):
        pass
    Heartbeat.objects.update_or_create(name=HEARTBEAT, defaults={"at": now})
    return done


@transaction.atomic
def _batch(*, now: datetime, books: _Books, done: Swept, by_email: bool) -> bool:
    """One batch; ``False`` when nothing was due. A fixed number of queries."""
    due = list(_due(now).select_for_update(of=("self",), skip_locked=True)[:BATCH])
    if not due:
        return False
    steps: list[DeadlineStep] = []
    events: list[MessageEvent] = []
    notices: list[Notice] = []
    for deadline in due:
        made = _steps(deadline, books)
        steps += [DeadlineStep(deadline=deadline, step=one.code, planned_at=one.at, made_at=now) for one in made]
        events += [_event(deadline, one, now) for one in made]
        notices += _notices(deadline, made, books, now)
        for one in made:
            done.count(one.code)
            if one.code == BREACH:
                deadline.breached_at = deadline.breached_at or deadline.due_at
        deadline.next_step_at = _next(deadline, books, {one.code for one in made})
    DeadlineStep.objects.bulk_create(steps)
    MessageEvent.objects.bulk_create(events)
    outbox.put(notices, now=now, by_email=by_email)
    Deadline.objects.bulk_update(due, ["breached_at", "next_step_at"])
    return True


def _due(now: datetime) -> QuerySet[Deadline]:
    """Deadlines with a step due, by the index on open deadlines only."""
    return (
        Deadline.objects.filter(next_step_at__lte=now, met_at__isnull=True, void_at__isnull=True)
        .select_related("message__source")
        .defer("message__search", "message__text")
        .prefetch_related("steps")
        .order_by("next_step_at", "id")
    )


def _made(deadline: Deadline) -> set[str]:
    return {row.step for row in deadline.steps.all()}


def _all_steps(deadline: Deadline, books: _Books) -> tuple[Step, ...]:
    _, book, _ = books.of(deadline.center_id)
    rule = book.rule(deadline.rule_id)
    return book.steps(rule, deadline.started_at, deadline.due_at) if rule else ()


def _steps(deadline: Deadline, books: _Books) -> list[Step]:
    """Steps of this deadline that are due and not yet made, in order of time."""
    made = _made(deadline)
    return [one for one in _all_steps(deadline, books) if one.at <= books.now and one.code not in made]


def _next(deadline: Deadline, books: _Books, just_made: set[str]) -> datetime | None:
    return next_step(_all_steps(deadline, books), _made(deadline) | just_made)


def _event(deadline: Deadline, step: Step, now: datetime) -> MessageEvent:
    code = BREACH if step.code == BREACH else "warning" if step.code.startswith("warn") else "escalation"
    return MessageEvent(
        message_id=deadline.message_id,
        at=now,
        code=code,
        actor_kind=ActorKind.SYSTEM,
        data={"deadline": deadline.pk, "kind": deadline.kind, "step": step.code, "due_at": deadline.due_at.isoformat()},
    )


def _notices(deadline: Deadline, made: Iterable[Step], books: _Books, now: datetime) -> Iterator[Notice]:
    """One notice a person and deadline for all that is due at once: of several missed steps the last one is told."""
    center, _, roster = books.of(deadline.center_id)
    last_for: dict[int, Step] = {}
    for step in made:
        for user_id in _audience(step.to, deadline.message, roster):
            last_for[user_id] = step
    for user_id, step in last_for.items():
        yield Notice(
            key=f"deadline:{deadline.pk}:{step.code}:{user_id}",
            kind=f"deadline_{step.code}",
            user_id=user_id,
            subject=f"{deadline.message.number}: {_subject(deadline, step, now)}",
            path=f"/{center.slug}/messages/{deadline.message.number}/",
            center_slug=center.slug,
        )


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


def _subject(deadline: Deadline, step: Step, now: datetime) -> str:
    what = KIND_RU[Kind(deadline.kind)]
    if now <= deadline.due_at:
        return f"{what}: осталось {duration(deadline.due_at - now)}"
    return f"{what}: срок прошёл {duration(now - deadline.due_at)} назад"
