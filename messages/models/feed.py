"""The changes that clients follow: a feed whose order is given when a change is committed, so that none is ever skipped."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.models import ApiClient, Source
from messages.models.case import Message
from messages.models.history import MessageEvent


class Change(models.Model):
    """A line of a case's history that clients are told of. Written with it; its place is given afterwards, by one writer.

    A row that is committed late is numbered late: whoever has read up to a position never misses one before it. Changes of
    one case keep their order, as each is written under the lock of the case and ids grow.
    """

    message = models.ForeignKey(Message, models.PROTECT, related_name="+", db_index=False)
    event = models.OneToOneField(MessageEvent, models.CASCADE, related_name="change")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", db_index=False)
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True, related_name="+", db_index=False)
    position = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position"], condition=Q(position__isnull=False), name="change_position_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="change_to_number"),
            models.Index(fields=["source", "position"], condition=Q(position__isnull=False), name="change_of_source"),
            models.Index(
                fields=["client", "position"],
                condition=Q(position__isnull=False, client__isnull=False),
                name="change_of_client",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.message_id}"
