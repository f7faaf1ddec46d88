"""The duty rota: who is on duty from one moment to another; written and called off, with a line of history for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from blocks import policies
from blocks.actors import Actor
from blocks.models import Block, Center, DutyShift, Membership, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, WHOLE_CENTER
from blocks.selectors.duty import scope_words
from blocks.selectors.standing import local_day
from blocks.services.history import Kind, demand, lock_composition, record
from mcu import outbox
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import User
from mcu.outbox import Notice

REFUSED: Final = "Дежурство не записано."


@dataclass(frozen=True, slots=True)
class Duty:
    """Who, over what (a block, a source, or the whole Center), from when to when; aware moments."""

    user: User
    since: datetime
    until: datetime
    block: Block | None = None
    source: Source | None = None


@transaction.atomic
def add_shift(*, actor: Actor, center: Center, duty: Duty, now: datetime) -> DutyShift:
    """Put a person on duty and tell him. Raises NotAllowed, Invalid."""
    demand(policies.may_write_duty(actor, block_id=duty.block.pk if duty.block else None))
    lock_composition([center])
    _check(center, duty, now)
    shift = DutyShift.objects.create(
        center=center,
        user=duty.user,
        block=duty.block,
        source=duty.source,
        since=duty.since,
        until=duty.until,
        created_by_id=actor.user_id,
        created_at=now,
    )
    _record(Kind.DUTY_ADDED, actor, shift, now)
    _tell(shift, "duty", f"Вы дежурите: {_words(shift)}", actor, now)
    return shift


@transaction.atomic
def call_off(*, actor: Actor, center: Center, shift_id: int, now: datetime) -> DutyShift:
    """A duty ends at this moment, or does not begin. Raises NotFound, NotAllowed, WrongState."""
    lock_composition([center])
    found = DutyShift.objects.filter(pk=shift_id, center=center)
    shift = found.select_related("user", "center", "block", "source").first()
    if shift is None:
        raise NotFound("В этом Центре такого дежурства нет.")
    demand(policies.may_write_duty(actor, block_id=shift.block_id))
    if shift.revoked_at is not None or shift.until <= now:
        raise WrongState("Это дежурство уже завершено.")
    shift.revoked_at = now
    shift.save(update_fields=["revoked_at"])
    _record(Kind.DUTY_CALLED_OFF, actor, shift, now)
    _tell(shift, "duty_called_off", f"Дежурство отменено: {_words(shift)}", actor, now)
    return shift


def _check(center: Center, duty: Duty, now: datetime) -> None:
    wrong: dict[str, str] = {}
    if duty.block is not None and duty.source is not None:
        wrong["source"] = "Выберите что-то одно: блок или источник."
    if duty.until <= duty.since:
        wrong["until_day"] = "Конец должен быть позже начала."
    elif duty.until <= now:
        wrong["until_day"] = "Это время уже прошло."
    if not wrong and (refusal := _cannot_open(center, duty)):
        wrong["user"] = refusal
    if not wrong and (same := _overlapping(center, duty)):
        since, until = same.since.astimezone(center.tz), same.until.astimezone(center.tz)
        wrong["since_day"] = f"Этот человек уже дежурит с {since:%d.%m.%Y %H:%M} по {until:%d.%m.%Y %H:%M}."
    if wrong:
        raise Invalid(REFUSED, wrong)


def _cannot_open(center: Center, duty: Duty) -> str:
    """Whoever is on duty must be able to open the cases he is told of, on all its days; empty if he is. One query."""
    if not duty.user.is_active:
        return "Учётная запись этого человека заблокирована."
    first, last = local_day(center, duty.since), local_day(center, duty.until)
    lasting = Q(until__isnull=True) | Q(until__gte=last)
    roles = list(Membership.objects.active_on(first).filter(lasting, center=center, user=duty.user))
    if any(row.role in WHOLE_CENTER for row in roles):
        return ""
    if duty.block is not None and any(row.role in BLOCK_ROLES and row.block_id == duty.block.pk for row in roles):
        return ""
    if duty.source is not None and any(row.role in SOURCE_ROLES and row.source_id == duty.source.pk for row in roles):
        return ""
    return "У этого человека на эти дни нет роли, по которой он увидит такие сообщения."


def _overlapping(center: Center, duty: Duty) -> DutyShift | None:
    return DutyShift.objects.filter(
        center=center,
        user=duty.user,
        block=duty.block,
        source=duty.source,
        since__lt=duty.until,
        until__gt=duty.since,
        revoked_at__isnull=True,
    ).first()


def _words(shift: DutyShift) -> str:
    tz = shift.center.tz
    since, until = shift.since.astimezone(tz), shift.until.astimezone(tz)
    return f"с {since:%d.%m.%Y %H:%M} по {until:%d.%m.%Y %H:%M}, {scope_words(shift)}"


def _tell(shift: DutyShift, kind: str, subject: str, actor: Actor, now: datetime) -> None:
    if shift.user_id == actor.user_id:
        return
    notice = Notice(
        key=f"{kind}:{shift.pk}",
        kind=kind,
        user_id=shift.user_id,
        subject=subject,
        path=reverse("blocks:duty", args=[shift.center.slug]),
        center_slug=shift.center.slug,
    )
    outbox.put([notice], now=now)


def _record(kind: Kind, actor: Actor, shift: DutyShift, now: datetime) -> None:
    data = {"duty": shift.pk, "from": shift.since.isoformat(), "to": shift.until.isoformat()}
    for bound in ("block", "source"):
        if (row := getattr(shift, bound)) is not None:
            data[bound] = row.code
    record(kind=kind, user=shift.user, actor=actor, center=shift.center, now=now, **data)
