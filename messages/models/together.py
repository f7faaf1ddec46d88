"""What people of a Center do about a case together: comments, files, parts of an answer; and what the applicant says of it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from blocks.models import ApiClient, Block, Recipient
from blocks.roles import Role
from mcu.models import User
from messages.models.answer import Reply
from messages.models.case import Message


class Comment(models.Model):
    """A word among colleagues. It is never sent out and stands in no answer, letter or export of answers."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    text = models.TextField()
    mentions = ArrayField(models.BigIntegerField(), default=list, blank=True)  # ids of people called by name
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class Attachment(models.Model):
    """A file of a case. Its type is what its content is; it is served only to whoever may see the case."""

    class Kind(models.TextChoices):
        MESSAGE = "message", "к сообщению"
        ANSWER = "answer", "к ответу"
        INTERNAL = "internal", "служебное"

    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reply = models.ForeignKey(Reply, models.PROTECT, null=True, blank=True, related_name="attachments")  # once it went out
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=300)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            # What went out with an answer may go out with the next one, too.
            models.UniqueConstraint(
                fields=["message", "kind", "sha256"],
                condition=Q(removed_at__isnull=True, reply__isnull=True),
                name="attachment_once",
            ),
        ]
        ordering: ClassVar = ["uploaded_at", "id"]

    def __str__(self) -> str:
        return self.name


class Part(models.Model):
    """A question of the message that another block answers by an inner term (соисполнение); the holder writes the whole."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="parts")
    cycle = models.PositiveSmallIntegerField(default=0)
    block = models.ForeignKey(Block, models.PROTECT, related_name="parts")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="+")
    question = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    text = models.TextField(blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)  # no longer asked for
    late_at = models.DateTimeField(null=True, blank=True)  # the moment its term passed unmet was written down: never erased

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(given_at__isnull=True, text="") | (Q(given_at__isnull=False) & ~Q(text="")), name="part_given_whole"
            ),
            models.UniqueConstraint(
                fields=["message", "block", "cycle"],
                condition=Q(given_at__isnull=True, void_at__isnull=True),
                name="part_asked_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["block", "message"], condition=Q(void_at__isnull=True), name="part_of_block"),
            models.Index(
                fields=["due_at"],
                condition=Q(given_at__isnull=True, void_at__isnull=True, late_at__isnull=True),
                name="part_to_sweep",
            ),
        ]
        ordering: ClassVar = ["asked_at", "id"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.block_id}"


class Satisfaction(models.Model):
    """What the applicant says of the answer: 1 to 5 and perhaps words; once for each answer (R105, R127)."""

    class Via(models.TextChoices):
        LINK = "link", "по ссылке"
        API = "api", "из источника"
        STAFF = "staff", "со слов заявителя"

    message = models.ForeignKey(Message, models.PROTECT, related_name="satisfactions")
    cycle = models.PositiveSmallIntegerField(default=0)
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(blank=True)
    via = models.CharField(max_length=10, choices=Via.choices)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)  # a low one: reopened, or left as it is by a person

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "cycle"], name="satisfaction_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="satisfaction_score_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="satisfaction_at"),
            models.Index(fields=["score", "message"], include=["cycle"], name="satisfaction_score"),
            models.Index(fields=["score"], condition=Q(settled_at__isnull=True, score__lte=3), name="satisfaction_low"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.score}"
