"""The answer: versions of its text, of which some went out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from blocks.models import Block, Center, Source, Topic
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


class WorkingCopy(models.Model):
    """What one person is typing and has not yet saved as a version: kept every few seconds, never sent out, never lost.

    Saving makes it a version of ``Reply`` and takes it away; so does whatever moves the case on without its writer.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="working_copies")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    base_version = models.PositiveIntegerField(default=0)  # the version it was begun upon; 0: none
    text = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "user"], name="working_copy_once")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.user_id}"


class InterimReply(models.Model):
    """An interim answer: what was told to the applicant meanwhile and the day by which the answer is promised."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="interims")
    cycle = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    promised_at = models.DateTimeField("ответ обещан")  # the end of the promised day, local time of the Center
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField("размещён")  # as the publisher says
    recorded_at = models.DateTimeField("отправка отмечена")
    url = models.URLField("ссылка на ответ", max_length=1000, blank=True)
    delivery = models.CharField("способ доставки", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(url="") | ~Q(delivery=""), name="interim_sent_whole"),
        ]
        ordering: ClassVar = ["posted_at", "id"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.promised_at:%d.%m.%Y}"


class AnswerTemplate(models.Model):
    """A text to begin an answer with, with fields in braces; empty bounds mean «any»."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="answer_templates")
    name = models.CharField(max_length=200)
    text = models.TextField()
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["center", "name"], condition=Q(closed_at__isnull=True), name="answer_template_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """A question to the applicant by the publisher: holds the clock of rules that say so until answered, or ``until``."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="questions")
    cycle = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    asked_at = models.DateTimeField()  # when it was really posted
    until = models.DateTimeField()  # the clock goes on from here though nothing was heard
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    url = models.CharField(max_length=2000, blank=True)
    delivery = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answer_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=models.F("asked_at")), name="question_holds_forward"),
            models.UniqueConstraint(
                fields=["message", "cycle"], condition=Q(answered_at__isnull=True), name="question_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%d.%m.%Y}"

    @property
    def holds_until(self) -> datetime:
        """When the clock went on, or will at the latest."""
        return min(self.answered_at, self.until) if self.answered_at else self.until
