"""What people keep of the register: filters by name, and files made of what they found."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models import Center
from mcu.models import User


class SavedFilter(models.Model):
    """A set of filters and columns of the register under a name: a person's own, or shared with the Center by its head."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="saved_filters")
    owner = models.ForeignKey(User, models.PROTECT, related_name="saved_filters")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000, blank=True)  # as it stands in the address
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "owner", "name"], name="saved_filter_once")]
        indexes: ClassVar = [models.Index(fields=["center"], condition=Q(shared=True), name="saved_filter_shared")]

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A file asked for of what was filtered; made in the background for the rights of whoever asked, as they are then."""

    class State(models.TextChoices):
        WAITING = "waiting", "в очереди"
        WORKING = "working", "готовится"
        DONE = "done", "готов"
        FAILED = "failed", "не получился"

    center = models.ForeignKey(Center, models.PROTECT, related_name="exports")
    user = models.ForeignKey(User, models.PROTECT, related_name="exports")
    query = models.CharField(max_length=2000, blank=True)
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    only = ArrayField(models.BigIntegerField(), default=list, blank=True)  # ids of the cases chosen by hand
    with_contacts = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)  # the worker's last sign of life
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(max_length=300, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["waiting", "working"]), name="export_to_make"),
            models.Index(fields=["user", "-asked_at"], name="export_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.asked_at:%d.%m.%Y %H:%M}"
