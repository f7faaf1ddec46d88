"""Addresses of the REST interface of the case, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from messages.api.views import MessagesView, MessageView, SatisfactionView

urlpatterns = [
    path("messages/", MessagesView.as_view(), name="messages"),
    path("messages/<str:number>/", MessageView.as_view(), name="message"),
    path("messages/<str:number>/satisfaction/", SatisfactionView.as_view(), name="satisfaction"),
]
