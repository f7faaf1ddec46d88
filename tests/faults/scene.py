"""``python -m tests.faults.job scene prepare | fill COUNT SECONDS DOWN_HOURS``: the place, and terms that come due in it.

Half of the terms have been missed while the program stood still; the others come due one after another from now on, each at
one of its steps, with those before it made long ago.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from blocks.models import Block, DeadlineRule
from mcu.bulk import copy_in
from mcu.clock import database_now
from mcu.models import Heartbeat, User
from messages.models import Deadline, DeadlineStep, Message, MessageEvent, Regime
from messages.services.deadlines import BREACH
from messages.services.term_book import book_of
from messages.terms import Step
from messages.workflow import State
from tests.cast import load_center, make_oktyabrsky

TERM: Final = timedelta(hours=3)
BLOCKS: Final = ("roads", "housing")


def prepare() -> None:
    """A Center with its people, who all have an address: what leaves the program shows in the outbox."""
    cast = make_oktyabrsky()
    for user in cast.people.values():
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.ru")


def fill(count: int, seconds: float, down: timedelta) -> dict[str, Any]:
    """So many terms; returns what the verdict must know."""
    center, now, chance = load_center("oktyabrsky"), database_now(), Random(2026)
    rule = DeadlineRule.objects.select_related("source").get(center=center, code="im_agree")
    book = book_of(center)
    shape = book.steps(next(one for one in book.rules if one.id == rule.pk), now, now + TERM)
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": now - down, "data": {}})
    first = Message.objects.count() + 1
    blocks = {row.code: row.pk for row in Block.objects.filter(center=center, code__in=BLOCKS)}
    messages: list[Message] = []
    terms: list[Deadline] = []
    made: list[list[Step]] = []
    for number in range(count):
        at, was_missed = chance.choice(shape), number % 2
        after = timedelta(seconds=-360 - 60 * chance.random() if was_missed else seconds * number / count)
        begun = now + after - (at.at - now)
        before = [] if was_missed else [step for step in shape if step.at < at.at]
        message = Message(
            center=center,
            number=f"{center.prefix}-{now.year}-{first + number:06d}",
            source=rule.source,
            regime=Regime.MESSAGE,
            state=State.ASSIGNED,
            text="На улице Ленина не горят фонари у школы.",
            block_id=blocks[chance.choice(BLOCKS)],
            next_due_at=begun + TERM,
            **dict.fromkeys(("received_at", "registered_at", "handed_over_at", "created_at", "changed_at"), begun),
        )
        messages.append(message)
        made.append(before)
        terms.append(
            Deadline(
                center=center,
                rule=rule,
                kind=rule.kind,
                started_at=begun,
                due_at=begun + TERM,
                threat_at=begun + TERM * 0.8,
                breached_at=begun + TERM if any(step.code == BREACH for step in before) else None,
                next_step_at=begun + ((shape[0] if was_missed else at).at - now),
            )
        )
    Message.objects.bulk_create(messages, batch_size=2000)
    for term, message in zip(terms, messages, strict=True):
        term.message = message
    Deadline.objects.bulk_create(terms, batch_size=2000)
    copy_in(DeadlineStep, ("deadline_id", "step", "planned_at", "made_at"), _steps(terms, made, now))
    return {
        "first": terms[0].pk,
        "filled_at": now.isoformat(),
        "until": (now + timedelta(seconds=seconds)).isoformat(),
        "events": MessageEvent.objects.count(),
    }


def _steps(terms: list[Deadline], made: list[list[Step]], now: datetime) -> Iterator[tuple[Any, ...]]:
    for term, steps in zip(terms, made, strict=True):
        for step in steps:
            at = term.started_at + (step.at - now)
            yield term.pk, step.code, at, at


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["fill", count, seconds, hours]:
            print(json.dumps(fill(int(count), float(seconds), timedelta(hours=float(hours)))))
