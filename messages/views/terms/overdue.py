"""The register of what is overdue, and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS


@center_page(*MEMBERS)
@require_GET
def overdue(request: CenterRequest) -> HttpResponse:
    """What is overdue now."""
    return render(request, "messages/terms/overdue.html", {})
