"""Who is who: roles, substitutions, duty, the changes of the composition, and feeds of terms for calendar programs."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.models.center import Center
from blocks.models.charter import Block, Recipient, Settlement, Source
from blocks.roles import Role
from mcu.append_only import append_only
from mcu.models import User


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_on(self, day: date) -> MembershipQuerySet:
        """Memberships in force on a local day of the Center, of people who may sign in."""
        return self.in_force_on(day).filter(user__is_active=True)

    def in_force_on(self, day: date) -> MembershipQuerySet:
        """In force whoever holds them: a blocked person's role may be lent. Both borders belong to the term."""
        in_term = Q(until__isnull=True) | Q(until__gte=day)
        return self.filter(in_term, since__lte=day, revoked_at__isnull=True)


class Membership(models.Model):
    """A person in a role of a Center. Bounds (block, source, recipient, settlement) narrow it; every bound must match."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    center = models.ForeignKey(Center, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="memberships")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="memberships")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="memberships")
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="memberships")
    post = models.CharField("должность", max_length=400)
    by_agreement = models.BooleanField("по согласованию", default=False)
    agreed_on = models.DateField("дата согласия", null=True, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)  # ended at once, before ``until``; or called off before ``since``

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="membership_term"),
            models.CheckConstraint(
                condition=~Q(role__in=["block_curator", "block_responsible"])
                | Q(block__isnull=False)
                | Q(recipient__isnull=False),
                name="membership_of_block_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["source_curator", "accounts"]) | Q(source__isnull=False),
                name="membership_of_source_names_it",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["center", "role"], name="membership_role")]

    def __str__(self) -> str:
        return f"{self.user} — {self.get_role_display()}"


class Substitution(models.Model):
    """For the dates named (both inclusive) the substitute may act in the absent person's role (R35, R154)."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(User, models.PROTECT, related_name="substitutions")
    since = models.DateField()
    until = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="substitution_term"),
        ]

    def __str__(self) -> str:
        return f"{self.substitute} за {self.membership.user}"


class DutyShift(models.Model):
    """Who is on duty from one moment to another: of a block, of a source, or of the whole Center where neither is named.

    In these hours the person is told of every breach within the bounds, whoever holds the case, and in quiet hours too.
    """

    center = models.ForeignKey(Center, models.PROTECT, related_name="duty_shifts")
    user = models.ForeignKey(User, models.PROTECT, related_name="duty_shifts")
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="duty_shift_term"),
            models.CheckConstraint(condition=Q(block__isnull=True) | Q(source__isnull=True), name="duty_shift_one_bound"),
        ]
        indexes: ClassVar = [models.Index(fields=["center", "until"], name="duty_shift_until")]

    def __str__(self) -> str:
        return f"{self.user} {self.since:%d.%m.%Y %H:%M}"


class RosterEvent(models.Model):
    """A change of the composition (состав), only ever added to (R1, R43)."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="roster_events", null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="roster_events")
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "-at"], name="roster_event_at")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d.%m.%Y}"


class CalendarFeed(models.Model):
    """A private address of a person's terms for a calendar program: shown once, kept hashed, called off at any time."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    center = models.ForeignKey(Center, models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "center"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.center}"
