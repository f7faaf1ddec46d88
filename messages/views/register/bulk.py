"""One step for many cases: chosen in the list, asked for in the bar below it, made in small parts with progress."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu.clock import utc_now
from mcu.errors import DomainError
from messages import policies
from messages.models import BulkRun
from messages.selectors.register import Filters, register
from messages.services import bulk
from messages.views.register.saved import back
from messages.views.register.steps import FORMS

EXPORT = "export"


@center_page(*MEMBERS)
@require_POST
def selected(request: CenterRequest) -> HttpResponse:
    """The chosen cases and what to do with them: first its fields, then, when they are given, the step itself."""
    do = request.POST.get("do") or request.POST.get("doing", "")
    if do == EXPORT:
        return _export(request)
    if do not in FORMS:
        raise Http404
    asked = "go" in request.POST and "do" not in request.POST
    form = FORMS[do](request.POST if asked else None, center=request.center)
    if not asked or not form.is_valid():
        return _ask(request, do, form, status=400 if asked else 200)
    now = utc_now()
    try:
        run = bulk.ask(
            center=request.center,
            actor=request.actor,
            do=do,
            ids=_ids(request),
            values=form.values(),
            query=_query(request),
            now=now,
        )
        run = bulk.advance(run_id=run.pk, actor=request.actor, now=now)
    except DomainError as error:
        flash.error(request, error.message)
        return back(request)
    if run.finished_at and not run.failed:
        flash.success(request, f"{run.get_do_display()}: готово, сообщений — {run.done}.")
        return back(request)
    return redirect("messages:bulk-run", request.center.slug, run.pk)


@center_page(*MEMBERS)
def bulk_run(request: CenterRequest, run: int) -> HttpResponse:
    """How far the run is and, when it is over, what was done and what was not. POST makes its next part."""
    found = get_object_or_404(BulkRun, pk=run, center=request.center, user_id=request.actor.user_id)
    if request.method == "POST":
        found = bulk.advance(run_id=found.pk, actor=request.actor, now=utc_now())
    total, taken = len(found.ids), found.done + len(found.failed)
    url = reverse("messages:list", args=[request.center.slug])
    context = {
        "run": found,
        "total": total,
        "taken": taken,
        "share": taken / total,
        "failed": [(number, reason, f"{url}{number}/") for number, reason in found.failed],
        "back_url": _list_url(request, found.query),
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/register/{'_run' if is_part else 'run'}.html", context)


def _ask(request: CenterRequest, do: str, form: Any, *, status: int) -> HttpResponse:
    """The fields of the step: a part of the bar, or a page of its own that carries the choice along."""
    ids = _ids(request)
    is_part = bool(getattr(request, "htmx", False))
    context = {
        "form": form,
        "doing": do,
        "title": BulkRun.Do(do).label,
        "count": len(ids),
        "ids": [] if "all" in request.POST else ids,
        "everything": "all" in request.POST,
        "query": _query(request),
        "back_url": _list_url(request, _query(request)),
    }
    return render(request, f"messages/register/{'_step' if is_part else 'step'}.html", context, status=status)


def _export(request: CenterRequest) -> HttpResponse:
    """What the file is to hold; everything found is asked for by its query, not by a thousand ids."""
    everything = "all" in request.POST
    context = {
        "ids": [] if everything else _ids(request),
        "everything": everything,
        "query": _query(request),
        "back_url": _list_url(request, _query(request)),
        "column_codes": request.POST.get("columns", "")[:400],
        "may_contacts": bool(policies.may_export_contacts(request.actor)),
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/register/{'_step_export' if is_part else 'step_export'}.html", context)


def _list_url(request: CenterRequest, query: str) -> str:
    url = reverse("messages:list", args=[request.center.slug])
    return f"{url}?{query}" if query else url


def _ids(request: CenterRequest) -> list[int]:
    """The ticked cases, or all that the filters find; one more than is done at once, so that it is refused in words."""
    if "all" in request.POST:
        filters = Filters.read(dict(parse_qsl(_query(request))))
        rows = register(actor=request.actor, center=request.center, filters=filters, now=utc_now())
        return list(rows.order_by(*filters.order.by()).values_list("pk", flat=True)[: bulk.MOST + 1])
    ticked = request.POST.getlist("only")[: bulk.MOST + 1]
    return [int(pk) for pk in ticked if pk.isascii() and pk.isdecimal() and len(pk) < 19]


def _query(request: CenterRequest) -> str:
    return request.POST.get("query", "")[:2000].replace("\x00", "")
