"""Terms of a case and the steps made about them."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from blocks.models import Center, DeadlineRule
from mcu.models import User
from messages.models.case import Message
from messages.terms import Kind

# The terms that «в срок» is judged by: internal ones never count, nor what fell away before its end.
ASKED_FOR: Final = Q(internal=False, void_at__isnull=True)
# Broken before it fell away with a redirection or dismissal: the citizen had waited longer than allowed all the same.
# A term to pass the case on falls away because the case is ours, whenever that was seen.
BROKEN: Final = Q(internal=False, void_at__gt=F("due_at"), met_at__isnull=True) & ~Q(kind=Kind.REDIRECT.value)
JUDGED: Final = ASKED_FOR | BROKEN
NOT_MET: Final = ASKED_FOR & (Q(met_at__isnull=True) | Q(met_at__gt=F("due_at"))) | BROKEN


class Deadline(models.Model):
    """A term of a case in one cycle. «Overdue» is never stored: it follows from due_at, met_at and the moment."""

    # The indexes below begin with these two; one more of each would only slow the sweep down.
    message = models.ForeignKey(Message, models.CASCADE, related_name="deadlines", db_index=False)
    center = models.ForeignKey(Center, models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(DeadlineRule, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    cycle = models.PositiveSmallIntegerField(default=0)
    internal = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)  # no longer asked for (redirected, handed over …)
    breached_at = models.DateTimeField(null=True, blank=True)  # the moment due_at passed unmet: never erased
    next_step_at = models.DateTimeField(null=True, blank=True)  # of the next warning, breach or escalation
    threat_at = models.DateTimeField()  # the last warning: from here on it is «под угрозой»
    paused_until = models.DateTimeField(null=True, blank=True)  # a question to the applicant holds the clock till then at most
    chance = models.PositiveSmallIntegerField(null=True, blank=True)  # forecast: per cent to be late; None: no word

    class Meta:
        constraints: ClassVar = [
            # A term whose start was taken back (a return by the head) is void and a new row begins with the new start.
            models.UniqueConstraint(fields=["message", "kind", "cycle", "started_at"], name="deadline_once"),
            models.UniqueConstraint(
                fields=["message", "kind", "cycle"], condition=Q(void_at__isnull=True), name="deadline_one_in_force"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_step_at", "id"],
                condition=Q(met_at__isnull=True, void_at__isnull=True, next_step_at__isnull=False),
                name="deadline_to_sweep",
            ),
            models.Index(fields=["center", "breached_at"], name="deadline_breached"),
            # What is overdue and what is under threat now: only terms still asked for, so it stays small.
            models.Index(
                fields=["center", "due_at"],
                include=["message", "threat_at", "chance"],
                condition=Q(met_at__isnull=True, void_at__isnull=True, internal=False),
                name="deadline_running",
            ),
            # What ended on a day and is done with: the past days of the calendar of terms, the breaches of a period.
            models.Index(
                fields=["center", "due_at"],
                include=["message", "met_at", "void_at"],
                condition=Q(Q(met_at__isnull=False) | Q(void_at__isnull=False), internal=False),
                name="deadline_ended",
            ),
            models.Index(
                fields=["message"], include=["rule"], condition=Q(breached_at__isnull=False), name="deadline_breach_of_case"
            ),
            # Kept and late answers of a long period: the conditions are those of reports.answers, word for word.
            models.Index(fields=["message"], condition=JUDGED, name="deadline_judged"),
            models.Index(fields=["message"], condition=NOT_MET, name="deadline_not_met"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%d.%m.%Y %H:%M}"

    @property
    def title(self) -> str:
        """The term's name by the charter."""
        return self.rule.name


class DeadlineStep(models.Model):
    """A warning, breach or escalation that was made: exactly once, however many workers sweep."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="steps", db_index=False)  # its constraint has one
    step = models.CharField(max_length=30)
    planned_at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["deadline", "step"], name="deadline_step_once")]

    def __str__(self) -> str:
        return f"{self.step} {self.made_at:%d.%m.%Y %H:%M}"


class Lateness(models.Model):
    """Why a term was broken, in the words of those who answer for it (R69): a cause of the charter's list and a remark."""

    deadline = models.OneToOneField(Deadline, models.CASCADE, related_name="lateness")
    cause = models.CharField(max_length=50)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cause
