"""Parts of an answer that are still asked for: who gives them, what ends them, what becomes of those that are late."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from blocks import actors
from blocks.actors import Actor
from blocks.roles import BLOCK_ROLES
from blocks.selectors import Roster, roster_of
from mcu.beats import Outage
from mcu.errors import Invalid
from messages.cooperation import GIVEN_IN
from messages.models import Message, Part
from messages.services import notices
from messages.services.history import record

BATCH: Final = 500


def people_of(part: Part, roster: Roster) -> tuple[int, ...]:
    """Whom the part is asked from: the people of the block."""
    found = {
        post.user_id
        for post in roster.posts
        if post.grant.role in BLOCK_ROLES
        and post.grant.block_id == part.block_id
        and post.grant.recipient_id in (None, part.recipient_id)
    }
    return tuple(sorted(found))


def settle(message: Message, *, actor: Actor, now: datetime) -> None:
    """A step was made: where the answer is no longer written here, or by the very block, nothing is asked for. One query."""
    rows = Part.objects.select_for_update().filter(message=message, given_at__isnull=True, void_at__isnull=True)
    if message.state in GIVEN_IN:
        rows = rows.filter(block_id=message.block_id or 0)
    for part in rows:
        part.void_at = now
        part.save(update_fields=["void_at"])
        data = {"part": part.pk, "block": part.block_id}
        event = record(message=message, code="part_void", actor=actor, now=now, data=data)
        people = people_of(part, roster_of(message.center, now))
        subject = "часть ответа больше не нужна"
        notices.tell(message=message, users=people, event=event, subject=subject, actor=actor, now=now)


def require_given(message: Message, *, without: bool) -> None:
    """Handing a draft over while parts are still awaited is asked about. Raises ``Invalid``. One query."""
    rows = Part.objects.filter(message=message, cycle=message.cycle, given_at__isnull=True, void_at__isnull=True)
    names = [] if without else list(rows.values_list("block__short", flat=True))
    if names:
        problem = f"Ещё не дали свою часть: {', '.join(names)}. Дождитесь её или отметьте «Передать без недостающих частей»."
        raise Invalid(problem, {"without_parts": problem})


def sweep_late(*, now: datetime, outage: Outage | None = None) -> int:
    """Write down once each part whose term has passed unmet and tell both sides. Safe with any number of workers."""
    if not _running_out(now).exists():
        return 0
    done = 0
    while count := _batch(now=now, outage=outage):
        done += count
    return done


def _running_out(now: datetime) -> QuerySet[Part]:
    return Part.objects.filter(due_at__lte=now, given_at__isnull=True, void_at__isnull=True, late_at__isnull=True)


@transaction.atomic
def _batch(*, now: datetime, outage: Outage | None) -> int:
    rows = (
        _running_out(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("block", "message__center", "message__source", "message__block")
        .order_by("due_at", "id")
    )
    parts = list(rows[:BATCH])
    rosters: dict[int, Roster] = {}
    for part in parts:
        center = part.message.center
        if center.pk not in rosters:
            rosters[center.pk] = roster_of(center, now)
        missed = outage is not None and outage.missed(part.due_at, now)
        _be_late(part, rosters[center.pk], now, missed=missed)
    return len(parts)


def _be_late(part: Part, roster: Roster, now: datetime, *, missed: bool) -> None:
    part.late_at = now
    part.save(update_fields=["late_at"])
    message, program = part.message, actors.system(part.message.center)
    data = {"part": part.pk, "block": part.block_id, "due_at": part.due_at.isoformat(), **({"late": True} if missed else {})}
    event = record(message=message, code="part_late", actor=program, now=now, data=data)
    asker = {part.asked_by_id} if part.asked_by_id else set()
    users = {*people_of(part, roster), *notices.holders(message, roster), *asker}
    subject = f"{part.block.short}: часть ответа не дана к {local(message, part.due_at)}"
    notices.tell(message=message, users=sorted(users), event=event, subject=subject, actor=program, now=now, gather=missed)


def local(message: Message, moment: datetime) -> str:
    """The moment on the Center's clock, as a notice or a refusal says it."""
    return f"{moment.astimezone(message.center.tz):%d.%m.%Y %H:%M}"
