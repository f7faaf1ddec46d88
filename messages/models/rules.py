"""Changes of the rules of terms and what became of the open cases."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models import Center
from mcu.models import User


class RuleChange(models.Model):
    """A change of the rules of terms, and whether open cases were moved under the new edition: shown, chosen, made in parts."""

    class Choice(models.TextChoices):
        KEEP = "keep", "открытые дела остаются при прежних сроках"
        MOVE = "move", "открытые дела переведены на новые сроки"

    center = models.ForeignKey(Center, models.PROTECT, related_name="rule_changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    changes = models.JSONField(default=list)  # lines for people
    choice = models.CharField(max_length=4, choices=Choice.choices)
    last_id = models.BigIntegerField(default=0)  # cases up to this one are done
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["center", "-at"], name="rule_change_at"),
            models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="rule_change_going"),
        ]

    def __str__(self) -> str:
        return f"{self.center} {self.at:%d.%m.%Y %H:%M}"
