"""Addresses of the cases behind the marks of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from blocks.roles import Role


@dataclass(frozen=True, slots=True)
class Links:
    """Of one Center, for one role: the list behind a mark holds what this role answers for; without a role, all of it."""

    slug: str
    role: Role | None = None

    def now(self, figure: str, **by: object) -> str:
        return self._with(reverse("reports:now", args=[self.slug, figure]), by)

    def period(self, figure: str, code: str, **by: object) -> str:
        return self._with(reverse("reports:cases", args=[self.slug, code, figure]), by)

    def case(self, number: str) -> str:
        return reverse("messages:case", args=[self.slug, number])

    def week(self, code: str) -> str:
        return reverse("reports:report", args=[self.slug, "problemator", code])

    def _with(self, address: str, by: dict[str, object]) -> str:
        query = {**by, "role": self.role.value} if self.role else by
        return f"{address}?{urlencode(query)}" if query else address
