"""Substitution: for the dates named another person acts in the absent person's role (R35, R154).

The absent person keeps the role and sees everything as before; a lent role is not lent further. Whoever substitutes acts
under the own name, and history says for whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from blocks import policies
from blocks.actors import Actor
from blocks.models import Center, Membership, Substitution
from blocks.roles import Role
from blocks.selectors.standing import local_day
from blocks.services.history import Kind, demand, lock_composition, membership_data, record
from blocks.services.roster import NOT_BEFORE_TODAY
from mcu import outbox
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import User
from mcu.outbox import Notice
from mcu.text import ended


@dataclass(frozen=True, slots=True)
class Loan:
    """Who takes over and when; both days belong to the term."""

    substitute: User
    since: date
    until: date
    reason: str = ""


@transaction.atomic
def add_substitutions(*, actor: Actor, membership_ids: Iterable[int], loan: Loan, now: datetime) -> list[Substitution]:
    """Lend the roles for the dates, both inclusive, local days of the Center: all of them or, with any refused, none.

    Raises NotFound, NotAllowed, Invalid.
    """
    lock_composition(Center.objects.filter(pk=actor.center_id))
    wanted = sorted(set(membership_ids))
    rows = list(_memberships(actor).filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted) or not rows:
        raise NotFound("В этом Центре такой роли нет.")
    found = []
    for membership in rows:
        demand(policies.may_lend(actor, owner_id=membership.user_id, substitute_id=loan.substitute.pk))
        _check(membership, loan, local_day(membership.center, now))
        substitution = Substitution.objects.create(
            membership=membership,
            substitute=loan.substitute,
            since=loan.since,
            until=loan.until,
            reason=loan.reason.strip(),
        )
        _record(Kind.SUBSTITUTION_ADDED, actor, substitution, now)
        found.append(substitution)
    _tell_of_loan(actor, found, now)
    return found


def add_substitution(*, actor: Actor, membership_id: int, loan: Loan, now: datetime) -> Substitution:
    """The same for one role."""
    return add_substitutions(actor=actor, membership_ids=[membership_id], loan=loan, now=now)[0]


@transaction.atomic
def end_substitution(*, actor: Actor, substitution_id: int, last_day: date | None, now: datetime) -> Substitution:
    """It ends after ``last_day`` (today or later); None ends it at this moment or calls off one that has not begun."""
    lock_composition(Center.objects.filter(pk=actor.center_id))
    substitution = (
        Substitution.objects.select_related("substitute", *(f"membership__{name}" for name in _JOINED))
        .filter(pk=substitution_id, membership__center_id=actor.center_id)
        .first()
    )
    if substitution is None:
        raise NotFound("В этом Центре такого замещения нет.")
    demand(policies.may_lend(actor, owner_id=substitution.membership.user_id))
    today = local_day(substitution.membership.center, now)
    if substitution.revoked_at is not None or substitution.until < today:
        raise WrongState("Это замещение уже завершено.")
    if last_day is None:
        substitution.revoked_at = now
    elif last_day < max(today, substitution.since):
        raise Invalid("Замещение не завершено.", {"last_day": NOT_BEFORE_TODAY})
    elif last_day > substitution.until:
        raise Invalid(
            "Замещение не завершено.",
            {"last_day": f"Оно и так кончается {substitution.until:%d.%m.%Y}: чтобы продлить, назначьте новое."},
        )
    else:
        substitution.until = last_day
    substitution.save(update_fields=["until", "revoked_at"])
    kind = Kind.SUBSTITUTION_REVOKED if last_day is None else Kind.SUBSTITUTION_ENDED
    _record(kind, actor, substitution, now)
    _tell_of_end(actor, substitution, now)
    return substitution


_JOINED = ("user", "center", "block", "source", "recipient", "settlement")


def _memberships(actor: Actor) -> QuerySet[Membership]:
    return Membership.objects.select_related(*_JOINED).filter(center_id=actor.center_id, revoked_at__isnull=True)


def _check(membership: Membership, loan: Loan, today: date) -> None:
    wrong = _wrong_days(membership, loan, today) | _wrong_person(membership, loan)
    if not wrong:
        wrong = _wrong_together(membership, loan)
    if wrong:
        raise Invalid("Замещение не назначено.", wrong)


def _wrong_days(membership: Membership, loan: Loan, today: date) -> dict[str, str]:
    wrong = {}
    if loan.until < loan.since:
        wrong["until"] = "Последний день не может быть раньше первого."
    elif loan.until < today:
        wrong["until"] = "Эти дни уже прошли."
    elif membership.until is not None and loan.until > membership.until:
        wrong["until"] = f"Сама роль действует только до {membership.until:%d.%m.%Y}."
    if loan.since < membership.since:
        wrong["since"] = f"Сама роль действует с {membership.since:%d.%m.%Y}."
    elif loan.since < today and "until" not in wrong:
        wrong["since"] = "Первый день уже прошёл: за прошедшие дни никто не действовал. Укажите сегодняшний или позже."
    return wrong


def _wrong_person(membership: Membership, loan: Loan) -> dict[str, str]:
    if loan.substitute.pk == membership.user_id:
        return {"substitute": "Выберите другого человека: себя не замещают."}
    if not loan.substitute.is_active:
        return {"substitute": "Учётная запись этого человека заблокирована."}
    works_here = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gte=loan.since),
        user=loan.substitute,
        center=membership.center,
        since__lte=loan.until,
        revoked_at__isnull=True,
    ).exclude(role=Role.OBSERVER)
    if not works_here.exists():
        return {"substitute": "В эти дни этот человек не работает в Центре: замещают только свои."}
    return {}


def _wrong_together(membership: Membership, loan: Loan) -> dict[str, str]:
    """One role has one substitute at a time, and whoever is away substitutes nobody: a lent role is not lent further."""
    same_days = Substitution.objects.filter(revoked_at__isnull=True, since__lte=loan.until, until__gte=loan.since)
    if found := same_days.filter(membership=membership).select_related("substitute").first():
        days = f"с {found.since:%d.%m.%Y} по {found.until:%d.%m.%Y}"
        if found.substitute_id == loan.substitute.pk:
            return {"since": f"Этот человек уже замещает {days}."}
        return {"since": f"Эту роль {days} уже замещает {found.substitute.short_name}: сначала завершите то замещение."}
    away = same_days.filter(membership__user=loan.substitute, membership__center=membership.center)
    if found := away.select_related("substitute").order_by("since").first():
        return {
            "substitute": f"С {found.since:%d.%m.%Y} по {found.until:%d.%m.%Y} этого человека самого замещает "
            f"{ended(found.substitute.short_name)} Выберите того, кто на месте."
        }
    return {}


def _record(kind: Kind, actor: Actor, substitution: Substitution, now: datetime) -> None:
    membership = substitution.membership
    data = membership_data(membership) | {
        "since": substitution.since.isoformat(),
        "until": substitution.until.isoformat(),
        "substitution": substitution.pk,
        "substitute": substitution.substitute_id,
    }
    record(kind=kind, user=membership.user, actor=actor, center=membership.center, now=now, **data)


def _tell_of_loan(actor: Actor, found: list[Substitution], now: datetime) -> None:
    """Both who now has the work and whose it is, but not the one who has just named it."""
    one = found[0]
    absent, substitute = one.membership.user, one.substitute
    days = f"с {one.since:%d.%m.%Y} по {one.until:%d.%m.%Y}"
    key = f"substitution:{one.pk}:added"
    _tell(actor, found[0], key, {substitute.pk: f"Вы замещаете: {absent.short_name}, {days}"}, now)
    _tell(actor, found[0], key, {absent.pk: f"Вас замещает {substitute.short_name}, {days}"}, now)


def _tell_of_end(actor: Actor, one: Substitution, now: datetime) -> None:
    absent, substitute = one.membership.user, one.substitute
    when = "завершено" if one.revoked_at else f"закончится {one.until:%d.%m.%Y}"
    key = f"substitution:{one.pk}:ended:{now.isoformat()}"
    _tell(actor, one, key, {substitute.pk: f"Замещение {when}: {absent.short_name}"}, now)
    _tell(actor, one, key, {absent.pk: f"Замещение {when}: за вас действовал(а) {substitute.short_name}"}, now)


def _tell(actor: Actor, one: Substitution, key: str, words: dict[int, str], now: datetime) -> None:
    center = one.membership.center
    path = reverse("blocks:substitution", args=[center.slug])
    outbox.put(
        [
            Notice(key=f"{key}:{pk}", kind="substitution", user_id=pk, subject=text, path=path, center_slug=center.slug)
            for pk, text in words.items()
            if pk != actor.user_id
        ],
        now=now,
        by_email=actor.kind == "person",  # the program lends only in a demo, whose history is walked through afterwards
    )
