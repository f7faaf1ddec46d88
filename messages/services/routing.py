"""Where a case goes: to a block, back from it, to another body, or nowhere by law; and what it is about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Block, Recipient, Settlement, Topic
from blocks.selectors import roster_of
from mcu.errors import Invalid, NotAllowed, WrongState
from mcu.models import User
from messages import policies, workflow
from messages.models import Message, Regime
from messages.services import auto_moves, deadlines, notices
from messages.services.case import by_person, locked, move, permitted, words
from messages.services.history import record
from messages.workflow import State

UNDO_WINDOW: Final = timedelta(minutes=15)


@transaction.atomic
def assign(
    *,
    message_id: int,
    actor: Actor,
    block_id: int,
    recipient_id: int | None = None,
    responsible_id: int | None = None,
    topic_id: int | None = None,
    without_topic: bool = False,
    outside_number: str = "",
    seen: str = "",
    now: datetime,
) -> Message:
    """Hand the case over to a block (Регл. 2.4): registers it, starts the block's terms on the first hand-over of the cycle.

    Without a ``topic_id`` the case keeps the topic it has, unless it is to be ``without_topic``.

    Raises ``Invalid`` for a block, recipient, topic or person that is not of this Center or not of the block.
    """
    message = locked(message_id=message_id, actor=actor, seen=seen)
    grant = permitted(message, workflow.ASSIGN, actor)
    before = {"block": message.block_id, "recipient": message.recipient_id, "responsible": message.responsible_id}
    message.block = _one(Block, message, block_id, "block", "Выберите блок из списка.")
    message.recipient = _recipient(message, recipient_id)
    if topic_id is not None:
        message.topic = _one(Topic, message, topic_id, "topic", "Выберите тему из списка.")
    elif without_topic:
        message.topic = None
    message.responsible = None
    message.responsible = _responsible(message, responsible_id, now)
    if before["block"] and (before["block"], before["recipient"]) != (message.block_id, message.recipient_id):
        auto_moves.sent_elsewhere(message, actor=actor, now=now)
    register(message, outside_number=outside_number, actor=actor, now=now)
    message.handed_over_at = message.handed_over_at or now
    message.submitted_at = message.submitted_by = None
    _sorted(message, actor=actor, now=now)
    event = move(
        message,
        workflow.ASSIGN,
        actor=actor,
        now=now,
        apply=message.to_assigned,
        grant=grant,
        data={
            "block": message.block_id,
            "recipient": message.recipient_id,
            "responsible": message.responsible_id,
            "before": before,
        },
    )
    notices.tell_holders(message=message, event=event, subject="передано вам для ответа", actor=actor, now=now)
    return message


@transaction.atomic
def decline(*, message_id: int, actor: Actor, reason: str, now: datetime) -> Message:
    """Give the case back to those who sort, with the reason. The block's clock goes on from the first hand-over."""
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.DECLINE, actor)
    reason = words(reason, field="reason", missing="Напишите, почему блок не может ответить и кому передать.")
    data = {"block": message.block_id, "recipient": message.recipient_id}
    auto_moves.sent_elsewhere(message, actor=actor, now=now)
    message.block = message.recipient = message.responsible = None
    event = move(
        message, workflow.DECLINE, actor=actor, now=now, apply=message.to_declined, grant=grant, data=data, note=reason
    )
    notices.tell_holders(message=message, event=event, subject="блок вернул на разбор", actor=actor, now=now)
    return message


