"""The one writer of a case's terms: works out what they should be from the facts and brings the rows to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from blocks import actors
from blocks.actors import Actor
from messages.models import NO_TERM, Deadline, DeadlineStep, Message
from messages.services import forecasting
from messages.services.history import record
from messages.services.term_book import TermBook, book_of, editions_of, facts_of
from messages.terms import Facts, Kind, Rule, Step, Wanted

BREACH = "breach"


def sync(
    message: Message, *, now: datetime, actor: Actor, book: TermBook | None = None, why: dict[str, Any] | None = None
) -> None:
    """Bring the case's terms to what its facts ask for and store the nearest end. The message must be locked by the caller.

    ``why`` is added to the history of terms that move.

    New terms begin, done ones are met (a late one is a breach that stays), those no longer asked for become void, and a
    term that moves for another reason is written into the history. Saves ``next_due_at`` with the state. Five queries and
    one a changed term, at most one term a kind.
    """
    book = book or book_of(message.center)
    facts = facts_of(message)
    wanted = book.wanted(message, facts, editions=editions_of(message))
    # Locked: what the sweep writes meanwhile (a breach above all) must not be overwritten by what was read before.
    rows = list(Deadline.objects.select_for_update().filter(message=message, cycle=message.cycle).order_by("id"))
    standing = {row.kind: one for row in rows if (one := _standing_still(row, facts, book, now))}
    wanted = [standing.get(str(one.kind), one) for one in wanted]
    wanted += [one for kind, one in standing.items() if Kind(kind) not in {other.kind for other in wanted}]
    known = {(row.kind, row.started_at): row for row in rows}
    in_force: list[Deadline] = []
    asked = {(str(one.kind), one.started_at) for one in wanted}
    for row in rows:
        if (row.kind, row.started_at) not in asked and row.void_at is None:
            # Its start was taken back (the head returned an agreed draft), or its rule: it no longer counts, its breach stays.
            if _start_stands(row, facts, book):
                record(message=message, code="term_void", actor=actor, now=now, data=_breach_data(row) | (why or {}))
            row.void_at, row.next_step_at = now, None
            forecasting.forget(row, now=now)
            row.save()
    for one in wanted:
        row = known.get((str(one.kind), one.started_at)) or Deadline(
            message=message,
            center_id=message.center_id,
            kind=one.kind,
            cycle=message.cycle,
            started_at=one.started_at,
            due_at=one.due_at,
            threat_at=one.due_at,
            rule_id=_id(one.rule),
            internal=one.rule.internal,
        )
        _bring(row, one, book=book, message=message, actor=actor, now=now, why=why or {})
        in_force.append(row)
    message.next_due_at = min(
        (row.due_at for row in in_force if row.met_at is None and row.void_at is None and message.is_open),
        default=NO_TERM,
    )
    message.save(update_fields=["next_due_at", "state"])


def _bring(
    row: Deadline, one: Wanted, *, book: TermBook, message: Message, actor: Actor, now: datetime, why: dict[str, Any]
) -> None:
    """Make one row equal to what is wanted, with the history of what moved."""
    is_new = row.pk is None
    moved = not is_new and (row.due_at != one.due_at or row.rule_id != one.rule.id)
    if moved:
        record(
            message=message,
            code="term",
            actor=actor,
            now=now,
            data={"kind": str(one.kind), "from": row.due_at.isoformat(), "to": one.due_at.isoformat(), **why},
        )
    before = _standing(row)
    row.due_at, row.rule_id, row.internal, row.met_at = one.due_at, _id(one.rule), one.rule.internal, one.met_at
    row.void_at = (row.void_at or now) if one.void else None
    row.paused_until = one.paused_until
    row.threat_at = book.threat_at(one.rule, row.started_at, row.due_at)
    if is_new or before != _standing(row):
        forecasting.forget(row, now=now)
        _plan(row, one, book, is_new=is_new)
        row.save()
        _judge(row, message=message, now=now)


def _standing_still(row: Deadline, facts: Facts, book: TermBook, now: datetime) -> Wanted | None:
    """The term as it is, where no change of rules, topic, source or fast-track touches it any more; else None.

    Such are a term that has ended unmet and one that was met, while what they began with stands and what they ask for is
    still asked for: what is late stays late, and what was done by a rule was done by it.
    """
    rule = book.rule(row.rule_id)
    if rule is None or row.void_at is not None or not _start_stands(row, facts, book):
        return None
    met_at = facts.met(rule.kind)
    is_late = row.due_at < now and (row.met_at is None or row.met_at > row.due_at)
    is_done = row.met_at is not None and row.met_at == met_at
    if not facts.has(rule.kind) or not (is_late or is_done):
        return None
    void = met_at is None and facts.is_moot(rule.kind)
    return Wanted(rule, rule.kind, row.started_at, row.due_at, met_at, void, row.paused_until)


def _start_stands(row: Deadline, facts: Facts, book: TermBook) -> bool:
    """Whether the event that the term was counted from has not been taken back."""
    rule = book.rule(row.rule_id)
    return rule is not None and facts.start_of(rule.starts_on) == row.started_at


def _standing(row: Deadline) -> tuple[object, ...]:
    return row.due_at, row.met_at, row.void_at, row.rule_id, row.paused_until, row.threat_at


def _plan(row: Deadline, one: Wanted, book: TermBook, *, is_new: bool) -> None:
    """When the sweep must look at this term next; never for one that is met or void."""
    if row.met_at is not None or row.void_at is not None:
        row.next_step_at = None
        return
    made = set() if is_new else set(DeadlineStep.objects.filter(deadline=row).values_list("step", flat=True))
    row.next_step_at = next_step(book.steps(one.rule, row.started_at, row.due_at), made)


def next_step(steps: Iterable[Step], made: set[str]) -> datetime | None:
    """The moment of the first step not yet made."""
    return min((step.at for step in steps if step.code not in made), default=None)


def _judge(row: Deadline, *, message: Message, now: datetime) -> None:
    """Let the program record a breach that the sweep has not seen yet, and say where a recorded one was in time after all."""
    if row.met_at is None:
        return
    program = actors.system(message.center)
    if row.met_at > row.due_at and row.breached_at is None:
        row.breached_at = row.due_at
        row.save()
        DeadlineStep.objects.get_or_create(deadline=row, step=BREACH, defaults={"planned_at": row.due_at, "made_at": now})
        record(message=message, code=BREACH, actor=program, now=now, data=_breach_data(row))
    elif row.met_at <= row.due_at and row.breached_at is not None:
        record(
            message=message,
            code="breach_corrected",
            actor=program,
            now=now,
            data={**_breach_data(row), "met_at": row.met_at.isoformat()},
        )


def _breach_data(row: Deadline) -> dict[str, Any]:
    return breach_data(row.kind, row.due_at, row.pk)


def breach_data(kind: str, due_at: datetime, deadline_id: int) -> dict[str, Any]:
    """What the line of history about a breach keeps."""
    return {"kind": kind, "due_at": due_at.isoformat(), "deadline": deadline_id}


def _id(rule: Rule) -> int:
    return int(rule.id)
