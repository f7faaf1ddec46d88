"""Terms of past cases with the stages they went through, read in order and in parts, so that any history fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db.models import F

from blocks.models import Center
from messages.forecast import Term, Visit
from messages.models import Deadline, Message, MessageEvent
from messages.workflow import State

BATCH: Final = 2000
_CASE: Final = ("pk", "source_id", "topic_id", "received_at")
_TERM: Final = ("message_id", "kind", "started_at", "due_at", "threat_at", "met_at", "void_at")
_EVENT: Final = ("message_id", "at", "code", "from_state", "to_state", "data__block", "data__kind", "data__from")
_Moved = dict[tuple[int, str], list[tuple[datetime, datetime]]]


def past_terms(center: Center, *, since: datetime) -> Iterator[Term]:
    """The terms, internal ones apart, of cases received since then. One query for the cases and two for every batch."""
    cases = Message.objects.filter(center=center, received_at__gte=since).order_by("received_at", "id")
    rows = cases.values_list(*_CASE).iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        yield from _terms(batch)


def entered(messages: Iterable[int]) -> dict[int, datetime]:
    """When each case came to the stage where it stands; one that has made no step yet is left out. One query."""
    moves = MessageEvent.objects.filter(message__in=messages).exclude(to_state="").exclude(from_state=F("to_state"))
    last = moves.order_by("message", "-at", "-pk").distinct("message")
    return dict(last.values_list("message_id", "at"))


def _terms(cases: Sequence[tuple[Any, ...]]) -> Iterator[Term]:
    facts = {pk: (source, topic) for pk, source, topic, _ in cases}
    visits, moved = _history({pk: received_at for pk, _, _, received_at in cases})
    deadlines = Deadline.objects.filter(message__in=facts, internal=False)
    for pk, kind, started_at, due_at, threat_at, met_at, void_at in deadlines.values_list(*_TERM):
        source, topic = facts[pk]
        yield Term(
            kind=kind,
            source=source,
            topic=topic,
            started_at=started_at,
            due_at=due_at,
            threat_at=threat_at,
            met_at=met_at,
            void_at=void_at,
            visits=visits[pk],
            moved=tuple(moved.get((pk, kind), ())),
        )


def _history(received: dict[int, datetime]) -> tuple[dict[int, tuple[Visit, ...]], _Moved]:
    """The stages each case stood in, and where its terms ended before they were moved. One query."""
    steps: dict[int, list[tuple[datetime, str, int | None]]] = defaultdict(list)
    moved: _Moved = defaultdict(list)
    events = MessageEvent.objects.filter(message__in=received).order_by("message_id", "at", "id")
    for pk, at, code, before, after, block, kind, due_before in events.values_list(*_EVENT):
        if code == "term":
            moved[pk, kind].append((at, datetime.fromisoformat(due_before)))
        elif after and after != before:
            steps[pk].append((at, after, block))
    return {pk: tuple(_visits(at, steps[pk])) for pk, at in received.items()}, moved


def _visits(received_at: datetime, steps: Iterable[tuple[datetime, str, int | None]]) -> Iterator[Visit]:
    state, block, since = str(State.RECEIVED), None, received_at
    for at, to_state, to_block in steps:
        yield Visit(state, block, since, at)
        block = None if to_state == State.RECEIVED else to_block or block
        state, since = to_state, at
    yield Visit(state, block, since, None)
