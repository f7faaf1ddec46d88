"""Whom to tell of a step of a case: the person it now waits for. Written with the change, sent by the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from blocks.actors import Actor
from blocks.selectors import Roster, roster_of
from blocks.selectors.audience import Addressed
from mcu import outbox
from mcu.outbox import Notice
from messages.models import Message, MessageEvent
from messages.workflow import State


class Case(Addressed, Protocol):
    """The facts of a case that say whom it waits for."""

    @property
    def state(self) -> str: ...


def holders(message: Case, roster: Roster) -> tuple[int, ...]:
    """Ids of the people the case now waits for, by its state; empty when it waits for nobody."""
    match message.state:
        case State.RECEIVED:
            return roster.source_curators(message)
        case State.ASSIGNED | State.DRAFTING:
            return roster.responsibles(message) or roster.block_curators(message)
        case State.BLOCK_APPROVAL:
            return roster.block_curators(message)
        case State.HEAD_APPROVAL:
            return roster.heads()
        case State.APPROVED:
            return roster.publishers(message)
    return ()


def tell_holders(
    *, message: Message, event: MessageEvent, subject: str, actor: Actor, now: datetime, kind: str = "", body: str = ""
) -> None:
    """Tell those the case now waits for, but not the one who has just made the step. Four queries."""
    users = holders(message, roster_of(message.center, now))
    tell(message=message, users=users, event=event, subject=subject, actor=actor, now=now, kind=kind, body=body)


def tell(
    *,
    message: Message,
    users: Iterable[int],
    event: MessageEvent,
    subject: str,
    actor: Actor,
    now: datetime,
    kind: str = "",
    body: str = "",
    gather: bool = False,
) -> None:
    """Write one notice a person about one line of the history; the words of a reason stay in the case: they may name people.

    ``kind`` says what it is for this person where that is not the history's own code (``mention``, ``part``): the kind
    decides the group a person chooses ways for (``mcu.outbox.groups``). One event may be told under several kinds.
    """
    mark = f"event:{event.pk}:{kind}" if kind else f"event:{event.pk}"
    outbox.put(
        (
            Notice(
                key=f"{mark}:{user_id}",
                kind=kind or event.code,
                user_id=user_id,
                subject=f"{message.number}: {subject}",
                body=body,
                path=message.get_absolute_url(),
                center_slug=message.center.slug,
                gather=gather,
            )
            for user_id in users
            if user_id != actor.user_id
        ),
        now=now,
    )
