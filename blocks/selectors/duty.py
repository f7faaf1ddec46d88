"""Who is on duty: the shifts of a Center at a moment, and the lists of the page «Дежурства»."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from blocks.models import Center, DutyShift
from blocks.selectors.audience import Roster

PAST_SHOWN: Final = 50


class Placed(Protocol):
    """The facts of a case that say whose duty it falls into."""

    source_id: int
    block_id: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on duty now: for a block, for a source, or for the whole Center."""

    user_id: int
    block_id: int | None = None
    source_id: int | None = None

    @property
    def whole(self) -> bool:
        return self.block_id is None and self.source_id is None

    def covers(self, case: Placed) -> bool:
        if self.block_id is not None:
            return case.block_id == self.block_id
        return self.source_id is None or case.source_id == self.source_id


@dataclass(frozen=True, slots=True)
class Rota:
    """Everybody on duty in one Center at one moment."""

    shifts: tuple[Shift, ...] = ()

    def nearest(self, case: Placed) -> tuple[int, ...]:
        """Who answers for the case in these hours: the duty of its block or source, else of the whole Center."""
        covering = [shift for shift in self.shifts if shift.covers(case)]
        return _users([shift for shift in covering if not shift.whole] or covering)

    def covering(self, case: Placed) -> tuple[int, ...]:
        """Everybody whose duty the case falls into."""
        return _users(shift for shift in self.shifts if shift.covers(case))


def rota_of(center: Center, roster: Roster, now: datetime) -> Rota:
    """Who is on duty at ``now`` among those who still have a role today. One query."""
    members = {post.user_id for post in roster.posts}
    rows = DutyShift.objects.filter(center=center, since__lte=now, until__gt=now, revoked_at__isnull=True).order_by("pk")
    return Rota(tuple(Shift(row.user_id, row.block_id, row.source_id) for row in rows if row.user_id in members))


@dataclass(frozen=True, slots=True)
class Shifts:
    """The page «Дежурства»: now, to come (nearest first), past and called off (latest first)."""

    now: tuple[DutyShift, ...]
    to_come: tuple[DutyShift, ...]
    past: tuple[DutyShift, ...]


def shifts_of(center: Center, now: datetime) -> Shifts:
    """Two queries."""
    rows = DutyShift.objects.filter(center=center).select_related("user", "block", "source", "created_by")
    live = list(rows.filter(until__gt=now, revoked_at__isnull=True).order_by("since", "pk"))
    past = rows.exclude(until__gt=now, revoked_at__isnull=True).order_by("-until", "-pk")[:PAST_SHOWN]
    return Shifts(
        now=tuple(row for row in live if row.since <= now),
        to_come=tuple(row for row in live if row.since > now),
        past=tuple(past),
    )


def scope_words(shift: DutyShift) -> str:
    """What the duty covers, in words."""
    bound = shift.block or shift.source
    return bound.short or bound.name if bound else "весь Центр"


def _users(shifts: Iterable[Shift]) -> tuple[int, ...]:
    return tuple(sorted({shift.user_id for shift in shifts}))
