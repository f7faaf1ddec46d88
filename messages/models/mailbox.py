"""Mailboxes that are read, and what became of each letter."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.models import Center, Source
from mcu.models import User
from messages.models.case import Message


class Mailbox(models.Model):
    """A mailbox (IMAP) whose letters become messages of a source."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="mailboxes")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=993)
    user_name = models.CharField(max_length=200)
    password = models.TextField()  # sealed with the installation's secret
    folder = models.CharField(max_length=200, default="INBOX")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)  # letters up to it were taken in
    trying_uid = models.BigIntegerField(default=0)  # the letter being read, noted before it is
    tries = models.PositiveSmallIntegerField(default=0)  # how often it was begun; 0 once it is done with
    checked_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)  # one worker reads it
    failing_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["host", "user_name", "folder"], condition=Q(closed_at__isnull=True), name="mailbox_once"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class IncomingLetter(models.Model):
    """A letter that was read: once by its Message-ID, and what became of it."""

    class Kind(models.TextChoices):
        CASE = "case", "новое сообщение"
        THREAD = "thread", "к делу"
        AUTOREPLY = "autoreply", "автоответ"
        BOUNCE = "bounce", "отказ доставки"
        REFUSED = "refused", "не принято"

    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="letters", db_index=False)
    header_id = models.CharField(max_length=500)  # Message-ID of the letter; made of its content where it has none
    kind = models.CharField(max_length=10, choices=Kind.choices)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="incoming_letters")
    sent_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    text = models.TextField(blank=True)  # of a letter to a case that was there already
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "header_id"], name="incoming_letter_once")]
        indexes: ClassVar = [models.Index(fields=["mailbox", "-taken_at"], name="incoming_letter_at")]
        ordering: ClassVar = ["sent_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.sent_at:%d.%m.%Y %H:%M}"
