"""Rules that hand cases over by themselves (автоправила, КОР 1.1.7, 1.2 ж), and what a Center's own cases have taught."""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from blocks.models import Block, Center, Recipient
from mcu.append_only import append_only
from mcu.models import User
from messages.models.case import Message
from messages.models.history import MessageEvent
from messages.models.numbering import Tag

LEAST_CONFIDENCE: Final = 50  # per cent: below it a suggestion is no more than a guess


class AutoRule(models.Model):
    """Conditions that must all hold, empty ones mean «any», and what is then done with the case. The first that fits acts.

    Without a block it only marks (fast-track, tag) and the next rules are asked too.
    """

    center = models.ForeignKey(Center, models.PROTECT, related_name="auto_rules")
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    # Conditions: ids of the Center's rows; of each list one must fit.
    sources = ArrayField(models.BigIntegerField(), default=list, blank=True)
    topics = ArrayField(models.BigIntegerField(), default=list, blank=True)
    settlements = ArrayField(models.BigIntegerField(), default=list, blank=True)
    words = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # one phrase must stand, in any form
    without_words = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # none of these may
    sender = models.CharField(max_length=200, blank=True)  # part of the applicant's name, address or the message's link
    # Above this confidence (per cent) of the suggestion its block and recipient are taken; the rule then names no block.
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(LEAST_CONFIDENCE), MaxValueValidator(100)]
    )
    # What is done.
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="+")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="+")
    responsible = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    fast_track = models.BooleanField(default=False)
    tag = models.ForeignKey(Tag, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    enabled_at = models.DateTimeField(null=True, blank=True)  # None: switched off
    closed_at = models.DateTimeField(null=True, blank=True)  # taken out of the list; its hand-overs still name it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["center", "name"], condition=Q(closed_at__isnull=True), name="auto_rule_name_once"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(block__isnull=True), name="auto_rule_one_way_to_a_block"
            ),
        ]
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class AutoRuleEvent(models.Model):
    """Who made, changed, switched or moved a rule, only ever added to."""

    rule = models.ForeignKey(AutoRule, models.PROTECT, related_name="history")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    changes = models.JSONField(default=list)  # [{field, before, after}] in words

    class Meta:
        indexes: ClassVar = [models.Index(fields=["rule", "-at"], name="auto_rule_event_at")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d.%m.%Y}"


class AutoMove(models.Model):
    """A hand-over that a rule made; ``missed_at`` once a person has sent the case elsewhere in the same cycle."""

    rule = models.ForeignKey(AutoRule, models.PROTECT, related_name="moves", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="auto_moves")
    event = models.OneToOneField(MessageEvent, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()  # of the rule
    at = models.DateTimeField()
    missed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["rule", "at"], include=["missed_at"], name="auto_move_of_rule")]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.message_id}"


class AutoWaiting(models.Model):
    """A case that has just come and waits for the rules, where its Center has any; gone once they were asked."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.message_id)


class Lesson(models.Model):
    """What was learned from a Center's own cases: weights without code, and how well they guessed on cases set apart."""

    center = models.ForeignKey(Center, models.PROTECT, related_name="lessons")
    learned_at = models.DateTimeField()
    texts = models.PositiveIntegerField()
    accuracy = models.JSONField(default=dict)  # {block: {top1, top3, usual}, …}, shares; usual: always the most frequent one
    in_use = models.BooleanField(default=False)  # better than always the most frequent choice
    weights = models.BinaryField(default=bytes)  # numpy arrays without pickles; emptied when a newer lesson is there

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "-learned_at"], name="lesson_of_center")]

    def __str__(self) -> str:
        return f"{self.center_id} {self.learned_at:%d.%m.%Y}"
