"""A person's own page of substitution: the roles that can be lent, to whom, and whom the person substitutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Prefetch, Q

from blocks.models import Center, Membership, Substitution
from blocks.roles import Role
from blocks.selectors.composition import BOUNDS, bounds_words
from blocks.selectors.standing import local_day
from blocks.selectors.titles import Titles, titles_of
from mcu.models import User

NEAREST: Final = "Та же роль"
NEAR: Final = "Тот же блок или источник"
OTHERS: Final = "Остальные"


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role of the person in words, with the substitutions of today and later."""

    pk: int
    title: str
    bounds: str
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class Lent:
    """A role that others lend to the person, today or later."""

    substitution: Substitution
    title: str
    bounds: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Absence:
    """What the page shows; ``candidates`` by how near their work is, each once: (group, people)."""

    today: date
    roles: tuple[OwnRole, ...]
    lent: tuple[Lent, ...]
    candidates: tuple[tuple[str, tuple[User, ...]], ...]
    needs_second_factor: bool


def absence_of(user_id: int, center: Center, now: datetime) -> Absence:
    """Five queries."""
    day = local_day(center, now)
    titles = titles_of(center)
    to_come = Substitution.objects.filter(until__gte=day, revoked_at__isnull=True)
    in_force = (
        Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=day), center=center, revoked_at__isnull=True)
        .filter(user__is_active=True)
        .select_related("user", *BOUNDS)
        .prefetch_related(Prefetch("substitutions", queryset=to_come.select_related("substitute").order_by("since")))
        .order_by("pk")
    )
    every = list(in_force)
    own = [row for row in every if row.user_id == user_id]
    lent = (
        to_come.filter(substitute=user_id, membership__center=center)
        .select_related("membership__user", *(f"membership__{name}" for name in BOUNDS))
        .order_by("since", "pk")
    )
    asked = {title.role for title in titles.rows if title.totp_required}
    return Absence(
        today=day,
        roles=tuple(OwnRole(row.pk, titles.name_of(row), bounds_words(row), tuple(row.substitutions.all())) for row in own),
        lent=tuple(_lent(row, titles, day) for row in lent),
        candidates=_candidates(own, [row for row in every if row.user_id != user_id]),
        needs_second_factor=any(row.role in asked for row in own),
    )


def _lent(row: Substitution, titles: Titles, day: date) -> Lent:
    return Lent(row, titles.name_of(row.membership), bounds_words(row.membership), row.since <= day)


def _candidates(own: list[Membership], others: list[Membership]) -> tuple[tuple[str, tuple[User, ...]], ...]:
    """People of the Center: of the same role first, then of the same block or source; an observer acts in nothing."""
    roles = {row.role for row in own}
    places = {(row.block_id, row.source_id) for row in own if row.block_id or row.source_id}
    groups: dict[str, dict[int, User]] = {NEAREST: {}, NEAR: {}, OTHERS: {}}
    found: dict[int, str] = {}
    for row in others:
        if row.role == Role.OBSERVER:
            continue
        near = (row.block_id, row.source_id) in places
        place = NEAREST if row.role in roles else NEAR if near else OTHERS
        found[row.user_id] = min(found.get(row.user_id, place), place, key=list(groups).index)
    people = {row.user_id: row.user for row in others}
    for pk, group in found.items():
        groups[group][pk] = people[pk]
    return tuple((group, tuple(sorted(rows.values(), key=lambda one: one.full_name))) for group, rows in groups.items() if rows)
