"""«Мой стол»: what waits for this person, by role, nearest term first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q

from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, Role
from messages.models import Message
from messages.selectors.rows import Row, for_rows, rows_of
from messages.workflow import State

SHOWN: Final = 20


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
    code: str
    title: str
    roles: tuple[Role, ...]
    states: tuple[State, ...]
    extra: Q = field(default_factory=Q)


def _work(actor: Actor, now: datetime) -> list[_Work]:
    """The kinds of work a person's roles make; one role each, so that bounds of another role lend nothing."""
    sorting, publishing = tuple(SOURCE_ROLES), (Role.SOURCE_CURATOR, Role.ACCOUNTS, Role.BLOCK_RESPONSIBLE)
    mine = Q(responsible__isnull=True) | Q(responsible_id=actor.user_id)
    kinds = [
        _Work("approve", "Утвердить", (Role.HEAD,), (State.HEAD_APPROVAL,)),
        _Work("agree", "Согласовать", (Role.BLOCK_CURATOR,), (State.BLOCK_APPROVAL,)),
        *(
            _Work(f"send-{role}", "Отправить", (role,), (State.APPROVED,), Q(source__publisher=role))
            for role in publishing
            if actor.has(role)
        ),
        _Work("sort", "Разобрать", sorting, (State.RECEIVED,)),
        _Work("draft", "Подготовить ответ", (Role.BLOCK_RESPONSIBLE,), (State.ASSIGNED, State.DRAFTING), mine),
    ]
    return [work for work in kinds if actor.has(*work.roles)]


def desk(*, actor: Actor, center: Center, now: datetime) -> tuple[list[Section], int]:
    """Sections with something in them, and how many of all that waits are overdue.

    One query a kind of work, one more where it is long, one for the terms.
    """
    kinds = _work(actor, now)
    overseer = actor.has(Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT, Role.BLOCK_CURATOR)
    found: list[tuple[_Work, int, list[Message]]] = []
    overdue = 0
    for work in kinds:
        rows = Message.objects.visible_to(actor.narrowed(*work.roles)).filter(work.extra, state__in=work.states)
        shown = list(for_rows(rows).order_by("next_due_at", "id")[: SHOWN + 1])
        count = len(shown)
        if count > SHOWN:
            count = rows.aggregate(n=Count("pk"))["n"]
        overdue += sum(message.next_due_at < now for message in shown)
        if shown:
            found.append((work, count, shown[:SHOWN]))
    if overseer:
        watched = actor.narrowed(Role.HEAD, Role.CURATOR, Role.DISTRICT_HEAD, Role.SUPPORT, *BLOCK_ROLES)
        rows = Message.objects.visible_to(watched).open().filter(next_due_at__lt=now)
        late = list(for_rows(rows).order_by("next_due_at", "id")[: SHOWN + 1])
        if late:
            count = len(late) if len(late) <= SHOWN else rows.aggregate(n=Count("pk"))["n"]
            found.append((_Work("late", "Просрочено", (), ()), count, late[:SHOWN]))
            overdue = max(overdue, count)
    all_rows = {
        row.pk: row
        for row in rows_of(
            {message.pk: message for _, _, shown in found for message in shown}.values(),
            actor=actor,
            center_slug=center.slug,
            now=now,
        )
    }
    sections = [
        Section(work.code, work.title, count, [all_rows[message.pk] for message in shown], _more(work, center, count))
        for work, count, shown in found
    ]
    return sections, overdue


def _more(work: _Work, center: Center, count: int) -> str:
    if count <= SHOWN:
        return ""
    query = {"term": "overdue"} if work.code == "late" else {"state": work.states[0].value}
    return f"/{center.slug}/messages/?{urlencode(query)}"
