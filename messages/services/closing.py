"""The end of a case and its new beginning: close by hand or by itself, reopen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from blocks import actors
from blocks.actors import Actor
from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from mcu.errors import Invalid
from messages import workflow
from messages.models import Completeness, Message, Reply
from messages.services import notices, satisfaction
from messages.services.case import locked, move, permitted, words
from messages.services.control import set_control
from messages.workflow import State

CLOSE_BATCH: Final = 500


@transaction.atomic
def close(*, message_id: int, actor: Actor, outcome: str, note: str = "", now: datetime) -> Message:
    """Close an answered case with an outcome of the charter's list."""
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.CLOSE, actor)
    if outcome not in {row["code"] for row in message.center.outcomes if not row.get("closed_at")}:
        problem = "Выберите итог из списка."
        raise Invalid(problem, {"outcome": problem})
    message.closed_at, message.outcome = now, outcome
    move(
        message,
        workflow.CLOSE,
        actor=actor,
        now=now,
        apply=message.to_closed,
        grant=grant,
        data={"outcome": outcome},
        note=note,
    )
    return message


def close_answered(*, center: Center, now: datetime) -> int:
    """Close by itself what was answered the charter's days ago and nobody reopened. Returns how many were closed.

    With the outcome that the source has told already, else with the charter's own.
    """
    settings = settings_of(center.settings)
    border = now - timedelta(days=settings.close_after_days)
    ids = list(
        Message.objects.filter(center=center, state=State.ANSWERED, answered_at__lte=border)
        .order_by("answered_at")
        .values_list("pk", flat=True)[:CLOSE_BATCH]
    )
    actor, known = actors.system(center), {row["code"] for row in center.outcomes if not row.get("closed_at")}
    closed = 0
    for pk in ids:  # each case is a transaction of its own: one that changed meanwhile stops nothing
        with transaction.atomic():
            still = Message.objects.select_for_update(skip_locked=True, no_key=True).filter(
                pk=pk, state=State.ANSWERED, answered_at__lte=border
            )
            if (case := still.first()) is not None:
                outcome = case.outcome if case.outcome in known else settings.close_outcome
                close(message_id=pk, actor=actor, outcome=outcome, now=now)
                closed += 1
    return closed


@transaction.atomic
def reopen(*, message_id: int, actor: Actor, reason: str, now: datetime) -> Message:
    """Begin the work anew: an answered case goes back to its block, a redirected or dismissed one to those who sort.

    A new cycle of terms starts; breaches of the old one stay; the mark of completeness falls to 0 (решение раздела 0),
    that of control is taken away.
    """
    message = locked(message_id=message_id, actor=actor)
    grant = permitted(message, workflow.REOPEN, actor)
    reason = words(reason, field="reason", missing="Напишите, почему работа возобновляется.")
    was_answered = message.state in (State.ANSWERED, State.CLOSED)
    if was_answered:
        Reply.objects.filter(message=message, version=message.agreed_version or 0).update(completeness=Completeness.FORMAL)
        message.completeness = Completeness.FORMAL
    if message.control:  # what it showed has proved untrue, or is of another matter now
        set_control(message, "", actor=actor, now=now, grant=grant)
    message.cycle += 1
    message.reopened_at = now
    message.handed_over_at = now if was_answered else None
    message.submitted_at = message.agreed_at = message.agreed_version = message.approved_at = None
    message.answered_at = message.sent_recorded_at = message.closed_at = None
    message.redirected_at = message.dismissed_at = None
    message.submitted_by = message.sorted_by = message.sorted_at = message.leading = None
    message.extended_at, message.extension_days, message.merged_from = None, 0, {}
    message.redirected_to = message.dismissal_ground = message.outcome = ""
    if not was_answered:
        message.block = message.recipient = message.responsible = None
    event = move(
        message,
        workflow.REOPEN,
        actor=actor,
        now=now,
        apply=message.to_reopened,
        grant=grant,
        data={"cycle": message.cycle},
        note=reason,
    )
    satisfaction.settle_reopened(message, now=now)
    notices.tell_holders(message=message, event=event, subject="работа возобновлена", actor=actor, now=now)
    return message
