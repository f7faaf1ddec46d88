"""Who acts: a person in the roles held or lent today, an API client, a rule, the sweep.

Services take an ``Actor`` and nothing else about who asks; policies decide on its grants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.db.models import Q

from blocks.models import ApiClient, Center, Membership, Substitution
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, WHOLE_CENTER, Role
from mcu.models import User


class ActorKind(StrEnum):
    PERSON = "person"
    CLIENT = "client"
    RULE = "rule"
    SYSTEM = "system"


class Bounded(Protocol):
    """What a role's bounds are compared with: a case, or a membership's own bounds."""

    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    """One role with its bounds, held or lent by a substitution. Every bound that is named must match the case."""

    role: Role
    block_id: int | None = None
    source_id: int | None = None
    recipient_id: int | None = None
    settlement_id: int | None = None
    membership_id: int | None = None
    acting_for_id: int | None = None  # the absent person whose role is lent
    acting_for_name: str = ""

    def reaches(self, case: Bounded) -> bool:
        """Whether the role covers the case: the whole Center's roles always, the others by every bound they name."""
        if self.role in WHOLE_CENTER:
            return True
        bounds = self.bounds()
        return bool(bounds) and all(getattr(case, field) == value for field, value in bounds.items())

    def bounds(self) -> dict[str, int]:
        """The bounds named, by the case's field. Empty where the role lacks the bound it must have: it covers nothing."""
        if self.role in BLOCK_ROLES and self.block_id is None and self.recipient_id is None:
            return {}
        if self.role in SOURCE_ROLES and self.source_id is None:
            return {}
        if self.role not in BLOCK_ROLES | SOURCE_ROLES:
            return {}
        named = {
            "block_id": self.block_id,
            "source_id": self.source_id,
            "recipient_id": self.recipient_id,
            "settlement_id": self.settlement_id,
        }
        return {field: value for field, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in one Center at one moment."""

    kind: ActorKind
    center_id: int
    name: str
    user_id: int | None = None
    client_id: int | None = None
    grants: tuple[Grant, ...] = ()
    source_ids: frozenset[int] = frozenset()  # of an API client
    scopes: frozenset[str] = frozenset()  # of an API client: what it may do (``Scope``)
    rule_id: int | None = None  # of an auto-rule

    def has(self, *roles: Role) -> bool:
        """Whether any of the roles is held or lent."""
        return any(grant.role in roles for grant in self.grants)

    def grants_of(self, *roles: Role) -> tuple[Grant, ...]:
        return tuple(grant for grant in self.grants if grant.role in roles)

    def narrowed(self, *roles: Role) -> Actor:
        """The same person acting only in some of the roles."""
        return replace(self, grants=self.grants_of(*roles))


def person(*, user: User, center: Center, now: datetime) -> Actor:
    """The person with the roles held or lent on the Center's local day of ``now``, own ones first. One query.

    A step is made in the first role that allows it: for another only where no role of the person's own does.
    """
    day = now.astimezone(center.tz).date()
    lent = Substitution.objects.filter(substitute=user, since__lte=day, until__gte=day, revoked_at__isnull=True).values(
        "membership_id"
    )
    memberships = (
        Membership.objects.filter(Q(user=user, user__is_active=True) | Q(pk__in=lent))
        .filter(Q(until__isnull=True) | Q(until__gte=day), center=center, since__lte=day, revoked_at__isnull=True)
        .select_related("user")
        .order_by("pk")
    )
    grants = sorted((_grant(membership, user) for membership in memberships), key=lambda grant: grant.acting_for_id is not None)
    return Actor(ActorKind.PERSON, center.pk, user.short_name, user_id=user.pk, grants=tuple(grants))


def client(api_client: ApiClient) -> Actor:
    """An API client with its sources. One query, none where they were read with it."""
    return Actor(
        ActorKind.CLIENT,
        api_client.center_id,
        api_client.name,
        client_id=api_client.pk,
        source_ids=frozenset(source.pk for source in api_client.sources.all() if source.closed_at is None),
        scopes=frozenset(api_client.scopes),
    )


def rule(center: Center, *, rule_id: int, name: str) -> Actor:
    """An auto-rule of the Center (КОР 1.1.7)."""
    return Actor(ActorKind.RULE, center.pk, name, rule_id=rule_id)


def system(center: Center, name: str = "Программа") -> Actor:
    """The program itself: the sweep, closing by itself, the loader of history."""
    return Actor(ActorKind.SYSTEM, center.pk, name)


def _grant(membership: Membership, user: User) -> Grant:
    """The role as this person has it: own, or lent by the absent person who may be blocked meanwhile."""
    own = membership.user_id == user.pk
    return Grant(
        role=Role(membership.role),
        block_id=membership.block_id,
        source_id=membership.source_id,
        recipient_id=membership.recipient_id,
        settlement_id=membership.settlement_id,
        membership_id=membership.pk,
        acting_for_id=None if own else membership.user_id,
        acting_for_name="" if own else membership.user.short_name,
    )
