"""«Мой стол»: what waits for this person, by role, nearest term first; for whoever watches over others, what presses there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final
from urllib.parse import urlencode

from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.urls import reverse

from blocks.actors import Actor
from blocks.models import Center, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, WHOLE_CENTER, Role
from messages.cooperation import GIVEN_IN
from messages.models import Message, MessageEvent, MessageQuerySet, Part
from messages.selectors.letters import undelivered
from messages.selectors.pressure import threatened_terms
from messages.selectors.rows import Row, for_rows, rows_of
from messages.selectors.satisfaction import low_unsettled
from messages.workflow import OPEN, RETURN, STAYING, TRANSITIONS, State

SHOWN: Final = 20
_GONE: Final = (State.ANSWERED, State.CLOSED)
SHOWN_BRIEFLY: Final = 6  # of what has a desk of its own, or is another's work
# Who answers for the terms of others; the block curator for those of the block only.
WATCHERS: Final = (Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT)


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work that waits; ``own`` is the person's, the others are watched over."""

    code: str
    title: str
    own: bool
    count: int
    rows: list[Row]
    more_url: str
    more_words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Sections with something in them, how many cases wait for the person, how many of these are overdue."""

    sections: list[Section]
    waiting: int
    late: int


@dataclass(frozen=True, slots=True)
class _Work:
    """A kind of work: who does it and which cases wait for it, among those the person answers for in these roles."""

    code: str
    title: str
    roles: tuple[Role, ...]
    states: tuple[State, ...]
    extra: Q = field(default_factory=Q)
    own: bool = True
    place: str = ""  # the view of the desk made for this work
    term: str = ""  # the register's filter for the whole of it
    where: Q | None = None  # instead of what the roles answer for

    @property
    def shown(self) -> int:
        return SHOWN_BRIEFLY if self.place or not self.own else SHOWN

    def waits_for(self, actor: Actor) -> Q:
        """One role at a time, so that the bounds of another role lend nothing."""
        cases = reached(actor.narrowed(*self.roles)) if self.where is None else self.where
        return cases & Q(state__in=self.states) & self.extra


def reached(actor: Actor) -> Q:
    """The cases the actor's roles answer for: what ``Grant.reaches`` says of one case. Who may read is wider (policies)."""
    in_center = Q(center_id=actor.center_id)
    if actor.has(*WHOLE_CENTER):
        return in_center
    bounds = [Q(**bounds) for grant in actor.grants if (bounds := grant.bounds())]
    return in_center & (reduce(or_, bounds) if bounds else Q(pk__in=()))


def desk(*, actor: Actor, center: Center, now: datetime) -> Desk:
    """The work of all the roles the actor has; pass ``actor.narrowed(role)`` for the desk of one role.

    Three queries however many roles a person has: the cases that stand first in each kind, their terms, the counts.
    A case stands in one section only: what is the person's own is not repeated among what is watched over.
    """
    kinds = _kinds(actor, center, now)
    if not kinds:
        return Desk([], 0, 0)
    conditions = _conditions(kinds, actor)
    counts = _counts(actor, kinds, conditions, now)
    shown = _first_of_each(kinds, conditions)
    rows = {row.pk: row for row in rows_of(shown, actor=actor, center_slug=center.slug, now=now)}
    sections = []
    for place, (work, count) in enumerate(zip(kinds, counts, strict=False)):
        ids = [message.pk for message in shown if vars(message)[f"in_{place}"]]
        if ids:
            listed = [rows[pk] for pk in ids[: work.shown]]
            whole = max(count, len(ids))  # the counts are of open cases: one with a low score is answered
            sections.append(Section(work.code, work.title, work.own, whole, listed, *_more(work, center, count)))
    return Desk(sections, counts[-2], counts[-1])


def for_approval(actor: Actor) -> MessageQuerySet:
    """Cases whose draft waits for this person's agreement or approval, each by its own role. No query."""
    agreeing = reached(actor.narrowed(Role.BLOCK_CURATOR)) & Q(state=State.BLOCK_APPROVAL)
    approving = reached(actor.narrowed(Role.HEAD)) & Q(state=State.HEAD_APPROVAL)
    return Message.objects.get_queryset().open().filter(agreeing | approving)


def _kinds(actor: Actor, center: Center, now: datetime) -> list[_Work]:
    """The kinds of work that the person's roles make: first what the person does, then what is watched over."""
    return [work for work in (*_own(actor, center), *_of_others(actor, now)) if actor.has(*work.roles)]


