"""Tags of one case, beside its facts; words of the Center are offered as one types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu.clock import utc_now
from mcu.errors import Invalid
from messages import policies
from messages.selectors.case import find
from messages.services import tags
from messages.views.sheet.base import Part, Sheet


@center_page(*MEMBERS)
@require_GET
def suggest(request: CenterRequest) -> HttpResponse:
    """Options for a field's list: words of the Center that hold what has been typed."""
    begun = request.GET.get("name", "").replace("\x00", "")
    return render(request, "messages/register/_tag_words.html", {"names": tags.suggest(center=request.center, begun=begun)})


@center_page(*MEMBERS)
@require_POST
def change(request: CenterRequest, number: str) -> HttpResponse:
    """Put a tag on the case, or take one off."""
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    removed = request.POST.get("remove", "")
    change = tags.remove if removed else tags.add
    error = ""
    try:
        change(message_id=message.pk, actor=request.actor, name=removed or request.POST.get("name", ""), now=utc_now())
    except Invalid as refused:
        error = refused.message
    if getattr(request, "htmx", False):
        names = list(message.tags.values_list("name", flat=True))
        context = {"case": message, "tags": names, "tags_error": error, "may_tag": True}
        return render(request, "messages/register/_case_tags.html", context)
    if error:
        flash.error(request, error)
    return redirect("messages:case", request.center.slug, number)


def show(sheet: Sheet) -> dict[str, Any]:
    """The part's variables; the tags themselves were read with all that stands beside the letter."""
    return {
        "tags": [tag.name for tag in sheet.page.extras.tags],
        "may_tag": bool(policies.may_tag(sheet.actor, sheet.case)),
    }


PART = Part("messages/register/_case_tags.html", show, styles=("css/letters.css",))
