"""What was made up for after a time down leaves the program in one message a person, not as a flood.

The notices stand in the person's list one by one; ``gather`` takes those of a person, writes the one message and lets them
go, in one transaction: killed before or after it, nothing is lost and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from mcu.models import Outbox, User
from mcu.outbox.groups import Way
from mcu.outbox.rows import Notice, departure, put, reaches, read_people

Summary = Callable[[str, Sequence[Outbox]], Notice]
"""The words of the one message, from the Center's slug and the notices it stands for."""


def gather(*, now: datetime, summary: Summary) -> int:
    """Let what was gathered leave; returns how many people and Centers that were. One query when there is nothing."""
    waiting = Outbox.objects.filter(gather=True).order_by("user_id", "center_slug").values_list("user_id", "center_slug")
    return sum(_of_person(user_id, slug, now, summary) for user_id, slug in waiting.distinct())


@transaction.atomic
def _of_person(user_id: int, slug: str, now: datetime, summary: Summary) -> bool:
    """The person's row is the gate: two workers at once would send two messages. Five queries."""
    if not User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=user_id).exists():
        return False
    found = Outbox.objects.select_for_update(skip_locked=True, no_key=True)
    rows = list(found.filter(user_id=user_id, center_slug=slug, gather=True).order_by("id"))
    if not rows:
        return False
    user = read_people([user_id])[user_id]
    if len(rows) == 1:
        _let_go(rows[0], user, now)
        return True
    told = replace(
        summary(slug, rows),
        ways=tuple(way for way in Way if any(_leaves(row, way) for row in rows)),
        urgent=any(row.urgent for row in rows),
        on_duty=any(row.on_duty for row in rows),
    )
    put([told], now=now)
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(gather=False, by_email=False, by_push=False)
    return True


def _let_go(row: Outbox, user: User, now: datetime) -> None:
    """The only one leaves as any other notice does."""
    moments = {way: departure(user, now, wanted=_leaves(row, way) and reaches(user, way), on_duty=row.on_duty) for way in Way}
    row.next_try_at, row.push_try_at = moments[Way.EMAIL], moments[Way.PUSH]
    row.by_email, row.by_push = row.next_try_at is not None, row.push_try_at is not None
    row.gather = False
    row.save(update_fields=["next_try_at", "push_try_at", "by_email", "by_push", "gather"])


def _leaves(row: Outbox, way: Way) -> bool:
    return row.by_email if way is Way.EMAIL else row.by_push
