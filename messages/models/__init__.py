"""The case: a citizen's message, its applicant, draft versions, history and terms. Only services write here."""

from messages.models.answer import Reply
from messages.models.case import (
    NO_TERM,
    NUMBER_FORMAT,
    YO,
    Applicant,
    Completeness,
    Message,
    MessageManager,
    MessageQuerySet,
    NumberSequence,
    Regime,
)
from messages.models.deadline import Deadline, DeadlineStep
from messages.models.history import ContactAccess, EventNote, MessageEvent

__all__ = [
    "NO_TERM",
    "NUMBER_FORMAT",
    "YO",
    "Applicant",
    "Completeness",
    "ContactAccess",
    "Deadline",
    "DeadlineStep",
    "EventNote",
    "Message",
    "MessageEvent",
    "MessageManager",
    "MessageQuerySet",
    "NumberSequence",
    "Regime",
    "Reply",
]
