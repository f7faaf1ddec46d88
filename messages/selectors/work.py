"""The kinds of work that wait on a desk: who does each, which cases wait for it, in which order the desk shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial, reduce
from operator import or_
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from blocks.actors import Actor
from blocks.models import Center, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, WHOLE_CENTER, Role
from messages.cooperation import GIVEN_IN
from messages.models import Message, MessageEvent, Part
from messages.selectors.letters import undelivered
from messages.selectors.pressure import threatened_terms
from messages.selectors.satisfaction import low_unsettled
from messages.workflow import OPEN, RETURN, STAYING, TRANSITIONS, State

SHOWN: Final = 20
SHOWN_BRIEFLY: Final = 6  # of what has a desk of its own, or is another's work; of each where there are many kinds
MANY_KINDS: Final = 6
# Who answers for the terms of others; the block curator for those of the block only.
WATCHERS: Final = (Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT)
_PUBLISHERS: Final = (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_RESPONSIBLE)
_WRITER: Final = (Role.BLOCK_RESPONSIBLE,)
_SCORE: Final = ("score", "text")
_PART: Final = ("question", "asked_at", "due_at", "late_at")
_GONE: Final = (State.ANSWERED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work: who does it and which cases wait for it, among those the person answers for in these roles.

    ``also`` says ``extra`` and ``split`` again for a case that was read; without it the database is asked with the row.
    """

    code: str
    title: str
    roles: tuple[Role, ...]
    states: tuple[State, ...]
    extra: Q = field(default_factory=Q)
    also: Callable[[Message], bool] | None = None
    split: Q = field(default_factory=Q)  # what tells it from ``rest_of``, another kind of the same work
    rest_of: str = ""
    scope: Q | None = None  # where it is not the bounds of the roles that say whose it is
    own: bool = True
    place: str = ""  # the view of the desk made for this work
    term: str = ""  # the register's filter for the whole of it
    brief: bool = False
    told: dict[str, Subquery] = field(default_factory=dict)  # what its rows say besides, read with them

    @property
    def shown(self) -> int:
        return SHOWN_BRIEFLY if self.brief or self.place or not self.own else SHOWN

    @property
    def is_open(self) -> bool:
        """Whether its cases are in work; the others are few and are not counted apart."""
        return set(self.states) <= set(OPEN)

    @property
    def mark(self) -> str:
        """The name under which the database says with the row whether the case is of this kind; empty where it need not."""
        return f"is_{self.code}" if self.also is None and (self.extra or self.split) else ""

    def waits_for(self, actor: Actor) -> Q:
        """One role at a time, so that the bounds of another role lend nothing."""
        whose = reached(actor.narrowed(*self.roles)) if self.scope is None else self.scope
        return whose & Q(state__in=self.states) & self.extra

    def holds(self, actor: Actor, message: Message) -> bool:
        """The same for a case that was read."""
        if message.state not in self.states:
            return False
        if self.scope is None and not any(grant.reaches(message) for grant in actor.grants_of(*self.roles)):
            return False
        return bool(vars(message)[self.mark]) if self.mark else self.also is None or self.also(message)


def reached(actor: Actor) -> Q:
    """The cases the actor's roles answer for: what ``Grant.reaches`` says of one case. Who may read is wider (policies)."""
    in_center = Q(center_id=actor.center_id)
    if actor.has(*WHOLE_CENTER):
        return in_center
    bounds = [Q(**bounds) for grant in actor.grants if (bounds := grant.bounds())]
    return in_center & (reduce(or_, bounds) if bounds else Q(pk__in=()))


def own_work(actor: Actor, center: Center) -> list[Work]:
    """What the person does."""
    kinds = [
        Work("approve", "Утвердить", (Role.HEAD,), (State.HEAD_APPROVAL,), place="messages:approval"),
        Work("agree", "Согласовать", (Role.BLOCK_CURATOR,), (State.BLOCK_APPROVAL,), place="messages:approval"),
        *_writing(actor),
        Work("part", "Дать часть ответа", tuple(BLOCK_ROLES), GIVEN_IN, Q(pk__in=_messages_of(parts_asked(actor))),
             scope=Q(center_id=actor.center_id), told=_of_nearest(parts_asked(actor).order_by("due_at"), "part", _PART)),
        *(
            Work(f"send-{role}", "Отправить", (role,), (State.APPROVED,), Q(source__in=_published_by(role, actor)),
                 partial(_is_published_by, role))
            for role in _PUBLISHERS
        ),
        Work("letter", "Письмо не доставлено", _PUBLISHERS, _GONE, Q(pk__in=_messages_of(undelivered(center))),
             scope=_sent_by(actor)),
        Work("sort", "Разобрать", tuple(SOURCE_ROLES), (State.RECEIVED,), place="messages:sorting"),
        Work("score", "Низкая оценка: возобновить или оставить", (*SOURCE_ROLES, Role.HEAD), _GONE,
             Q(pk__in=_messages_of(low_unsettled(center))), told=_of_nearest(low_unsettled(center), "score", _SCORE)),
    ]  # fmt: skip
    found = [work for work in kinds if actor.has(*work.roles)]
    return [replace(work, brief=True) for work in found] if len(found) > MANY_KINDS else found


