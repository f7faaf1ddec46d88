"""What happened to a case, only ever added to; personal words and showings of contacts stand apart."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from blocks.actors import ActorKind
from blocks.models import ApiClient
from mcu.append_only import append_only
from mcu.models import User
from messages.models.case import Message

# A hand-over by an auto-rule that says to whom: a recipient or a responsible person. Its keys are above 0.
NAMES_EXECUTOR: Final = Q(data__recipient__gt=0) | Q(data__responsible__gt=0)
DELIVERED: Final = NAMES_EXECUTOR & Q(code="assign", actor_kind=ActorKind.RULE.value)


class MessageEvent(models.Model):
    """One line of a case's history, only ever added to: codes and references; personal words stand in ``EventNote``."""

    # Clients and people are never deleted and no page asks for a history by them: no index that every line would pay for.
    message = models.ForeignKey(Message, models.PROTECT, related_name="events", db_index=False)  # event_of_message
    at = models.DateTimeField()
    code = models.CharField(max_length=30)  # a transition, or created, registered, draft, fields, term, contacts …
    actor_kind = models.CharField(max_length=10)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20, blank=True)
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["message", "at", "id"], name="event_of_message"),
            models.Index(fields=["code", "at"], name="event_code_at"),
            # Hand-overs of a year, and those by a rule that named the executor (КПЭ 2), told by the indexes alone.
            models.Index(
                fields=["at"], include=["message", "id", "actor_kind"], condition=Q(code="assign"), name="event_assigned"
            ),
            models.Index(fields=["at"], include=["message", "id"], condition=DELIVERED, name="event_delivered"),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.code} {self.at:%d.%m.%Y %H:%M}"


class EventNote(models.Model):
    """The words said with an event (a reason, a remark): may name people, so it can be depersonalised."""

    event = models.OneToOneField(MessageEvent, models.PROTECT, primary_key=True, related_name="note")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:80]


class ContactAccess(models.Model):
    """Every showing of an applicant's contacts: who, when, in which role."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="contact_accesses")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%d.%m.%Y %H:%M}"
