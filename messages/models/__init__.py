"""The case: a citizen's message, its applicant, draft versions, history and terms. Only services write here."""

from messages.models.answer import AnswerTemplate, InterimReply, Reply, WorkingCopy
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
    Tag,
)
from messages.models.deadline import Deadline, DeadlineStep
from messages.models.history import ContactAccess, EventNote, MessageEvent
from messages.models.letter import Letter
from messages.models.lists import BulkRun, Export, SavedFilter
from messages.models.together import Attachment, Comment, Part, Satisfaction

__all__ = [
    "NO_TERM",
    "NUMBER_FORMAT",
    "YO",
    "AnswerTemplate",
    "Applicant",
    "Attachment",
    "BulkRun",
    "Comment",
    "Completeness",
    "ContactAccess",
    "Deadline",
    "DeadlineStep",
    "EventNote",
    "Export",
    "InterimReply",
    "Letter",
    "Message",
    "MessageEvent",
    "MessageManager",
    "MessageQuerySet",
    "NumberSequence",
    "Part",
    "Regime",
    "Reply",
    "Satisfaction",
    "SavedFilter",
    "Tag",
    "WorkingCopy",
]
