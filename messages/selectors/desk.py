"""«Мой стол»: what waits for this person, by role, nearest term first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Value

from blocks.actors import Actor
from blocks.models import Center, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, Role
from messages import policies
from messages.models import Message, MessageQuerySet
from messages.selectors.rows import Row, for_rows, rows_of
from messages.workflow import OPEN, State

SHOWN: Final = 20
# Who answers for the terms of others sees what is overdue; of a person's block roles the rows count too.
_WATCHERS: Final = (Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT)
_OVERSEERS: Final = (*_WATCHERS, Role.BLOCK_CURATOR)


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work that waits."""

    code: str
    title: str
    count: int
    rows: list[Row]
    more_url: str


@dataclass(frozen=True, slots=True)
class _Work:
    """A kind of work: who does it and which cases wait for it, among those the person may see in these roles."""

    code: str
    title: str
    roles: tuple[Role, ...]
    states: tuple[State, ...]
    extra: Q = field(default_factory=Q)

    def waits_for(self, actor: Actor) -> Q:
        """One role at a time, so that the bounds of another role lend nothing."""
        return policies.rows(actor.narrowed(*self.roles)) & Q(state__in=self.states) & self.extra


def _work(actor: Actor, now: datetime) -> list[_Work]:
    """The kinds of work that the person's roles make."""
    sorting, publishing = tuple(SOURCE_ROLES), (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_RESPONSIBLE)
    # A person on leave is named in cases whose work is the substitute's for these dates (R35, R154).
    people = {actor.user_id, *(grant.acting_for_id for grant in actor.grants if grant.acting_for_id)}
    mine = Q(responsible__isnull=True) | Q(responsible_id__in=people)
    kinds = [
        _Work("approve", "Утвердить", (Role.HEAD,), (State.HEAD_APPROVAL,)),
        _Work("agree", "Согласовать", (Role.BLOCK_CURATOR,), (State.BLOCK_APPROVAL,)),
        *(
            _Work(f"send-{role}", "Отправить", (role,), (State.APPROVED,), Q(source__in=_published_by(role, actor)))
            for role in publishing
            if actor.has(role)
        ),
        _Work("sort", "Разобрать", sorting, (State.RECEIVED,)),
        _Work("draft", "Подготовить ответ", (Role.BLOCK_RESPONSIBLE,), (State.ASSIGNED, State.DRAFTING), mine),
    ]
    if actor.has(*_OVERSEERS):
        kinds.append(_Work("late", "Просрочено", (*_WATCHERS, *BLOCK_ROLES), OPEN, Q(next_due_at__lt=now)))
    return [work for work in kinds if actor.has(*work.roles)]


def _published_by(role: Role, actor: Actor) -> QuerySet[Source]:
    """The sources whose answers the role sends; not a join, which would keep the counts from their index."""
    return Source.objects.filter(center_id=actor.center_id, publisher=role)


def desk(*, actor: Actor, center: Center, now: datetime) -> tuple[list[Section], int]:
    """Sections with something in them, and how many of all that waits are overdue.

    Four queries however many roles a person has: which cases stand first in each kind, these cases, the counts, the terms.
    """
    kinds = _work(actor, now)
    if not kinds:
        return [], 0
    firsts = _firsts(actor, kinds)
    shown = list(for_rows(Message.objects.get_queryset().filter(pk__in=set(chain(*firsts)))).order_by("next_due_at", "id"))
    counts = _counts(actor, kinds, now)
    rows = rows_of(shown, actor=actor, center_slug=center.slug, now=now)
    sections = [
        Section(work.code, work.title, count, [row for row in rows if row.pk in first], _more(work, center, count))
        for work, first, count in zip(kinds, firsts, counts, strict=False)
        if first
    ]
    return sections, counts[-1]


def for_approval(actor: Actor) -> MessageQuerySet:
    """Cases whose draft waits for this person's agreement or approval, each by its own role. No query."""
    agreeing = policies.rows(actor.narrowed(Role.BLOCK_CURATOR)) & Q(state=State.BLOCK_APPROVAL)
    approving = policies.rows(actor.narrowed(Role.HEAD)) & Q(state=State.HEAD_APPROVAL)
    return Message.objects.get_queryset().open().filter(agreeing | approving)


def _firsts(actor: Actor, kinds: list[_Work]) -> list[set[int]]:
    """The cases with the nearest terms of each kind. One query, each part of it by its own index."""
    parts = [
        Message.objects.filter(work.waits_for(actor))
        .order_by("next_due_at", "id")
        .annotate(place=Value(place))
        .values_list("place", "pk")[:SHOWN]
        for place, work in enumerate(kinds)
    ]
    found: list[set[int]] = [set() for _ in kinds]
    for place, pk in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        found[place].add(pk)
    return found


def _counts(actor: Actor, kinds: list[_Work], now: datetime) -> list[int]:
    """How many wait in each kind, and last how many of them all are overdue. One query over the open cases."""
    conditions = [work.waits_for(actor) for work in kinds]
    any_of = reduce(or_, conditions)
    totals = {f"kind_{place}": Count("pk", filter=condition) for place, condition in enumerate(conditions)}
    late = Count("pk", filter=any_of & Q(next_due_at__lt=now))
    return list(Message.objects.get_queryset().open().filter(center_id=actor.center_id).aggregate(**totals, late=late).values())


def _more(work: _Work, center: Center, count: int) -> str:
    if count <= SHOWN:
        return ""
    query = {"term": "overdue"} if work.code == "late" else {"state": work.states[0].value}
    return f"/{center.slug}/messages/?{urlencode(query)}"
