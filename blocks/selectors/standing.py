"""Where a person works and what is managed by whom: the facts that rights over accounts depend on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q

from blocks.models import Center, Membership, Substitution
from blocks.policies import MANAGERS
from blocks.roles import Role
from mcu.models import User


def working_centers(user: User, now: datetime) -> list[Center]:
    """Open Centers where the person has a role now or is going to have one. One query."""
    rows = (
        Membership.objects.filter(user=user, revoked_at__isnull=True, center__closed_at__isnull=True)
        .filter(_not_over(now))
        .select_related("center")
        .order_by("center_id", "pk")
    )
    found = {row.center_id: row.center for row in rows if row.until is None or row.until >= local_day(row.center, now)}
    return list(found.values())


def managed_center_ids(user_id: int, now: datetime) -> set[int]:
    """Centers whose composition the person keeps today, by a role of his own or a lent one. Two queries."""
    held = (
        Membership.objects.filter(_not_over(now), user_id=user_id, role__in=MANAGERS, revoked_at__isnull=True)
        .filter(user__is_active=True)
        .select_related("center")
    )
    lent = Substitution.objects.filter(
        substitute_id=user_id,
        substitute__is_active=True,
        revoked_at__isnull=True,
        membership__role__in=MANAGERS,
        membership__revoked_at__isnull=True,
    ).select_related("membership__center")
    ids = {row.center_id for row in held if covers(row, local_day(row.center, now))}
    for row in lent.filter(until__gte=now.date() - timedelta(days=1)):
        day = local_day(row.membership.center, now)
        if row.since <= day <= row.until and covers(row.membership, day):
            ids.add(row.membership.center_id)
    return ids


def left_without(
    role: Role,
    *,
    centers: Iterable[Center],
    now: datetime,
    but_user: User | None = None,
    but: Membership | None = None,
    last_day: date | None = None,
) -> list[Center]:
    """Of the Centers named, those where the person (or the one membership) is the last of the role.

    With ``last_day`` it is asked for the day after it, else for today. Only people who can sign in count: someone
    invited who has not set a password yet could not help anyone. One query.
    """
    rows = Membership.objects.filter(
        _not_over(now), center__in=list(centers), role=role, revoked_at__isnull=True, user__is_active=True
    ).select_related("user", "center")
    leaving, staying = {}, set()
    for row in rows:
        today = local_day(row.center, now)
        if (but_user is not None and row.user_id == but_user.pk) or (but is not None and row.pk == but.pk):
            if covers(row, today):
                leaving[row.center_id] = row.center
        elif covers(row, last_day + timedelta(days=1) if last_day else today) and row.user.has_usable_password():
            staying.add(row.center_id)
    return [center for pk, center in leaving.items() if pk not in staying]


def covers(membership: Membership, day: date) -> bool:
    """Whether the local day lies in the membership's term; the person may be blocked all the same."""
    if membership.revoked_at is not None or membership.since > day:
        return False
    return membership.until is None or membership.until >= day


def local_day(center: Center, now: datetime) -> date:
    """The Center's calendar day at the moment."""
    return now.astimezone(center.tz).date()


def _not_over(now: datetime) -> Q:
    """Terms not surely over in every time zone; the exact local day is judged in Python."""
    return Q(until__isnull=True) | Q(until__gte=now.date() - timedelta(days=1))
