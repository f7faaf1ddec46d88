"""Pages of a Center's cases, under ``/<center>/``."""

from __future__ import annotations

from django.urls import path

from blocks.selectors.frame import count_in_rail
from messages.selectors.desk import for_approval
from messages.selectors.sorting import to_sort
from messages.views import case, lists, sorting

app_name = "messages"

# What waits in the sections of the rail, which stands below and may not ask by itself.
count_in_rail("messages:sorting", to_sort)
count_in_rail("messages:approval", for_approval)

urlpatterns = [
    path("messages/", lists.register_page, name="list"),
    path("sorting/", sorting.desk, name="sorting"),
    path("sorting/<str:number>/", sorting.desk, name="sorting"),
    path("sorting/<str:number>/<slug:step>/", sorting.decide, name="sort"),
    path("approval/", lists.approval, name="approval"),
    path("messages/<str:number>/", case.case, name="case"),
    path("messages/<str:number>/draft/", case.draft, name="draft"),
    path("messages/<str:number>/classify/", case.classify, name="classify"),
    path("messages/<str:number>/contacts/", case.contacts, name="contacts"),
    path("messages/<str:number>/<slug:name>/", case.step, name="step"),
]
