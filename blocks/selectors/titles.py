"""Official titles of roles: the charter may name one role differently for each source or block (КОР П2 п.3-13)."""

from __future__ import annotations

from collections.abc import Iterable

from blocks.models import Center, Membership, RoleTitle
from blocks.roles import Role


class Titles:
    """The titles of one Center, in the order of its decree."""

    def __init__(self, rows: Iterable[RoleTitle]) -> None:
        self.rows = tuple(rows)
        self._by_code = {row.code: row for row in self.rows}

    def of(self, membership: Membership) -> RoleTitle | None:
        """The title that suits the role best: of its source, of its block, then of the role as such."""
        for code in _codes(membership):
            if code in self._by_code:
                return self._by_code[code]
        return next((row for row in self.rows if row.role == membership.role), None)

    def name_of(self, membership: Membership) -> str:
        """The official title, or the role's own name where the charter is silent."""
        title = self.of(membership)
        return title.name if title else Role(membership.role).label

    def name_of_role(self, role: str) -> str:
        """The title of the role as such, whatever its bounds."""
        title = self._by_code.get(role)
        return title.name if title else Role(role).label


def titles_of(center: Center) -> Titles:
    """One query."""
    return Titles(RoleTitle.objects.filter(center=center, closed_at__isnull=True).order_by("order", "pk"))


def _codes(membership: Membership) -> list[str]:
    bounds = [row.code for row in (membership.source, membership.block) if row is not None]
    return [*(f"{membership.role}_{code}" for code in bounds), membership.role]