def work_of_others(actor: Actor, now: datetime) -> list[Work]:
    """What is under threat of a term of the charter, not late yet, and what is late by any term."""
    watching = WATCHERS if actor.has(*WATCHERS) else (Role.BLOCK_CURATOR,)
    pressing = threatened_terms(center_id=actor.center_id, now=now)
    kinds = [
        Work("threat", "Под угрозой", watching, OPEN, Q(next_due_at__gte=now, pk__in=_messages_of(pressing)),
             lambda message: message.next_due_at >= now, own=False),
        Work("late", "Просрочено у других", watching, OPEN, Q(next_due_at__lt=now), lambda message: message.next_due_at < now,
             own=False, term="overdue"),
    ]  # fmt: skip
    return [work for work in kinds if actor.has(*work.roles)]


def parts_asked(actor: Actor) -> QuerySet[Part]:
    """Parts of answers that this person's blocks still owe; a role for one recipient owes only the recipient's."""
    mine = Q(pk__in=())
    for grant in actor.grants_of(*BLOCK_ROLES):
        if grant.block_id is not None:
            whose = {"block_id": grant.block_id} | ({"recipient_id": grant.recipient_id} if grant.recipient_id else {})
            mine |= Q(**whose)
    return Part.objects.filter(mine, given_at__isnull=True, void_at__isnull=True)


def _writing(actor: Actor) -> list[Work]:
    """Answers to write: those given back first."""
    # A person on leave is named in cases whose work is the substitute's for these dates (R35, R154).
    people = {actor.user_id, *(grant.acting_for_id for grant in actor.grants if grant.acting_for_id)}
    mine = Q(responsible__isnull=True) | Q(responsible_id__in=people)
    returned = Q(Exact(_last_step(), Value(RETURN.name)))

    def is_rest(message: Message) -> bool:
        return (message.responsible_id is None or message.responsible_id in people) and not vars(message)["is_returned"]

    return [
        Work("returned", "Вернули с замечанием", _WRITER, (State.DRAFTING,), mine, split=returned),
        Work(
            "draft",
            "Подготовить ответ",
            _WRITER,
            (State.ASSIGNED, State.DRAFTING),
            mine,
            is_rest,
            ~returned,
            rest_of="returned",
        ),
    ]


def _last_step() -> Coalesce:
    """The last step that moved the case."""
    moves = MessageEvent.objects.filter(message=OuterRef("pk"), code__in=set(TRANSITIONS) - STAYING)
    return Coalesce(Subquery(moves.order_by("-at", "-pk").values("code")[:1]), Value(""))


def _published_by(role: Role, actor: Actor) -> QuerySet[Source]:
    """The sources whose answers the role sends; not a join, which would keep the counts from their index."""
    return Source.objects.filter(center_id=actor.center_id, publisher=role)


def _is_published_by(role: Role, message: Message) -> bool:
    return message.source.publisher == role


def _sent_by(actor: Actor) -> Q:
    """Cases whose answers this person sends."""
    found = Q(pk__in=())
    for role in _PUBLISHERS:
        if actor.has(role):
            found |= reached(actor.narrowed(role)) & Q(source__in=_published_by(role, actor))
    return found


def _of_nearest(rows: QuerySet[Any], name: str, fields: tuple[str, ...]) -> dict[str, Subquery]:
    """Fields of the first of a case's rows, each under ``name_field``."""
    first = rows.filter(message=OuterRef("pk"))
    return {f"{name}_{column}": Subquery(first.values(column)[:1]) for column in fields}


def _messages_of(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    found: QuerySet[Any, Any] = rows.order_by().values("message")
    return found