def _own(actor: Actor, center: Center) -> list[_Work]:
    publishing = (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_RESPONSIBLE)
    # A person on leave is named in cases whose work is the substitute's for these dates (R35, R154).
    people = {actor.user_id, *(grant.acting_for_id for grant in actor.grants if grant.acting_for_id)}
    mine = Q(responsible__isnull=True) | Q(responsible_id__in=people)
    returned = Q(Exact(_last_step(), Value(RETURN.name)))
    writer = (Role.BLOCK_RESPONSIBLE,)
    refused = Q(pk__in=undelivered(center).order_by().values("message"))
    low = Q(pk__in=low_unsettled(center).order_by().values("message"))
    return [
        _Work("approve", "Утвердить", (Role.HEAD,), (State.HEAD_APPROVAL,), place="messages:approval"),
        _Work("agree", "Согласовать", (Role.BLOCK_CURATOR,), (State.BLOCK_APPROVAL,), place="messages:approval"),
        _Work("returned", "Вернули с замечанием", writer, (State.DRAFTING,), mine & returned),
        *(
            _Work(f"send-{role}", "Отправить", (role,), (State.APPROVED,), Q(source__in=_published_by(role, actor)))
            for role in publishing
            if actor.has(role)
        ),
        *(
            _Work(f"letter-{role}", "Письмо не доставлено", (role,), _GONE, Q(source__in=_published_by(role, actor)) & refused)
            for role in publishing
            if actor.has(role)
        ),
        _Work("sort", "Разобрать", tuple(SOURCE_ROLES), (State.RECEIVED,), place="messages:sorting"),
        _Work("draft", "Подготовить ответ", writer, (State.ASSIGNED, State.DRAFTING), mine & ~returned),
        _Work("part", "Дать часть ответа", tuple(BLOCK_ROLES), GIVEN_IN, where=_parts_asked(actor)),
        _Work("low", "Низкая оценка", (*SOURCE_ROLES, Role.HEAD), (State.ANSWERED, State.CLOSED), low),
    ]


def _parts_asked(actor: Actor) -> Q:
    """Cases of other blocks that wait for a part of the answer from the actor's."""
    blocks = [grant.block_id for grant in actor.grants if grant.role in BLOCK_ROLES and grant.block_id]
    asked = Part.objects.filter(block__in=blocks, given_at__isnull=True, void_at__isnull=True)
    return Q(center_id=actor.center_id, pk__in=asked.order_by().values("message"))


def _of_others(actor: Actor, now: datetime) -> list[_Work]:
    """What is late, by any term, and what is under threat of a term of the charter, not late yet."""
    watching = WATCHERS if actor.has(*WATCHERS) else (Role.BLOCK_CURATOR,)
    pressing = threatened_terms(center_id=actor.center_id, now=now)
    threatened = Q(next_due_at__gte=now, pk__in=pressing.values("message"))
    return [
        _Work("threat", "Под угрозой", watching, OPEN, threatened, own=False),
        _Work("late", "Просрочено", watching, OPEN, Q(next_due_at__lt=now), own=False, term="overdue"),
    ]


def _last_step() -> Coalesce:
    """The last step that moved the case."""
    moves = MessageEvent.objects.filter(message=OuterRef("pk"), code__in=set(TRANSITIONS) - STAYING)
    return Coalesce(Subquery(moves.order_by("-at", "-pk").values("code")[:1]), Value(""))


def _published_by(role: Role, actor: Actor) -> QuerySet[Source]:
    """The sources whose answers the role sends; not a join, which would keep the counts from their index."""
    return Source.objects.filter(center_id=actor.center_id, publisher=role)


def _conditions(kinds: list[_Work], actor: Actor) -> list[Q]:
    own = [work.waits_for(actor) for work in kinds if work.own]
    others = Q() if not own else ~reduce(or_, own)
    return [*own, *(work.waits_for(actor) & others for work in kinds if not work.own)]


def _first_of_each(kinds: list[_Work], conditions: list[Q]) -> list[Message]:
    """The cases with the nearest terms of each kind, marked with the kinds they belong to. One query."""
    parts = [
        Message.objects.filter(condition).order_by("next_due_at", "id").values("pk")[: work.shown]
        for work, condition in zip(kinds, conditions, strict=True)
    ]
    first = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    marks = {f"in_{place}": ExpressionWrapper(one, BooleanField()) for place, one in enumerate(conditions)}
    rows = for_rows(Message.objects.get_queryset().filter(pk__in=first)).annotate(**marks)
    return list(rows.order_by("next_due_at", "id"))


def _counts(actor: Actor, kinds: list[_Work], conditions: list[Q], now: datetime) -> list[int]:
    """How many wait in each kind, then how many cases are the person's own and how many of these are overdue. One query."""
    own = reduce(or_, (one for one, work in zip(conditions, kinds, strict=True) if work.own), Q(pk__in=()))
    totals = {f"kind_{place}": Count("pk", filter=condition) for place, condition in enumerate(conditions)}
    totals |= {"own": Count("pk", filter=own), "late": Count("pk", filter=own & Q(next_due_at__lt=now))}
    return list(Message.objects.get_queryset().open().filter(center_id=actor.center_id).aggregate(**totals).values())


def _more(work: _Work, center: Center, count: int) -> tuple[str, str]:
    """Where the whole of it is, and in which words; whoever shows what is under threat knows its list."""
    if work.place:
        return reverse(work.place, args=[center.slug]), _DESKS[work.place]
    if count <= work.shown or work.code == "threat":
        return "", ""
    query = {"term": work.term} if work.term else {"state": work.states[0].value}
    return f"/{center.slug}/messages/?{urlencode(query)}", "показать все"


_DESKS: Final = {"messages:approval": "открыть «Согласование»", "messages:sorting": "открыть «Разбор»"}
