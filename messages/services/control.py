"""By what it was checked that the matter is put right: the automated control of a solution (КПЭ 6)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from blocks.actors import Actor, Grant
from mcu.errors import Invalid, NotAllowed
from messages import policies
from messages.models import Control, Message
from messages.services.case import locked
from messages.services.history import record


@transaction.atomic
def mark_control(*, message_id: int, actor: Actor, control: str, now: datetime) -> Message:
    """Say what the solution was checked by; "" takes the mark away. The same again is no change.

    Raises ``Invalid`` for what is no kind of control, ``NotAllowed`` for whoever may not or once the case is closed.
    """
    message = locked(message_id=message_id, actor=actor)
    verdict = policies.may_mark_control(actor, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    if control and control not in Control.values:
        problem = f"Выберите, чем проверено решение: {', '.join(str(one) for one in Control.labels)}."
        raise Invalid(problem, {"control": problem})
    if control != message.control:
        set_control(message, control, actor=actor, now=now, grant=verdict.grant)
        message.save(update_fields=["control", "changed_at", "state"])
    return message


def set_control(message: Message, control: str, *, actor: Actor, now: datetime, grant: Grant | None = None) -> None:
    """The mark with its line of history; saving is the caller's, who has the case locked."""
    data = {"former": message.control, "control": control}
    message.control, message.changed_at = control, now
    record(message=message, code="control", actor=actor, now=now, grant=grant, data=data)
