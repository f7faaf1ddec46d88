"""The answer: versions of its text, of which some went out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.roles import Role
from mcu.models import User
from messages.models.case import Completeness, Message


class Reply(models.Model):
    """One saved version of the answer; versions are only added, so a draft is never lost."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="replies")
    version = models.PositiveIntegerField()
    text = models.TextField()
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    author_role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    saved_at = models.DateTimeField()
    # Of the version that went out; a case answered, reopened and answered again has two such rows.
    completeness = models.PositiveSmallIntegerField(choices=Completeness.choices, null=True, blank=True)
    posted_at = models.DateTimeField("размещён", null=True, blank=True)  # as the publisher says
    recorded_at = models.DateTimeField("отправка отмечена", null=True, blank=True)
    url = models.URLField("ссылка на ответ", max_length=1000, blank=True)
    delivery = models.CharField("способ доставки", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "version"], name="reply_version_once"),
            models.CheckConstraint(
                condition=Q(posted_at__isnull=True, recorded_at__isnull=True)
                | (Q(posted_at__isnull=False, recorded_at__isnull=False) & (~Q(url="") | ~Q(delivery=""))),
                name="reply_sent_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["posted_at"], condition=Q(posted_at__isnull=False), name="reply_posted"),
        ]
        ordering: ClassVar = ["version"]

    def __str__(self) -> str:
        return f"{self.message_id} v{self.version}"
