"""Files of other systems brought into the register: looked at first, then run once, with a line for each row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.models import Center
from mcu.models import User
from messages.models.case import Message


class MessageImport(models.Model):
    """A file of another system: read and judged by a worker, shown, and put in when the person says so."""

    class Format(models.TextChoices):
        IM = "im", "«Инцидент Менеджмент»"
        POS = "pos", "ПОС"
        DELO = "delo", "реестр обращений СЭД «Дело»"
        MCU = "mcu", "таблица МЦУ"

    class State(models.TextChoices):
        READING = "reading", "читается"
        READY = "ready", "проверен, ждёт решения"
        RUNNING = "running", "вносится"
        DONE = "done", "внесён"
        FAILED = "failed", "не получилось"
        CANCELLED = "cancelled", "отменён"

    center = models.ForeignKey(Center, models.PROTECT, related_name="message_imports")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # None: the command
    format = models.CharField(max_length=10, choices=Format.choices)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=300, blank=True)  # taken away when it is done with: it holds personal data
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    layout = models.CharField(max_length=200, blank=True)  # which of the known layouts it has, in words
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {made, updated, unchanged, conflicts, errors}
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)  # the worker's last sign of life
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["reading", "running"]), name="message_import_to_do"),
            models.Index(fields=["center", "-asked_at"], name="message_import_of_center"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rows_known(self) -> int:
        """How many rows the file has, so far as it has been read."""
        return self.total or self.done


class ImportRow(models.Model):
    """What became, or would become, of one row of a file."""

    class Kind(models.TextChoices):
        MADE = "made", "новое"
        UPDATED = "updated", "дополнено"
        UNCHANGED = "unchanged", "без изменений"
        CONFLICT = "conflict", "расхождение"
        ERROR = "error", "не внесено"

    file = models.ForeignKey(MessageImport, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()  # of the sheet, as the person sees it
    key = models.CharField(max_length=200, blank=True)  # the number in the source
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.TextField(blank=True)  # what is wrong, or what differs; no personal data
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "line"], name="import_row_once")]
        indexes: ClassVar = [models.Index(fields=["file", "kind", "line"], name="import_row_kind")]
        ordering: ClassVar = ["line"]

    def __str__(self) -> str:
        return f"{self.line}: {self.kind}"


class ImportedCopy(models.Model):
    """What the source last said of a case by a file: the same row again changes nothing, a changed one is compared with it."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="imported_copy")
    format = models.CharField(max_length=10, choices=MessageImport.Format.choices)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()  # what people did here after it makes another row of the file a conflict

    def __str__(self) -> str:
        return f"{self.message_id} {self.format}"
