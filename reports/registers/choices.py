"""What can be chosen in a register's fields in one Center: rows of the charter, networks, words of the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from django.db import models

from blocks.models import Block, Center, Recipient, Settlement, Topic
from reports.models import ResidentDecision
from reports.registers.table import Register

DECISIONS_SHOWN: Final = 300

Choice = tuple[str, str]


class Choices:
    """Read once a request: one query for each list that is asked for."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self._lists: dict[type[models.Model], dict[int, Any]] = {}

    def rows(self, model: type[models.Model]) -> dict[int, Any]:
        """Rows in force by id, in the order of the charter; decisions of the register, the last first."""
        if model not in self._lists:
            found: Iterable[Any]
            if model is ResidentDecision:
                found = ResidentDecision.objects.valid().filter(center=self.center).order_by("-number")[:DECISIONS_SHOWN]
            else:
                rows = model._default_manager.filter(center=self.center, closed_at__isnull=True)
                found = rows.order_by("name" if model is Settlement else "order", "pk")
            self._lists[model] = {row.pk: row for row in found}
        return self._lists[model]

    def of(self, register: Register, name: str) -> list[Choice]:
        """Values and words of a field with choices; of a row of the charter its id."""
        field = register.of(name)
        if isinstance(field, models.ForeignKey):
            rows = self.rows(field.related_model)
            return [(str(pk), label) for pk, label in zip(rows, self.labels(rows.values()), strict=True)]
        if name == "network":
            return [(one, one) for one in self.networks]
        if isinstance(field, models.BooleanField):
            return [("1", "да"), ("0", "нет")]
        return [(str(value), str(label)) for value, label in field.choices or ()]

    @cached_property
    def networks(self) -> list[str]:
        """The networks of the charter."""
        return [str(one) for one in self.center.settings.get("social_networks", [])]

    def labels(self, rows: Iterable[Any]) -> list[str]:
        """Words for rows; those that would read alike carry the code."""
        listed = list(rows)
        names = [name_of(row) for row in listed]
        known = Counter(names)
        return [
            name if known[name] == 1 else f"{name} [{getattr(row, 'code', row.pk)}]"
            for name, row in zip(names, listed, strict=True)
        ]


def name_of(row: Any) -> str:
    """A row of another table in words."""
    if isinstance(row, ResidentDecision):
        return f"№ {row.number}. {row.title}"
    if isinstance(row, Block | Recipient):
        return row.short or row.name
    return str(row.name if isinstance(row, Topic) else row)
