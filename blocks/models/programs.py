"""Programs that push messages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from blocks.models.center import Center
from blocks.models.charter import Source


class ApiClient(models.Model):
    """A program that pushes messages: one Center, the sources it is bound to, a key shown once and stored hashed."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=120)
    sources = models.ManyToManyField(Source, related_name="api_clients")
    key_prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["center", "name"], name="api_client_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_authenticated(self) -> bool:
        """What REST framework asks of whoever a key stands for."""
        return self.blocked_at is None
