"""Parts of an answer (соисполнение): other blocks answer their questions by an inner term, one holder writes the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Block
from blocks.selectors import roster_of
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from messages import cooperation
from messages.models import NO_TERM, Message, MessageEvent, Part
from messages.services import notices
from messages.services.case import by_person, locked, words
from messages.services.history import record
from messages.services.open_parts import local, people_of

_WITHOUT_TERM: Final = timedelta(days=1)
_LEAST: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one block."""

    block_id: int
    text: str


def proposed_due(message: Message, now: datetime) -> datetime:
    """Half of what remains of the case's nearest term, so that the holder has the other half to write the whole.

    All of it where little remains: what the form proposes must be a term that ``ask`` takes.
    """
    left = message.next_due_at - now
    if message.next_due_at == NO_TERM or left <= timedelta(0):
        return (now + _WITHOUT_TERM).replace(second=0, microsecond=0)
    if left <= _LEAST:
        return message.next_due_at
    return (now + left / 2).replace(second=0, microsecond=0)


@transaction.atomic
def ask(
    *, message_id: int, actor: Actor, questions: Sequence[Question], due_at: datetime | None = None, now: datetime
) -> list[Part]:
    """Ask blocks for their parts of the answer by one inner term, all or none."""
    message = locked(message_id=message_id, actor=actor)
    verdict = cooperation.may_ask(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    due = _due(message, due_at, now)
    blocks = _blocks(message, questions)
    parts = []
    roster = roster_of(message.center, now)
    for question in questions:
        text = words(question.text, field="question", missing="Напишите, на какой вопрос должен ответить блок.")
        part = Part.objects.create(
            message=message,
            cycle=message.cycle,
            block=blocks[question.block_id],
            question=text,
            asked_by_id=by_person(actor),
            asked_at=now,
            due_at=due,
        )
        data = {"part": part.pk, "block": part.block_id, "due_at": due.isoformat()}
        event = record(message=message, code="part_asked", actor=actor, now=now, grant=verdict.grant, data=data)
        subject = f"нужна часть ответа от вашего блока до {local(message, due)}"
        notices.tell(
            message=message, users=people_of(part, roster), event=event, subject=subject, actor=actor, now=now, kind="part"
        )
        parts.append(part)
    return parts


def _due(message: Message, due_at: datetime | None, now: datetime) -> datetime:
    """The inner term: in the future and not after the case's own."""
    due = due_at or proposed_due(message, now)
    if due <= now:
        problem = "Этот срок уже прошёл: назовите другой."
        raise Invalid(problem, {"due_at": problem})
    if now < message.next_due_at < due and message.next_due_at != NO_TERM:
        problem = f"Срок части — не позже срока самого ответа ({local(message, message.next_due_at)})."
        raise Invalid(problem, {"due_at": problem})
    return due


def _blocks(message: Message, questions: Sequence[Question]) -> dict[int, Block]:
    """The blocks asked: open ones of this Center, not the holder's own, none asked already."""
    wanted = [question.block_id for question in questions]
    open_blocks = Block.objects.filter(center=message.center, closed_at__isnull=True)
    found = open_blocks.exclude(pk=message.block_id or 0).in_bulk(wanted)
    problem = ""
    if not wanted:
        problem = "Выберите блок, у которого нужна часть ответа."
    elif len(found) != len(wanted):
        problem = "Выберите другой блок из списка: свой не запрашивают, каждый — один раз."
    elif (
        asked := Part.objects.select_related("block")
        .filter(message=message, cycle=message.cycle, block__in=wanted, given_at__isnull=True, void_at__isnull=True)
        .first()
    ):
        problem = f"У блока «{asked.block.short}» часть уже запрошена и ещё не дана: дождитесь её или отзовите."
    if problem:
        raise Invalid(problem, {"block": problem})
    return found


@transaction.atomic
def give(*, message_id: int, part_id: int, actor: Actor, text: str, now: datetime) -> Part:
    """Give the block's part of the answer. Late it is taken too, and stays late."""
    message, part = _asked(message_id, part_id, actor)
    verdict = cooperation.may_give(actor, part, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    text = words(text, field="text", missing="Напишите часть ответа: пустая не передаётся.")
    part.text, part.given_at, part.given_by_id = text, now, by_person(actor)
    if now > part.due_at and part.late_at is None:
        part.late_at = now
    part.save()
    data = {"part": part.pk, "block": part.block_id, "late": part.late_at is not None, "due_at": part.due_at.isoformat()}
    event = record(message=message, code="part_given", actor=actor, now=now, grant=verdict.grant, data=data)
    late = ", с опозданием" if part.late_at else ""
    _tell_askers(message, part, event, subject=f"{part.block.short}: часть ответа дана{late}", actor=actor, now=now)
    return part


@transaction.atomic
def decline(*, message_id: int, part_id: int, actor: Actor, reason: str, now: datetime) -> Part:
    """The block says that the question is not its own, with the reason; the holder asks another or answers himself."""
    message, part = _asked(message_id, part_id, actor)
    verdict = cooperation.may_give(actor, part, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    reason = words(reason, field="reason", missing="Напишите, почему блок не даёт эту часть и кто мог бы её дать.")
    part.void_at = now
    part.save()
    data = {"part": part.pk, "block": part.block_id}
    event = record(message=message, code="part_declined", actor=actor, now=now, grant=verdict.grant, data=data, note=reason)
    _tell_askers(message, part, event, subject=f"{part.block.short} не даёт свою часть ответа", actor=actor, now=now)
    return part


@transaction.atomic
def withdraw(*, message_id: int, part_id: int, actor: Actor, now: datetime) -> Part:
    """Those who hold the case no longer need the part."""
    message, part = _asked(message_id, part_id, actor)
    verdict = cooperation.may_ask(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    part.void_at = now
    part.save()
    data = {"part": part.pk, "block": part.block_id}
    event = record(message=message, code="part_withdrawn", actor=actor, now=now, grant=verdict.grant, data=data)
    people = people_of(part, roster_of(message.center, now))
    notices.tell(message=message, users=people, event=event, subject="часть ответа больше не нужна", actor=actor, now=now)
    return part


def _asked(message_id: int, part_id: int, actor: Actor) -> tuple[Message, Part]:
    """The case and its part still asked for, both locked. Raises ``NotFound``, ``WrongState``."""
    message = locked(message_id=message_id, actor=actor)
    rows = Part.objects.select_for_update(of=("self",)).select_related("block")
    part = rows.filter(message=message, pk=part_id).first()
    if part is None:
        raise NotFound("Такой части ответа у этого сообщения нет.")
    if part.given_at is not None:
        raise WrongState(f"Блок «{part.block.short}» уже дал эту часть. Ничего не изменилось.")
    if part.void_at is not None:
        raise WrongState("Эта часть больше не нужна: её отозвали или отклонили. Ничего не изменилось.")
    return message, part


def _tell_askers(message: Message, part: Part, event: MessageEvent, *, subject: str, actor: Actor, now: datetime) -> None:
    """Those the case waits for, and whoever asked."""
    asker = {part.asked_by_id} if part.asked_by_id else set()
    users = {*notices.holders(message, roster_of(message.center, now)), *asker}
    notices.tell(message=message, users=sorted(users), event=event, subject=subject, actor=actor, now=now, kind="part")
