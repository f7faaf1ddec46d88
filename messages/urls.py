"""Pages of a Center's cases, under ``/<center>/``."""

from __future__ import annotations

from django.urls import path

from messages.views import case, lists

app_name = "messages"

urlpatterns = [
    path("messages/", lists.register_page, name="list"),
    path("approval/", lists.approval, name="approval"),
    path("messages/<str:number>/", case.case, name="case"),
    path("messages/<str:number>/draft/", case.draft, name="draft"),
    path("messages/<str:number>/classify/", case.classify, name="classify"),
    path("messages/<str:number>/contacts/", case.contacts, name="contacts"),
    path("messages/<str:number>/<slug:name>/", case.step, name="step"),
]
