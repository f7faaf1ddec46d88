"""Pages of a Center's cases, under ``/<center>/``."""

from __future__ import annotations

from django.urls import path

from blocks.selectors.frame import count_in_rail
from messages.selectors.desk import for_approval
from messages.selectors.sorting import to_sort
from messages.views import case, drafts, letters, lists, sorting

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
    path("messages/<str:number>/keep/", drafts.keep, name="keep"),
    path("messages/<str:number>/drop/", drafts.drop, name="drop"),
    path("messages/<str:number>/take/", drafts.take, name="take"),
    path("messages/<str:number>/here/", drafts.here, name="here"),
    path("messages/<str:number>/versions/", drafts.versions, name="versions"),
    path("messages/<str:number>/restore/", drafts.restore, name="restore"),
    path("messages/<str:number>/letter/", letters.draw_up, name="letter"),
    path("messages/<str:number>/letter/<int:letter>/delivery/", letters.deliver, name="letter_delivery"),
    path("messages/<str:number>/letter/<int:letter>/<slug:kind>/", letters.file, name="letter_file"),
    path("messages/<str:number>/<slug:name>/", case.step, name="step"),
]
