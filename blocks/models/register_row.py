"""What every row of a register has: its number, who wrote it, its version, and how it is voided instead of deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Protocol, Self, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from blocks.models.center import Center
from blocks.roles import BLOCK_ROLES, Role
from mcu.models import User

_INSTANT = timedelta(microseconds=1)

R = TypeVar("R", bound="RegisterRow")


class Moments(Protocol):
    """A half-open period: ``reports.periods`` has them."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


class Reader(Protocol):
    """What is asked of ``blocks.actors.Actor``, which stands above the models."""

    @property
    def kind(self) -> str: ...

    @property
    def center_id(self) -> int: ...

    @property
    def grants(self) -> Any: ...


class RegisterQuerySet(models.QuerySet[R]):
    """Rows of a register. Figures count ``valid()`` rows only."""

    def valid(self) -> Self:
        """Not voided: what lists show and figures count."""
        return self.filter(voided_at__isnull=True)

    def visible_to(self, actor: Reader) -> Self:
        """Rows of the actor's Center; where blocks bound the register, people of blocks see theirs and the common ones."""
        rows = self.filter(center_id=actor.center_id)
        if actor.kind == "system":
            return rows
        grants = [grant for grant in actor.grants if grant.role != Role.OBSERVER or self.model.FOR_OBSERVERS]
        if not grants:
            return rows.none()
        if not self.model.BOUNDED or any(grant.role not in BLOCK_ROLES for grant in grants):
            return rows
        return rows.filter(Q(block__isnull=True) | self.model.of_blocks(actor))

    def in_period(self, period: Moments, tz: ZoneInfo, field: str = "") -> Self:
        """Rows whose day falls in the period, by the Center's local days; a day the period only begins counts whole."""
        first = period.start.astimezone(tz).date()
        last = (period.end - _INSTANT).astimezone(tz).date()
        return self.on_days(first, last, field)

    def on_days(self, first: date, last: date, field: str = "") -> Self:
        """Rows whose day lies between the two, both included. ``field`` names another day than the register's own."""
        name = field or self.model.DAY
        return self.filter(**{f"{name}__gte": first, f"{name}__lte": last})


class RegisterRow(models.Model):
    """A row of a register: numbered in its Center, changed by version, voided with a reason and never deleted.

    Its history is kept by ``reports.models.RegisterEvent``. Days are local days of the Center. No register holds
    personal data of applicants.
    """

    DAY: ClassVar[str] = ""
    """The day by which the row belongs to a period."""
    BOUNDED: ClassVar[bool] = False
    """Whether people of a block see only rows of their blocks (and those of no block)."""
    FOR_OBSERVERS: ClassVar[bool] = True
    """Whether an observer (ЦУР) reads the register."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("№")  # running within the Center's register; what files name a row by
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)  # empty: the program
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["center", "number"], name="%(class)s_number_once"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="%(class)s_voided_with_reason",
            ),
        ]

    @classmethod
    def of_blocks(cls, actor: Reader) -> Q:
        """Rows of the blocks that the actor's roles are bound to: by the block, else by the blocks of the recipient."""
        found = Q(pk__in=[])
        for grant in actor.grants:
            if grant.role in BLOCK_ROLES and grant.block_id:
                found |= Q(block_id=grant.block_id)
            elif grant.role in BLOCK_ROLES and grant.recipient_id:
                found |= Q(block__recipients=grant.recipient_id)
        return found
