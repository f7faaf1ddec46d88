"""What people do with the register: filters kept by name, files made of what was found, one step made for many cases."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models import Center
from mcu.models import User


class SavedFilter(models.Model):
    """A set of filters and columns of the register under a name: a person's own, or shared with the Center by its head.

    The one row without a name is how the person has the register: its columns, and the filters it opens with.
    """

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

    class Format(models.TextChoices):
        MCU = "mcu", "таблица МЦУ"
        IM = "im", "как выгрузка «Инцидент Менеджмент»"
        POS = "pos", "как выгрузка ПОС"
        SSTU = "sstu", "обращения для ССТУ.РФ"

    center = models.ForeignKey(Center, models.PROTECT, related_name="exports")
    format = models.CharField(max_length=10, choices=Format.choices, default=Format.MCU, db_default=Format.MCU.value)
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
    rights = models.JSONField(default=list, blank=True)  # the roles and bounds by which its rows were seen

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["waiting", "working"]), name="export_to_make"),
            models.Index(fields=["user", "-asked_at"], name="export_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.asked_at:%d.%m.%Y %H:%M}"


class BulkRun(models.Model):
    """One step asked for many cases at once, each its own transaction: made by the page, or after it if it was left."""

    class Do(models.TextChoices):
        ASSIGN = "assign", "Передать в блок"
        RESPONSIBLE = "responsible", "Назначить ответственного"
        RECIPIENT = "recipient", "Назначить получателя"
        TAG = "tag", "Поставить метку"
        UNTAG = "untag", "Снять метку"

    center = models.ForeignKey(Center, models.PROTECT, related_name="bulk_runs")
    user = models.ForeignKey(User, models.PROTECT, related_name="bulk_runs")
    do = models.CharField(max_length=20, choices=Do.choices)
    values = models.JSONField(default=dict)  # keyword arguments of the step, ids of rows
    ids = ArrayField(models.BigIntegerField())
    stages = ArrayField(models.CharField(max_length=60), default=list)  # as the person saw each case, in the order of ids
    query = models.CharField(max_length=2000, blank=True)  # the register's address to come back to
    taken = models.PositiveIntegerField(default=0)  # how many of the ids have been taken up, by compare and set
    done = models.PositiveIntegerField(default=0)
    failed = models.JSONField(default=list)  # [[number, reason], …]
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["touched_at"], condition=Q(finished_at__isnull=True), name="bulk_run_to_finish"),
            models.Index(fields=["user", "-asked_at"], name="bulk_run_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_do_display()}: {self.done} из {len(self.ids)}"
