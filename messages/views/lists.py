"""«Сообщения», «Согласование»."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.roles import Role
from mcu.clock import utc_now
from messages.masking import mask_for
from messages.selectors.case import Lists, last_remarks, latest_replies
from messages.selectors.desk import for_approval
from messages.selectors.keyset import NEAREST_TERM, Page, page
from messages.selectors.register import COUNT_CAP, Filters, filter_line, register
from messages.selectors.rows import for_rows, rows_of
from messages.views.actions import actions_for

APPROVALS = 10


@vary_on_headers("HX-Request")  # else the browser's «back» shows a fragment from its cache
@center_page(*MEMBERS)
@require_GET
def register_page(request: CenterRequest) -> HttpResponse:
    """The register; every filter stands in the address. A htmx request gets only the list."""
    now = utc_now()
    filters = Filters.read(request.GET)
    rows = register(actor=request.actor, center=request.center, filters=filters, now=now)
    found = page(for_rows(rows), filters.order, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    count = rows.order_by()[: COUNT_CAP + 1].count()
    context = {
        "filters": filter_line(actor=request.actor, center=request.center, filters=filters),
        "q": filters.q,
        "total": _total(count, is_open=filters.is_open),
        "reset_url": reverse("messages:list", args=[request.center.slug]) if filters.any else "",
        "rows": rows_of(found.items, actor=request.actor, center_slug=request.center.slug, now=now),
        **_pager(request, found),
    }
    template = "messages/_list.html" if getattr(request, "htmx", False) else "messages/list.html"
    return render(request, template, context)


@center_page(Role.BLOCK_CURATOR, Role.HEAD)
@require_GET
def approval(request: CenterRequest) -> HttpResponse:
    """Drafts that wait for this person's agreement or approval, the letter beside each."""
    now = utc_now()
    waiting = for_approval(request.actor)
    found = page(
        waiting.with_names(),
        NEAREST_TERM,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=APPROVALS,
    )
    replies, remarks = latest_replies(found.items), last_remarks(found.items)
    rows = rows_of(found.items, actor=request.actor, center_slug=request.center.slug, now=now)
    items = []
    for message, row in zip(found.items, rows, strict=True):
        message.center = request.center
        latest = replies.get(message.pk)
        items.append(
            {
                "row": row,
                "letter": mask_for(request.actor, message, message.text),
                "reply": latest,
                "reply_person": latest.author.short_name if latest and latest.author else "",
                "remark": remarks.get(message.pk, ""),
                "actions": actions_for(
                    actor=request.actor,
                    message=message,
                    lists=Lists(),
                    latest=latest,
                    prefix_id=f"{message.pk}_",
                    only=("agree", "approve", "return"),
                    then="?then=approval",
                ),
            }
        )
    context = {"items": items, "total": waiting.order_by().count(), **_pager(request, found)}
    return render(request, "messages/approval.html", context)


def _pager(request: CenterRequest, found: Page) -> dict[str, str]:
    query = {key: value for key, value in request.GET.items() if key not in ("after", "before")}
    return {
        "newer_url": "?" + urlencode({**query, "before": found.newer}) if found.newer else "",
        "older_url": "?" + urlencode({**query, "after": found.older}) if found.older else "",
    }


def _total(count: int, *, is_open: bool) -> str:
    """How many are found; counting stops at a thousand, so that the answer costs the same in a big register."""
    words = f"больше {COUNT_CAP}" if count > COUNT_CAP else str(count)
    return f"{words} в работе" if is_open else f"всего {words}"