@transaction.atomic
def redirect(
    *,
    message_id: int,
    actor: Actor,
    addressee: str,
    applicant_told: bool,
    outside_number: str = "",
    seen: str = "",
    now: datetime,
) -> Message:
    """Send the case on to whom it belongs. An appeal's applicant must be told of it (59-ФЗ ст. 8 ч. 3)."""
    message = locked(message_id=message_id, actor=actor, seen=seen)
    grant = permitted(message, workflow.REDIRECT, actor)
    addressee = words(addressee, field="addressee", missing="Укажите, в какой орган или организацию передаёте.")
    if len(addressee) > 300:
        problem = "Название адресата длиннее 300 знаков: сократите его."
        raise Invalid(problem, {"addressee": problem})
    if message.regime == Regime.APPEAL and not applicant_told:
        problem = "По 59-ФЗ заявителя уведомляют о переадресации: отметьте, что уведомление направлено."
        raise Invalid(problem, {"applicant_told": problem})
    _leads_nobody(message)
    if message.block_id:
        auto_moves.sent_elsewhere(message, actor=actor, now=now)
    register(message, outside_number=outside_number, actor=actor, now=now)
    _sorted(message, actor=actor, now=now)
    message.redirected_at, message.redirected_to = now, addressee
    move(
        message,
        workflow.REDIRECT,
        actor=actor,
        now=now,
        apply=message.to_redirected,
        grant=grant,
        data={"applicant_told": applicant_told},
        note=addressee,
    )
    return message


@transaction.atomic
def dismiss(
    *, message_id: int, actor: Actor, ground: str, comment: str = "", outside_number: str = "", seen: str = "", now: datetime
) -> Message:
    """Leave the case without an answer on a legal ground of the charter's list (59-ФЗ ст. 11)."""
    message = locked(message_id=message_id, actor=actor, seen=seen)
    grant = permitted(message, workflow.DISMISS, actor)
    if ground not in {row["code"] for row in grounds_for(message)}:
        problem = "Выберите законное основание из списка."
        raise Invalid(problem, {"ground": problem})
    _leads_nobody(message)
    register(message, outside_number=outside_number, actor=actor, now=now)
    _sorted(message, actor=actor, now=now)
    message.dismissed_at, message.dismissal_ground = now, ground
    move(
        message,
        workflow.DISMISS,
        actor=actor,
        now=now,
        apply=message.to_dismissed,
        grant=grant,
        data={"ground": ground},
        note=comment,
    )
    return message


def grounds_for(message: Message) -> list[dict[str, Any]]:
    """Grounds of the charter in force for the case's legal regime."""
    return [
        row
        for row in message.center.legal_grounds
        if not row.get("closed_at") and message.regime in row.get("regimes", Regime.values)
    ]


