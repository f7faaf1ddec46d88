"""The register of broken terms (R69): overdue now, or met late within a period; where their time went; the causes named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from blocks.models import Center
from mcu.clock import local_midnight
from mcu.keyset import Order
from messages.models import Deadline, MessageEvent
from messages.selectors.pressure import overdue_terms
from messages.selectors.terms.calendar import with_cases
from messages.terms import duration
from messages.workflow import State, changes_hands

NONE: Final = "none"
"""The filter for terms whose cause nobody has named."""
LONGEST_FIRST: Final = Order("due_at", descending=False)
LATEST_FIRST: Final = Order("breached_at", descending=True)

STAGE_RU: Final = {
    State.RECEIVED: "на разборе",
    State.ASSIGNED: "в блоке до начала работы",
    State.DRAFTING: "подготовка ответа",
    State.BLOCK_APPROVAL: "на согласовании у куратора блока",
    State.HEAD_APPROVAL: "на согласовании у руководителя",
    State.APPROVED: "согласованный ответ ждал отправки",
    State.MERGED: "ждало ведущее сообщение",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """How long the case stood in one state while the term ran, and the share of all that time."""

    state: State
    length: timedelta
    share: float
    offset: float
    """The shares of the stages before it."""
    is_longest: bool

    @property
    def name(self) -> str:
        return STAGE_RU.get(self.state, self.state.label.lower())

    @property
    def words(self) -> str:
        return duration(self.length)


@dataclass(frozen=True, slots=True)
class Past:
    """Where the time of a term went, and since when the case is with those who have it now."""

    stages: tuple[Stage, ...]
    since: datetime

    @property
    def longest(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.is_longest), None)

    @property
    def others(self) -> str:
        """The other stages in words, in their order."""
        return "; ".join(f"{stage.name} {stage.words}" for stage in self.stages if not stage.is_longest)


def overdue_now(center: Center, now: datetime) -> QuerySet[Deadline]:
    """Overdue at this moment, by the definition of all pages."""
    return overdue_terms(center_id=center.pk, now=now)


def met_late(center: Center, since: date, until: date) -> QuerySet[Deadline]:
    """Broken within these local days, both inclusive, and met afterwards."""
    return Deadline.objects.filter(
        center=center,
        breached_at__gte=local_midnight(since, center.tz),
        breached_at__lt=local_midnight(until + timedelta(days=1), center.tz),
        void_at__isnull=True,
        internal=False,
        met_at__gt=F("due_at"),
    )


def of_cause(terms: QuerySet[Deadline], cause: str) -> QuerySet[Deadline]:
    """Those of the cause; ``NONE``: without one."""
    if not cause:
        return terms
    return terms.filter(Q(lateness__isnull=True) if cause == NONE else Q(lateness__cause=cause))


def count_by_cause(terms: QuerySet[Deadline]) -> dict[str, int]:
    """How many have each cause, those without under ``NONE``. One query."""
    rows = terms.order_by().values_list("lateness__cause").annotate(count=Count("pk"))
    return {cause or NONE: count for cause, count in rows}


def listed(terms: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """What a line of the register shows, in the same query."""
    return with_cases(terms).select_related("lateness__by")


def pasts(terms: Iterable[Deadline], now: datetime) -> dict[int, Past]:
    """Where the time of each term went, by its id. One query, for the moves of all their cases."""
    terms = list(terms)
    moves: dict[int, list[tuple[datetime, State]]] = defaultdict(list)
    given: dict[int, datetime] = {}
    rows = MessageEvent.objects.filter(message__in={term.message_id for term in terms}).exclude(to_state="")
    fields = rows.order_by("message_id", "at", "id").values_list("message_id", "at", "code", "from_state", "to_state")
    for message_id, at, code, before, after in fields:
        moves[message_id].append((at, State(after)))
        if changes_hands(code, before, after):
            given[message_id] = at
    return {
        term.pk: Past(_stages(_spent(term, moves[term.message_id], now)), given.get(term.message_id, term.message.received_at))
        for term in terms
    }


def _spent(term: Deadline, moves: list[tuple[datetime, State]], now: datetime) -> dict[State, timedelta]:
    """The states from the start of the term to its end, each counted once."""
    start, end = term.started_at, term.met_at or now
    spent: dict[State, timedelta] = defaultdict(timedelta)
    state, since = State.RECEIVED, min(start, term.message.received_at)
    for at, after in [*moves, (end, State(term.message.state))]:
        spent[state] += max(timedelta(), min(at, end) - max(since, start))
        state, since = after, at
    return spent


def _stages(spent: dict[State, timedelta]) -> tuple[Stage, ...]:
    spent = {state: length for state, length in spent.items() if length}
    whole = sum(spent.values(), timedelta())
    longest = max(spent, key=lambda state: spent[state], default=None)
    found, offset = [], 0.0
    for state, length in spent.items():
        found.append(Stage(state, length, length / whole, offset, state == longest))
        offset += length / whole
    return tuple(found)
