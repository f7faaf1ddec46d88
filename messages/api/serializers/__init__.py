"""What goes in and out of the REST interface."""

from __future__ import annotations

from messages.api.serializers.incoming import ApplicantIn, FileIn, MessageIn, MessagePatch, SatisfactionIn
from messages.api.serializers.outgoing import (
    AnswerOut,
    AttachmentOut,
    AttachmentsOut,
    DeadlineOut,
    FieldError,
    LinksOut,
    MessageOut,
    MessagesOut,
    Problem,
    SatisfactionOut,
    SettlementsOut,
    SourcesOut,
    TakenOut,
    TopicsOut,
)
from messages.api.serializers.queries import ChangesQuery, ListQuery, StrictQuery
from messages.api.serializers.shapes import attachment, case, satisfaction, settlement, source, taken, topic

__all__ = [
    "AnswerOut",
    "ApplicantIn",
    "AttachmentOut",
    "AttachmentsOut",
    "ChangesQuery",
    "DeadlineOut",
    "FieldError",
    "FileIn",
    "LinksOut",
    "ListQuery",
    "MessageIn",
    "MessageOut",
    "MessagePatch",
    "MessagesOut",
    "Problem",
    "SatisfactionIn",
    "SatisfactionOut",
    "SettlementsOut",
    "SourcesOut",
    "StrictQuery",
    "TakenOut",
    "TopicsOut",
    "attachment",
    "case",
    "satisfaction",
    "settlement",
    "source",
    "taken",
    "topic",
]
