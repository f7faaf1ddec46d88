"""Who is to be told of a case: the people of a Center today, kept in memory for a sweep over many cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db.models import F, FilteredRelation, Q

from blocks.actors import Bounded, Grant
from blocks.models import Center, Membership
from blocks.roles import SOURCE_ROLES, Role
from mcu import memo
from mcu.models import User


class Addressed(Bounded, Protocol):
    """The facts of a case that say whom it concerns."""

    responsible_id: int | None

    @property
    def publisher_role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Post:
    """One role with its bounds and the person who holds it today, or to whom a substitution lends it."""

    grant: Grant
    user_id: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one Center on one local day. Answers are ids of active users, ascending, each once.

    Whoever substitutes today stands beside the absent person, so that a notice misses neither (R35, R154).
    """

    center_id: int
    posts: tuple[Post, ...]

    def responsibles(self, case: Addressed) -> tuple[int, ...]:
        """The responsible named in the case with his substitutes; else those of its recipient, else of its block."""
        reaching = self._reaching((Role.BLOCK_RESPONSIBLE,), case)
        named = [post for post in reaching if case.responsible_id in (post.user_id, post.grant.acting_for_id)]
        if case.responsible_id is not None and named:  # also one of the block, where the case has a recipient
            return _users(named)
        return _users(self._nearest((Role.BLOCK_RESPONSIBLE,), case))

    def may_be_responsible(self, case: Addressed) -> tuple[int, ...]:
        """Everyone the case may be given to: all responsibles of its block or recipient, whoever is named now."""
        return _users(self._reaching((Role.BLOCK_RESPONSIBLE,), case))

    def block_curators(self, case: Addressed) -> tuple[int, ...]:
        """The curators of the case's recipient, else of its block (решение раздела 0: several curators of one block)."""
        return _users(self._nearest((Role.BLOCK_CURATOR,), case))

    def heads(self) -> tuple[int, ...]:
        return _users(post for post in self.posts if post.grant.role == Role.HEAD)

    def source_curators(self, case: Addressed) -> tuple[int, ...]:
        """Those who take the source's messages in: its curators and the keepers of official accounts."""
        return _users(self._reaching(tuple(SOURCE_ROLES), case))

    def publishers(self, case: Addressed) -> tuple[int, ...]:
        """Those who send the answer, as the source says: its curators, accounts, or the responsible himself."""
        if case.publisher_role == Role.BLOCK_RESPONSIBLE:
            return self.responsibles(case)
        return _users(self._reaching((Role(case.publisher_role),), case))

    def in_roles(self, *roles: Role) -> tuple[int, ...]:
        """Everyone in the roles, whatever their bounds."""
        return _users(post for post in self.posts if post.grant.role in roles)

    def names_of(self, users: Iterable[int]) -> list[str]:
        """Short names of these people, in the order of the alphabet."""
        wanted = set(users)
        return sorted({post.user_id: post.name for post in self.posts if post.user_id in wanted}.values())

    def _reaching(self, roles: tuple[Role, ...], case: Bounded) -> list[Post]:
        return [post for post in self.posts if post.grant.role in roles and post.grant.reaches(case)]

    def _nearest(self, roles: tuple[Role, ...], case: Bounded) -> list[Post]:
        reaching = self._reaching(roles, case)
        of_recipient = [post for post in reaching if post.grant.recipient_id is not None]
        return of_recipient or reaching


def roster_of(center: Center, now: datetime) -> Roster:
    """The roster on the Center's local day of ``now``. One query; within ``memo.remembering()`` once a day."""
    day = now.astimezone(center.tz).date()
    return memo.remembered(("roster", center.pk, day), lambda: _read(center, day))


def _read(center: Center, day: date) -> Roster:
    """Every role in force, with whoever it is lent to today. One query: a row for each pair."""
    today = FilteredRelation(
        "substitutions",
        condition=Q(
            substitutions__since__lte=day,
            substitutions__until__gte=day,
            substitutions__revoked_at__isnull=True,
        ),
    )
    rows = (
        Membership.objects.in_force_on(day)
        .filter(center=center)
        .alias(today=today)
        .annotate(
            lent_to=F("today__substitute_id"),
            lent_name=F("today__substitute__full_name"),
            lent_active=F("today__substitute__is_active"),
        )
        .filter(Q(user__is_active=True) | Q(lent_active=True))
        .select_related("user")
        .order_by("pk", "today__pk")
    )
    held: dict[int, Post] = {}
    lent: list[Post] = []
    for row in rows:
        if row.user.is_active:
            held[row.pk] = Post(_grant(row), row.user_id, row.user.short_name)
        to = vars(row)  # what was annotated
        if to["lent_active"]:
            lent.append(Post(_grant(row, lent=True), to["lent_to"], User(full_name=to["lent_name"]).short_name))
    return Roster(center.pk, (*held.values(), *lent))


def _grant(membership: Membership, *, lent: bool = False) -> Grant:
    return Grant(
        role=Role(membership.role),
        block_id=membership.block_id,
        source_id=membership.source_id,
        recipient_id=membership.recipient_id,
        settlement_id=membership.settlement_id,
        membership_id=membership.pk,
        acting_for_id=membership.user_id if lent else None,
    )


def _users(posts: Iterable[Post]) -> tuple[int, ...]:
    return tuple(sorted({post.user_id for post in posts}))
