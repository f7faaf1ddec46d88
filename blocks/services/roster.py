"""Roles of people in a Center: given, ended, lent for dates. Every change is kept in the composition's history (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from blocks import policies
from blocks.actors import Actor
from blocks.models import Block, Center, CenterRow, Membership, Recipient, Settlement, Source
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, Role
from blocks.selectors.standing import left_without, local_day
from blocks.services.history import Kind, demand, lock_composition, membership_data, record
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import User

NOT_BEFORE_TODAY: Final = (
    "Последний день — не раньше сегодняшнего и не раньше первого. Чтобы прекратить сразу, выберите «сейчас»."
)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role as it is given: its bounds, the post, consent where the member takes part «по согласованию» (R2).

    ``since`` empty means the Center's day of the appointment; ``until`` is the last day, empty means no end.
    """

    role: Role
    post: str
    block: Block | None = None
    source: Source | None = None
    recipient: Recipient | None = None
    settlement: Settlement | None = None
    by_agreement: bool = False
    agreed_on: date | None = None
    since: date | None = None
    until: date | None = None


@transaction.atomic
def add_membership(*, actor: Actor, center: Center, user: User, appointment: Appointment, now: datetime) -> Membership:
    """Give the person a role. Raises NotAllowed, or Invalid field by field."""
    demand(policies.may_manage_roster(actor))
    lock_composition([center])
    if not user.is_active:
        raise Invalid("Роль не добавлена.", {"person": "Учётная запись заблокирована; сначала разблокируйте её."})
    since = appointment.since or local_day(center, now)
    _check(center, appointment, since)
    _check_once(center, user, appointment, since)
    membership = Membership.objects.create(
        user=user,
        center=center,
        role=appointment.role,
        block=appointment.block,
        source=appointment.source,
        recipient=appointment.recipient,
        settlement=appointment.settlement,
        post=appointment.post.strip(),
        by_agreement=appointment.by_agreement,
        agreed_on=appointment.agreed_on if appointment.by_agreement else None,
        since=since,
        until=appointment.until,
    )
    record(kind=Kind.ROLE_ADDED, user=user, actor=actor, center=center, now=now, **membership_data(membership))
    return membership


@transaction.atomic
def end_membership(*, actor: Actor, membership_id: int, last_day: date | None, now: datetime) -> Membership:
    """The role ends after ``last_day`` (today or later, local day of the Center); None takes it away at this moment.

    A role that has not begun can only be called off: taken away. Raises NotFound, NotAllowed, Invalid, WrongState.
    """
    demand(policies.may_manage_roster(actor))
    membership = _membership(actor, membership_id)
    today = local_day(membership.center, now)
    if membership.revoked_at is not None or (membership.until is not None and membership.until < today):
        raise WrongState("Эта роль уже завершена.")
    orphaned = left_without(Role.TECH, centers=[membership.center], now=now, but=membership, last_day=last_day)
    demand(policies.may_end_role(actor, leaves_no_tech=bool(orphaned)))
    if last_day is None:
        membership.revoked_at = now
    elif last_day < max(today, membership.since):
        raise Invalid("Роль не завершена.", {"last_day": NOT_BEFORE_TODAY})
    else:
        membership.until = last_day
    membership.save(update_fields=["until", "revoked_at"])
    kind = Kind.ROLE_REVOKED if last_day is None else Kind.ROLE_ENDED
    record(kind=kind, user=membership.user, actor=actor, center=membership.center, now=now, **membership_data(membership))
    return membership


def _membership(actor: Actor, membership_id: int) -> Membership:
    """The membership of the actor's Center, with the Center's composition locked."""
    center = Center.objects.filter(pk=actor.center_id)
    lock_composition(center)
    membership = (
        Membership.objects.select_related("user", "center", "block", "source", "recipient", "settlement")
        .filter(pk=membership_id, center_id=actor.center_id)
        .first()
    )
    if membership is None:
        raise NotFound("В этом Центре такой роли нет.")
    return membership


def _check(center: Center, appointment: Appointment, since: date) -> None:
    """The appointment makes sense in this Center; raises Invalid naming each wrong field."""
    wrong = _wrong_bounds(appointment)
    for field in ("block", "source", "recipient", "settlement"):
        row: CenterRow | None = getattr(appointment, field)
        if row is not None and (row.center_id != center.pk or row.closed_at is not None):
            wrong[field] = "В этом Центре такого сейчас нет."
    if not appointment.post.strip():
        wrong["post"] = "Назовите должность."
    if appointment.until is not None and appointment.until < since:
        wrong["until"] = "Последний день не может быть раньше первого."
    if appointment.block and appointment.recipient and not appointment.recipient.blocks.contains(appointment.block):
        wrong.setdefault("recipient", "Этот получатель не относится к выбранному блоку.")
    if wrong:
        raise Invalid("Роль не добавлена.", wrong)


def _wrong_bounds(appointment: Appointment) -> dict[str, str]:
    role = appointment.role
    if role in BLOCK_ROLES:
        if appointment.block is None and appointment.recipient is None:
            return {"block": "Для этой роли укажите блок или ответственного получателя."}
        return {}
    if role in SOURCE_ROLES:
        if appointment.source is None:
            return {"source": "Для этой роли укажите источник сообщений."}
        return {}
    named = [field for field in ("block", "source", "recipient", "settlement") if getattr(appointment, field)]
    return dict.fromkeys(named, "Эта роль охватывает весь Центр: поле оставьте пустым.")


def _check_once(center: Center, user: User, appointment: Appointment, since: date) -> None:
    """The same role with the same bounds is held once at a time."""
    clash = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gte=since),
        user=user,
        center=center,
        role=appointment.role,
        block=appointment.block,
        source=appointment.source,
        recipient=appointment.recipient,
        settlement=appointment.settlement,
        revoked_at__isnull=True,
    )
    if appointment.until is not None:
        clash = clash.filter(since__lte=appointment.until)
    if found := clash.first():
        raise Invalid("Роль не добавлена.", {"role": f"Такая роль у этого человека уже есть с {found.since:%d.%m.%Y}."})
