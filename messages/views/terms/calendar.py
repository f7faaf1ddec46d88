"""The calendar of terms: a month or a week, and the day."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS


@center_page(*MEMBERS)
@require_GET
def calendar(request: CenterRequest) -> HttpResponse:
    """What ends on which day."""
    return render(request, "messages/terms/calendar.html", {})
