"""Addresses of the REST interface of the case, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from mcu.uploads import takes_files
from messages.api.views import (
    AttachmentsView,
    AttachmentView,
    BulkView,
    ChangesView,
    MessagesView,
    MessageView,
    SatisfactionView,
    SettlementsView,
    SourcesView,
    TopicsView,
)

urlpatterns = [
    path("messages/", MessagesView.as_view(), name="messages"),
    path("messages/bulk/", BulkView.as_view(), name="messages-bulk"),
    path("messages/<str:number>/", MessageView.as_view(), name="message"),
    path("messages/<str:number>/attachments/", takes_files(AttachmentsView.as_view()), name="attachments"),
    path("messages/<str:number>/attachments/<int:file_id>/", AttachmentView.as_view(), name="attachment"),
    path("messages/<str:number>/satisfaction/", SatisfactionView.as_view(), name="satisfaction"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("topics/", TopicsView.as_view(), name="topics"),
    path("settlements/", SettlementsView.as_view(), name="settlements"),
    path("sources/", SourcesView.as_view(), name="sources"),
]
