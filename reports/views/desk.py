"""«Мой стол»: the work that waits for the person. It stands above the cases because figures of the reports are beside it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu.clock import utc_now
from messages.selectors.desk import desk as desk_of


@center_page(*MEMBERS)
@require_GET
def desk(request: CenterRequest) -> HttpResponse:
    """What waits for me by role, nearest term first."""
    found = desk_of(actor=request.actor, center=request.center, now=utc_now())
    context = {
        "desk": found,
        "sections": found.sections,
        "list_url": reverse("messages:list", args=[request.center.slug]),
    }
    return render(request, "messages/desk.html", context)