@transaction.atomic
def classify(
    *,
    message_id: int,
    actor: Actor,
    topic_id: int | None,
    settlement_id: int | None,
    recipient_id: int | None,
    fast_track: bool,
    now: datetime,
) -> Message:
    """Set what the case is about. Terms are worked out anew from their starting event and the change is in the history."""
    message = locked(message_id=message_id, actor=actor)
    verdict = policies.may_classify(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    if message.fast_track and not fast_track and not policies.may_slow(actor, message):
        raise NotAllowed(policies.may_slow(actor, message).reason)
    before = _fields(message)
    message.topic = _optional(Topic, message, topic_id, "topic")
    message.settlement = _optional(Settlement, message, settlement_id, "settlement")
    message.recipient = _recipient(message, recipient_id) if message.block_id else None
    message.fast_track = fast_track
    after = _fields(message)
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if not changed:
        return message
    message.changed_at = now
    message.save()
    record(message=message, code="fields", actor=actor, now=now, grant=verdict.grant, data=changed)
    deadlines.sync(message, now=now, actor=actor)
    return message


@transaction.atomic
def take_back(*, message_id: int, actor: Actor, seen: str = "", now: datetime) -> Message:
    """Take back one's own decision about a case that was being sorted: it stands among those to sort again.

    A hand-over while the block has not begun; taken back within ``UNDO_WINDOW`` it counts as not made, later, or once the
    applicant was promised or asked something, the block's clock goes on. A redirection or dismissal only within
    ``UNDO_WINDOW``: afterwards others may rely on it, and a reopening with its reason is the way. Registration stays: it is
    an act of its own.
    """
    message = locked(message_id=message_id, actor=actor, seen=seen)
    grant = permitted(message, workflow.TAKE_BACK, actor)
    made_at = message.sorted_at or message.changed_at
    soon = now - made_at <= UNDO_WINDOW
    if message.state != State.ASSIGNED and not soon:
        raise WrongState(
            f"Прошло больше {UNDO_WINDOW // timedelta(minutes=1)} минут: решение уже не берут назад. "
            "Чтобы вернуться к делу, возобновите работу с указанием причины."
        )
    data = {"block": message.block_id, "recipient": message.recipient_id, "undone": soon}
    if soon and message.handed_over_at == made_at and not _spoken_to(message):
        message.handed_over_at = None
    if message.block_id:
        auto_moves.sent_elsewhere(message, actor=actor, now=now)
    message.block = message.recipient = message.responsible = None
    message.redirected_at = message.dismissed_at = message.sorted_by = message.sorted_at = None
    message.redirected_to = message.dismissal_ground = ""
    move(message, workflow.TAKE_BACK, actor=actor, now=now, apply=message.to_taken_back, grant=grant, data=data)
    return message


def _sorted(message: Message, *, actor: Actor, now: datetime) -> None:
    """Who has just decided about a case that was being sorted, and may take it back; a later hand-over is not taken back."""
    first = message.state == State.RECEIVED
    message.sorted_by_id = by_person(actor) if first else None
    message.sorted_at = now if first else None


def _spoken_to(message: Message) -> bool:
    """Whether the applicant was given an interim answer or asked a question in this cycle. Two queries at most."""
    asked: bool = message.questions.filter(cycle=message.cycle).exists()
    return asked or message.interims.filter(cycle=message.cycle).exists()


def _leads_nobody(message: Message) -> None:
    """A leading message takes nobody with it out of the Center: those merged under it wait for an answer."""
    if message.merged.filter(state=State.MERGED).exists():
        raise Invalid("С этим сообщением объединены другие. Сначала разъедините их: каждому нужен ответ.")


def _fields(message: Message) -> dict[str, Any]:
    return {
        "topic": message.topic_id,
        "settlement": message.settlement_id,
        "recipient": message.recipient_id,
        "fast_track": message.fast_track,
    }


def register(message: Message, *, outside_number: str = "", actor: Actor, now: datetime) -> None:
    """Registration is done by the first of hand-over, redirection, dismissal and merging; later ones leave it as it was."""
    if message.registered_at is None:
        message.registered_at = now
        message.outside_number = outside_number.strip()[:100]
        record(message=message, code="registered", actor=actor, now=now)


def _one(model: Any, message: Message, pk: int, field: str, problem: str) -> Any:
    row = model.objects.filter(center_id=message.center_id, pk=pk, closed_at__isnull=True).first()
    if row is None:
        raise Invalid(problem, {field: problem})
    return row


def _optional(model: Any, message: Message, pk: int | None, field: str) -> Any:
    """An open row of the Center's list; the row the case already has may stay even when it has been closed since."""
    if pk is None:
        return None
    if pk == getattr(message, f"{field}_id"):
        return getattr(message, field)
    return _one(model, message, pk, field, "Выберите значение из списка.")


def _recipient(message: Message, recipient_id: int | None) -> Recipient | None:
    if recipient_id is None:
        return None
    row: Recipient = _one(Recipient, message, recipient_id, "recipient", "Выберите получателя из списка.")
    blocks = set(row.blocks.values_list("pk", flat=True))
    if blocks and message.block_id not in blocks:
        problem = f"«{row.short or row.name}» не относится к блоку «{message.block}»."
        raise Invalid(problem, {"recipient": problem})
    return row


def _responsible(message: Message, user_id: int | None, now: datetime) -> User | None:
    if user_id is None:
        return None
    if user_id not in roster_of(message.center, now).may_be_responsible(message):
        problem = "Выбранный человек сегодня не отвечает за этот блок. Выберите другого или оставьте блоку."
        raise Invalid(problem, {"responsible": problem})
    return User.objects.get(pk=user_id)
