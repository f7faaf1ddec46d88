"""The recipe every change of a case follows: visible and locked, permission, transition, save, history, terms, notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from blocks.actors import Actor, ActorKind, Grant
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.text import clean_text
from messages import policies
from messages.models import Message, MessageEvent
from messages.services import deadlines, drafts, open_parts
from messages.services.history import record
from messages.workflow import STAYING, State, Transition

MAX_WORDS = 5000


def locked(*, message_id: int, actor: Actor, seen: str = "") -> Message:
    """The case, if the actor may see it, locked to the end of the transaction. Raises ``NotFound``.

    ``seen`` is the case's ``stage`` as the person saw it: where a step could be made again upon a colleague's (a second
    hand-over), a stage that has changed meanwhile is a ``WrongState``.

    The lock is one that lets others refer to the row: the sweep, which holds the case's terms, adds to its history.
    """
    message = (
        Message.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .select_related("center", "source", "block", "recipient", "responsible")
        .filter(pk=message_id)
        .first()
    )
    if message is None:
        raise NotFound("Такого дела нет среди тех, что вам видны. Возможно, его передали в другой блок.")
    if seen and seen != message.stage:
        where = f", блок «{message.block.short}»" if message.block else ""
        raise WrongState(
            f"Пока страница была открыта, дело изменилось: теперь оно в состоянии «{State(message.state).label}»{where}. "
            "Ничего не сделано. Проверьте и, если нужно, повторите."
        )
    return message


def permitted(message: Message, rule: Transition, actor: Actor) -> Grant | None:
    """The role in which the step is made. Raises ``WrongState`` before ``NotAllowed``: a colleague may have been faster."""
    if message.state not in rule.sources:
        raise WrongState(
            f"Шаг «{rule.label}» сейчас не делается: дело {message.number} уже в состоянии "
            f"«{State(message.state).label}». Ничего не изменилось."
        )
    verdict = policies.may(actor, rule.name, message)
    if not verdict:
        raise NotAllowed(verdict.reason)
    return verdict.grant


def move(
    message: Message,
    rule: Transition,
    *,
    actor: Actor,
    now: datetime,
    apply: Callable[[], None],
    grant: Grant | None,
    data: dict[str, Any] | None = None,
    note: str = "",
) -> MessageEvent:
    """Make a permitted transition: state, row, history, terms. ``apply`` is the model's transition method."""
    from_state = message.state
    apply()
    message.changed_at = now
    message.save()
    event = record(
        message=message, code=rule.name, actor=actor, now=now, grant=grant, from_state=from_state, data=data, note=note
    )
    deadlines.sync(message, now=now, actor=actor)
    carry(message, actor=actor, now=now)
    if rule.name not in STAYING:
        drafts.settle_copies(message, now=now)
        open_parts.settle(message, actor=actor, now=now)
    return event


def carry(leading: Message, *, actor: Actor, now: datetime) -> None:
    """Those merged under the case go where it goes: its block sees them, their terms follow its agreement. One query."""
    merged = (
        Message.objects.get_queryset()
        .select_for_update(of=("self",), no_key=True)
        .select_related("center", "source")
        .filter(leading=leading, state=State.MERGED)
        .order_by("pk")
    )
    for message in merged:
        follow_leading(message, leading, now=now)
        message.changed_at = now
        message.save()
        deadlines.sync(message, now=now, actor=actor)


def follow_leading(message: Message, leading: Message, *, now: datetime) -> None:
    """Give a merged message the block of its leading one; not saved. The block's clock starts with the first hand-over."""
    message.leading = leading
    message.block, message.recipient, message.responsible = leading.block, leading.recipient, leading.responsible
    if leading.block_id is not None:
        message.handed_over_at = message.handed_over_at or now


def words(value: str, *, field: str, missing: str) -> str:
    """Text that must be given: cleaned, with something to see, of bearable length. Raises ``Invalid`` naming the field."""
    text = clean_text(value)
    if not text:
        raise Invalid(missing, {field: missing})
    if len(text) > MAX_WORDS:
        problem = f"Слишком длинно: {len(text)} знаков, можно не больше {MAX_WORDS}."
        raise Invalid(problem, {field: problem})
    return text


def by_person(actor: Actor) -> int | None:
    """The person's id where a person acts; the program and rules have none."""
    return actor.user_id if actor.kind == ActorKind.PERSON else None
