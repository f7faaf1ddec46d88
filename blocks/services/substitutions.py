"""Substitution: for the dates named another person acts in the absent person's role (R35, R154)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from blocks import policies
from blocks.actors import Actor
from blocks.models import Center, Membership, Substitution
from blocks.selectors.standing import local_day
from blocks.services.history import Kind, demand, lock_composition, membership_data, record
from blocks.services.roster import NOT_BEFORE_TODAY
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import User


@dataclass(frozen=True, slots=True)
class Loan:
    """Who takes over and when; both days belong to the term."""

    substitute: User
    since: date
    until: date
    reason: str = ""


@transaction.atomic
def add_substitution(*, actor: Actor, membership_id: int, loan: Loan, now: datetime) -> Substitution:
    """Lend the role for the dates, both inclusive, local days of the Center. Raises NotFound, NotAllowed, Invalid."""
    demand(policies.may_manage_roster(actor))
    lock_composition(Center.objects.filter(pk=actor.center_id))
    membership = (
        Membership.objects.select_related("user", "center", "block", "source", "recipient", "settlement")
        .filter(pk=membership_id, center_id=actor.center_id, revoked_at__isnull=True)
        .first()
    )
    if membership is None:
        raise NotFound("В этом Центре такой роли нет.")
    _check(membership, loan, local_day(membership.center, now))
    substitution = Substitution.objects.create(
        membership=membership,
        substitute=loan.substitute,
        since=loan.since,
        until=loan.until,
        reason=loan.reason.strip(),
    )
    _record(Kind.SUBSTITUTION_ADDED, actor, substitution, now)
    return substitution


@transaction.atomic
def end_substitution(*, actor: Actor, substitution_id: int, last_day: date | None, now: datetime) -> Substitution:
    """It ends after ``last_day`` (today or later); None ends it at this moment or calls off one that has not begun."""
    demand(policies.may_manage_roster(actor))
    lock_composition(Center.objects.filter(pk=actor.center_id))
    substitution = (
        Substitution.objects.select_related(
            "substitute",
            "membership__user",
            "membership__center",
            "membership__block",
            "membership__source",
            "membership__recipient",
            "membership__settlement",
        )
        .filter(pk=substitution_id, membership__center_id=actor.center_id)
        .first()
    )
    if substitution is None:
        raise NotFound("В этом Центре такого замещения нет.")
    today = local_day(substitution.membership.center, now)
    if substitution.revoked_at is not None or substitution.until < today:
        raise WrongState("Это замещение уже завершено.")
    if last_day is None:
        substitution.revoked_at = now
    elif last_day < max(today, substitution.since):
        raise Invalid("Замещение не завершено.", {"last_day": NOT_BEFORE_TODAY})
    else:
        substitution.until = last_day
    substitution.save(update_fields=["until", "revoked_at"])
    kind = Kind.SUBSTITUTION_REVOKED if last_day is None else Kind.SUBSTITUTION_ENDED
    _record(kind, actor, substitution, now)
    return substitution


def _check(membership: Membership, loan: Loan, today: date) -> None:
    wrong: dict[str, str] = {}
    if loan.substitute.pk == membership.user_id:
        wrong["substitute"] = "Выберите другого человека: себя не замещают."
    elif not loan.substitute.is_active:
        wrong["substitute"] = "Учётная запись этого человека заблокирована."
    if loan.until < loan.since:
        wrong["until"] = "Последний день не может быть раньше первого."
    elif loan.until < today:
        wrong["until"] = "Эти дни уже прошли."
    elif membership.until is not None and loan.until > membership.until:
        wrong["until"] = f"Сама роль действует только до {membership.until:%d.%m.%Y}."
    if loan.since < membership.since:
        wrong["since"] = f"Сама роль действует с {membership.since:%d.%m.%Y}."
    same_days = membership.substitutions.filter(
        substitute=loan.substitute, revoked_at__isnull=True, since__lte=loan.until, until__gte=loan.since
    )
    if not wrong and (found := same_days.first()):
        wrong["since"] = f"Этот человек уже замещает с {found.since:%d.%m.%Y} по {found.until:%d.%m.%Y}."
    if wrong:
        raise Invalid("Замещение не назначено.", wrong)


def _record(kind: Kind, actor: Actor, substitution: Substitution, now: datetime) -> None:
    membership = substitution.membership
    data = membership_data(membership) | {
        "since": substitution.since.isoformat(),
        "until": substitution.until.isoformat(),
        "substitution": substitution.pk,
        "substitute": substitution.substitute_id,
    }
    record(kind=kind, user=membership.user, actor=actor, center=membership.center, now=now, **data)
