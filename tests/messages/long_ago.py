"""Past cases of one block, as the services would have left them: quick ones, and every so often one that ran late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from blocks.models import DeadlineRule
from messages.models import Deadline, Message, MessageEvent
from messages.workflow import State
from tests.cast import NOW, Cast

TERM = timedelta(hours=3)
WARNED = timedelta(hours=2.4)
QUICK, SLOW = timedelta(minutes=40), timedelta(hours=5)
_FIVE = timedelta(minutes=5)


def remember(cast: Cast, days: Iterable[int], *, late_every: int) -> None:
    """One case a day of «Инцидент Менеджмент», so many days ago: drafted within the hour, or for five hours, then agreed."""
    rule = DeadlineRule.objects.get(center=cast.center, kind="agree", source__code="im", closed_at__isnull=True)
    messages, events, terms = [], [], []
    for place, day in enumerate(days):
        drafting = SLOW if place % late_every == 0 else QUICK + timedelta(minutes=place % 20)
        came = NOW - timedelta(days=day, minutes=place)
        given, begun = came + _FIVE, came + 2 * _FIVE
        submitted = begun + drafting
        agreed = submitted + _FIVE
        message = _answered(cast, f"П-{day}-{place}", given, submitted)
        messages.append(message)
        steps = [
            (given, "assign", State.RECEIVED, State.ASSIGNED, {"block": message.block_id}),
            (begun, "start", State.ASSIGNED, State.DRAFTING, {}),
            (submitted, "submit", State.DRAFTING, State.BLOCK_APPROVAL, {}),
            (agreed, "agree", State.BLOCK_APPROVAL, State.HEAD_APPROVAL, {}),
            (agreed + _FIVE, "approve", State.HEAD_APPROVAL, State.APPROVED, {}),
            (agreed + 2 * _FIVE, "send", State.APPROVED, State.ANSWERED, {}),
        ]
        events += [
            MessageEvent(message=message, at=at, code=code, actor_kind="person", from_state=before, to_state=after, data=data)
            for at, code, before, after, data in steps
        ]
        due_at = given + TERM
        terms.append(
            Deadline(
                message=message,
                center=cast.center,
                rule=rule,
                kind="agree",
                started_at=given,
                due_at=due_at,
                threat_at=given + WARNED,
                met_at=agreed,
                breached_at=due_at if agreed > due_at else None,
            )
        )
    Message.objects.bulk_create(messages)
    MessageEvent.objects.bulk_create(events)
    Deadline.objects.bulk_create(terms)


def _answered(cast: Cast, number: str, given: datetime, submitted: datetime) -> Message:
    source, came, agreed = cast.source("im"), given - _FIVE, submitted + _FIVE
    return Message(
        center=cast.center,
        number=number,
        source=source,
        regime=source.regime,
        state=State.ANSWERED,
        text="Давнее сообщение.",
        block=cast.block("roads"),
        received_at=came,
        created_at=came,
        changed_at=agreed,
        registered_at=given,
        handed_over_at=given,
        submitted_at=submitted,
        agreed_at=agreed,
        agreed_version=1,
        completeness=2,
        approved_at=agreed + _FIVE,
        answered_at=agreed + 2 * _FIVE,
        sent_recorded_at=agreed + 2 * _FIVE,
    )
