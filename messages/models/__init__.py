"""The case: a citizen's message, its applicant, draft versions, history and terms. Only services write here."""

from messages.models.answer import AnswerTemplate, InterimReply, Question, Reply, WorkingCopy
from messages.models.applicant import Applicant
from messages.models.automatic import LEAST_CONFIDENCE, AutoMove, AutoRule, AutoRuleEvent, AutoWaiting, Lesson
from messages.models.case import CAME_BY, NO_TERM, YO, Completeness, Control, Message, MessageManager, MessageQuerySet, Regime
from messages.models.deadline import Deadline, DeadlineStep, Lateness
from messages.models.feed import Change
from messages.models.forecast import ForecastCheck, Pace, ThreatSpan
from messages.models.history import ContactAccess, EventNote, MessageEvent
from messages.models.imports import ImportedCopy, ImportRow, MessageImport
from messages.models.letter import Letter
from messages.models.lists import BulkRun, Export, SavedFilter
from messages.models.mailbox import IncomingLetter, Mailbox
from messages.models.numbering import NUMBER_FORMAT, NumberSequence, Tag
from messages.models.rules import RuleChange
from messages.models.together import Attachment, Comment, Part, Satisfaction

__all__ = [
    "CAME_BY",
    "LEAST_CONFIDENCE",
    "NO_TERM",
    "NUMBER_FORMAT",
    "YO",
    "AnswerTemplate",
    "Applicant",
    "Attachment",
    "AutoMove",
    "AutoRule",
    "AutoRuleEvent",
    "AutoWaiting",
    "BulkRun",
    "Change",
    "Comment",
    "Completeness",
    "ContactAccess",
    "Control",
    "Deadline",
    "DeadlineStep",
    "EventNote",
    "Export",
    "ForecastCheck",
    "ImportRow",
    "ImportedCopy",
    "IncomingLetter",
    "InterimReply",
    "Lateness",
    "Lesson",
    "Letter",
    "Mailbox",
    "Message",
    "MessageEvent",
    "MessageImport",
    "MessageManager",
    "MessageQuerySet",
    "NumberSequence",
    "Pace",
    "Part",
    "Question",
    "Regime",
    "Reply",
    "RuleChange",
    "Satisfaction",
    "SavedFilter",
    "Tag",
    "ThreatSpan",
    "WorkingCopy",
]
