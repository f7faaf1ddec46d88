"""The composition of a Center as its decree's annex prints it, and the history of its changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, Q

from blocks.models import Center, Membership, RoleTitle, Substitution
from blocks.roles import Role
from blocks.selectors.standing import local_day
from blocks.selectors.titles import Titles, titles_of
from mcu.models import User

ENDED_SHOWN: Final = 50
BOUNDS: Final = ("block", "source", "recipient", "settlement")


@dataclass(frozen=True, slots=True)
class Line:
    """One role of one person as a line of the annex."""

    membership: Membership
    title: str
    substitutions: tuple[Substitution, ...] = ()
    substitution_now: Substitution | None = None
    has_second_factor: bool = False

    @property
    def bounds(self) -> str:
        return bounds_words(self.membership)

    @property
    def waits_for_password(self) -> bool:
        return not self.membership.user.has_usable_password()


@dataclass(slots=True)
class Part:
    """A role of the decree with the people in it."""

    title: str
    role: str
    clause: str = ""
    post: str = ""
    from_decree: bool = True
    totp_required: bool = False
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Composition:
    """Parts in the decree's order; roles that begin later and those that ended, latest first."""

    parts: tuple[Part, ...]
    planned: tuple[Line, ...]
    ended: tuple[Line, ...]


def composition_of(center: Center, now: datetime) -> Composition:
    """The composition on the Center's local day. Five queries whatever its size."""
    day = local_day(center, now)
    rows = Membership.objects.filter(center=center).select_related("user", *BOUNDS)
    to_come = Substitution.objects.filter(until__gte=day, revoked_at__isnull=True).select_related("substitute")
    live = (
        rows.filter(Q(until__isnull=True) | Q(until__gte=day), revoked_at__isnull=True)
        .prefetch_related(Prefetch("substitutions", queryset=to_come.order_by("since")))
        .order_by("pk")
    )
    titles = titles_of(center)
    safe = set(
        Authenticator.objects.filter(user__memberships__center=center, type=Authenticator.Type.TOTP).values_list(
            "user_id", flat=True
        )
    )
    lines = [_line(row, titles, day, safe) for row in live]
    gone = rows.filter(Q(until__lt=day) | Q(revoked_at__isnull=False)).order_by("-until", "-pk")[:ENDED_SHOWN]
    return Composition(
        parts=_parts(titles, [line for line in lines if line.membership.since <= day]),
        planned=tuple(line for line in lines if line.membership.since > day),
        ended=tuple(Line(row, titles.name_of(row)) for row in gone),
    )


def people_of(center: Center) -> list[User]:
    """Everyone who has or had a role in the Center, by name. One query."""
    return sorted(User.objects.filter(memberships__center=center).distinct(), key=lambda user: user.full_name)


def bounds_words(membership: Membership) -> str:
    """What the role covers, in words: «Дороги», «ПОС», empty for the whole Center."""
    rows = (getattr(membership, name) for name in BOUNDS)
    return " · ".join(getattr(row, "short", "") or row.name for row in rows if row is not None)


def _line(row: Membership, titles: Titles, day: date, safe: set[int]) -> Line:
    to_come = tuple(row.substitutions.all())  # as prefetched: today's and later ones
    current = next((one for one in to_come if one.since <= day), None)
    return Line(row, titles.name_of(row), to_come, current, row.user_id in safe)


def _parts(titles: Titles, lines: Iterable[Line]) -> tuple[Part, ...]:
    """One part a title. A title without people is shown only where no other title of the role is filled."""
    filled: dict[str, list[Line]] = defaultdict(list)
    untitled: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        title = titles.of(line.membership)
        if title is None:
            untitled[line.membership.role].append(line)
        else:
            filled[title.code].append(line)
    busy_roles = {line.membership.role for rows in filled.values() for line in rows}
    parts = [
        _part(title, filled[title.code])
        for title in titles.rows
        if filled[title.code] or title.code != title.role or title.role not in busy_roles
    ]
    parts += [
        Part(title=Role(role).label.capitalize(), role=role, from_decree=False, lines=_in_order(rows))
        for role, rows in untitled.items()
    ]
    return tuple(parts)


def _part(title: RoleTitle, lines: list[Line]) -> Part:
    return Part(
        title=title.name,
        role=title.role,
        clause=title.clause,
        post=title.post,
        from_decree=title.from_decree,
        totp_required=title.totp_required,
        lines=_in_order(lines),
    )


def _in_order(lines: list[Line]) -> list[Line]:
    """By what the role covers, in the charter's order, then by name."""

    def key(line: Line) -> tuple[int, int, str]:
        block, source = line.membership.block, line.membership.source
        return (block.order if block else -1, source.order if source else -1, line.membership.user.full_name)

    return sorted(lines, key=key)
