"""REST views: one call of a service each."""

from __future__ import annotations

from messages.api.views.attachments import AttachmentsView, AttachmentView
from messages.api.views.bulk import BulkView
from messages.api.views.feed import ChangesView
from messages.api.views.lists import SettlementsView, SourcesView, TopicsView
from messages.api.views.messages import MessagesView, MessageView
from messages.api.views.satisfaction import SatisfactionView

__all__ = [
    "AttachmentView",
    "AttachmentsView",
    "BulkView",
    "ChangesView",
    "MessageView",
    "MessagesView",
    "SatisfactionView",
    "SettlementsView",
    "SourcesView",
    "TopicsView",
]
