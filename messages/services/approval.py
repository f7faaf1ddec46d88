"""Agreement of the block curator and approval of the head (Регл. 2.5); return with a remark. Binds to the version seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from blocks.actors import Actor, Grant
from blocks.charters.settings_schema import settings_of
from mcu.errors import Invalid, NotAllowed
from messages import workflow
from messages.models import Completeness, Message, Reply
from messages.services import notices
from messages.services.case import locked, move, permitted, words
from messages.services.reply import is_combined, require_version
from messages.workflow import State


@transaction.atomic
def agree(*, message_id: int, actor: Actor, version: int, completeness: int | None, now: datetime) -> Message:
    """Agree the draft version that was read, with the mark of completeness (2 full, 1 part, 0 formal; R59, КОР 3.2 2)).

    Goes on to the head where the source's chain says so. Raises ``VersionChanged`` if a newer version exists.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.AGREE, actor)
    if completeness not in Completeness.values:
        problem = "Отметьте полноту ответа: 2 — в полном объёме, 1 — частично, 0 — формально."
        raise Invalid(problem, {"completeness": problem})
    reply = require_version(message, version)
    data = _data(message, reply, actor, grant) | {"completeness": completeness}
    message.completeness, message.agreed_at, message.agreed_version = completeness, now, version
    message.approved_at = None if message.needs_head else now
    event = move(message, workflow.AGREE, actor=actor, now=now, apply=message.to_agreed, grant=grant, data=data)
    subject = "ответ ждёт вашего утверждения" if message.needs_head else "ответ согласован, отправьте его"
    notices.tell_holders(message=message, event=event, subject=subject, actor=actor, now=now)
    return message


@transaction.atomic
def approve(*, message_id: int, actor: Actor, version: int, now: datetime) -> Message:
    """The head's approval before the answer goes out (R44). If the head has edited the text, the version is the head's."""
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.APPROVE, actor)
    reply = require_version(message, version)
    data = _data(message, reply, actor, grant)
    message.approved_at, message.agreed_version = now, version
    event = move(message, workflow.APPROVE, actor=actor, now=now, apply=message.to_approved, grant=grant, data=data)
    notices.tell_holders(message=message, event=event, subject="ответ утверждён, отправьте его", actor=actor, now=now)
    return message


@transaction.atomic
def return_(*, message_id: int, actor: Actor, comment: str, now: datetime) -> Message:
    """Give the draft back with a remark. The agreement falls away; the block's clock goes on from the first hand-over."""
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.RETURN, actor)
    comment = words(comment, field="comment", missing="Напишите, что исправить: без замечания не возвращают.")
    by_head = message.state == State.HEAD_APPROVAL
    message.submitted_at = message.agreed_at = message.agreed_version = message.approved_at = None
    message.completeness = message.submitted_by = None
    event = move(
        message,
        workflow.RETURN,
        actor=actor,
        now=now,
        apply=message.to_returned,
        grant=grant,
        data={"by_head": by_head},
        note=comment,
    )
    notices.tell_holders(message=message, event=event, subject="ответ возвращён на доработку", actor=actor, now=now)
    return message


def _data(message: Message, reply: Reply, actor: Actor, grant: Grant | None) -> dict[str, Any]:
    """What the history keeps of an approval; the charter may forbid approving one's own text."""
    combining = combining_of(message, reply, actor, grant)
    if combining is not None and combining.forbidden:
        raise NotAllowed(combining.words)
    return {"version": reply.version} | ({"combined": True} if combining else {})


@dataclass(frozen=True, slots=True)
class Combining:
    """Author and approver are one person («совмещение»): whether the charter forbids it, and the words for the button."""

    forbidden: bool
    words: str


def combining_of(message: Message, reply: Reply, actor: Actor, grant: Grant | None) -> Combining | None:
    """What a person who judges the own text is told; nothing where the text is another's. Acting for an absent approver
    changes nothing: the person is the same."""
    if not is_combined(reply, actor, grant):
        return None
    if settings_of(message.center.settings).same_person_may_agree:
        return Combining(False, f"Версия {reply.version} — ваша: в истории будет отметка «совмещение».")
    return Combining(True, f"Версия {reply.version} — ваша, а по правилам Центра ответ согласует не его автор. {_WHO_ELSE}")


_WHO_ELSE = "Согласует другой куратор блока или тот, кто его замещает."
