"""Registers: what happened to the rows of the registers, and files brought to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from blocks.models import Center
from mcu.append_only import append_only
from mcu.models import User


class RegisterEvent(models.Model):
    """One line of a row's history, only ever added to: who wrote what, in which role, before and after."""

    class Kind(models.TextChoices):
        CREATED = "created", "Запись внесена"
        CHANGED = "changed", "Запись изменена"
        APPROVED = "approved", "Дорожная карта утверждена"
        VOIDED = "voided", "Запись аннулирована"

    center = models.ForeignKey(Center, models.PROTECT, related_name="+", db_index=False)
    register = models.CharField(max_length=20)  # code of reports.registers
    row = models.BigIntegerField()  # of the register's own table
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20, blank=True)
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    file_name = models.CharField(max_length=200, blank=True)  # of the file it was brought by
    changes = models.JSONField(default=list)  # [{field, before, after}] in words as they were shown
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["register", "row", "-id"], name="register_event_of_row")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.register} {self.row} {self.kind}"


class RegisterImport(models.Model):
    """A file brought to a register: read, shown as a preview, then put in once or never."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="+", db_index=False)
    register = models.CharField(max_length=20)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    name = models.CharField(max_length=200)
    table = models.JSONField(default=dict)  # {"headers": […], "rows": [[line, [cell, …]], …]}: cells as text
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "register", "-at"], name="register_import_at")]

    def __str__(self) -> str:
        return f"{self.register} {self.name}"
