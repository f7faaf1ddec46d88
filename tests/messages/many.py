"""Many cases of one block with a running term each, made in a few statements: for what must hold under load."""

from __future__ import annotations

from datetime import datetime, timedelta

from blocks.models import DeadlineRule
from messages.models import Deadline, Message, Regime
from messages.workflow import State
from tests.cast import Cast

TERM = timedelta(hours=3)


def cases_in_work(cast: Cast, count: int, *, handed_over_at: datetime, block: str = "roads") -> list[Deadline]:
    """Cases of social networks handed over to a block at the moment; each has three hours to its agreement (Регл. 2.5)."""
    source, owner = cast.source("im"), cast.block(block)
    due_at = handed_over_at + TERM
    messages = Message.objects.bulk_create(
        Message(
            center=cast.center,
            number=f"{cast.center.prefix}-2026-{number:06d}",
            source=source,
            regime=Regime.MESSAGE,
            state=State.ASSIGNED,
            text="На улице Ленина не горят фонари у школы.",
            block=owner,
            received_at=handed_over_at,
            registered_at=handed_over_at,
            handed_over_at=handed_over_at,
            created_at=handed_over_at,
            changed_at=handed_over_at,
            next_due_at=due_at,
        )
        for number in range(500_001, 500_001 + count)
    )
    rule = DeadlineRule.objects.get(center=cast.center, code="im_agree")
    return Deadline.objects.bulk_create(
        Deadline(
            message=message,
            center=cast.center,
            rule=rule,
            kind=rule.kind,
            started_at=handed_over_at,
            due_at=due_at,
            threat_at=handed_over_at + TERM * 0.8,
            next_step_at=handed_over_at + TERM / 2,
        )
        for message in messages
    )
