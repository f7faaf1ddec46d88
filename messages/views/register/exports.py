"""Exports: asked for, watched while they are made, taken away by whoever asked."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from django.contrib import messages as flash
from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.workbooks import XLSX
from messages import policies
from messages.models import Export
from messages.selectors.register import COUNT_CAP, Filters, register, words_of
from messages.selectors.register.columns import COLUMNS, read_columns
from messages.services import exports as service

SHOWN: Final = 20
_Format = Export.Format
_FILES: Final = {
    _Format.MCU: ("Реестр", "xlsx", XLSX),
    _Format.IM: ("Инцидент Менеджмент", "xlsx", XLSX),
    _Format.POS: ("ПОС", "xlsx", XLSX),
    _Format.SSTU: ("ССТУ.РФ", "zip", "application/zip"),
}


@center_page(*MEMBERS)
def exports(request: CenterRequest) -> HttpResponse:
    """GET: what would be exported and the person's exports of the last time. POST: ask for one."""
    if request.method == "POST":
        return _ask(request)
    filters = Filters.read(request.GET)
    rows = register(actor=request.actor, center=request.center, filters=filters, now=utc_now())
    count = rows.order_by()[: COUNT_CAP + 1].count()
    query = urlencode(filters.set())
    url = reverse("messages:list", args=[request.center.slug])
    context = {
        "words": words_of(filters, request.center),
        "count": f"больше {COUNT_CAP}" if count > COUNT_CAP else str(count),
        "query": query,
        "column_codes": ",".join(read_columns(request.GET)),
        "may_contacts": bool(policies.may_export_contacts(request.actor)),
        "exports": Export.objects.filter(Q(user=request.actor.user_id), center=request.center).order_by("-asked_at")[:SHOWN],
        "back_url": f"{url}?{query}" if query else url,
    }
    return render(request, "messages/register/exports.html", context)


@center_page(*MEMBERS)
@require_GET
def export(request: CenterRequest, export: int) -> HttpResponse:
    """How far the file is; asked for again and again by the page until it is there."""
    found = get_object_or_404(Export, pk=export, center=request.center, user_id=request.actor.user_id)
    is_part = bool(getattr(request, "htmx", False))
    if is_part:
        service.watched(export_id=found.pk)
    url = reverse("messages:list", args=[request.center.slug])
    context = {
        "export": found,
        "going": found.state in (Export.State.WAITING, Export.State.WORKING),
        "ready": found.state == Export.State.DONE and bool(found.file),
        "ahead": _ahead(found),
        "back_url": f"{url}?{found.query}" if found.query else url,
    }
    return render(request, f"messages/register/{'_export' if is_part else 'export'}.html", context)


@center_page(*MEMBERS)
@require_GET
def export_file(request: CenterRequest, export: int) -> FileResponse:
    """The file, for its owner alone, while the roles its rows were seen by are still held."""
    found = service.file_of(export_id=export, center=request.center, actor=request.actor)
    made = (found.finished_at or found.asked_at).astimezone(request.center.tz)
    title, ending, content_type = _FILES[Export.Format(found.format)]
    name = f"{title} {request.center.prefix} {made:%Y-%m-%d %H-%M}.{ending}"
    return uploads.download(path=str(found.file.name), name=name, content_type=content_type)


def _ahead(export: Export) -> int:
    """How many others wait before it. One query while it waits."""
    if export.state != Export.State.WAITING:
        return 0
    going = (Export.State.WAITING, Export.State.WORKING)
    return Export.objects.filter(state__in=going, asked_at__lt=export.asked_at).count()


def _ask(request: CenterRequest) -> HttpResponse:
    query = request.POST.get("query", "").replace("\x00", "")
    everything = request.POST.get("which") == "all"
    ticked = [] if "all" in request.POST else request.POST.getlist("only")
    only = [int(pk) for pk in ticked if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    try:
        made = service.ask(
            center=request.center,
            actor=request.actor,
            query=urlencode(Filters.read(dict(parse_qsl(query))).set()),
            columns=tuple(COLUMNS) if everything else read_columns({"columns": request.POST.get("columns", "")}),
            only=only,
            with_contacts="with_contacts" in request.POST,
            format=request.POST.get("format", Export.Format.MCU),
            now=utc_now(),
        )
    except DomainError as error:
        flash.error(request, error.message)
        return redirect("messages:exports", request.center.slug)
    return redirect("messages:export", request.center.slug, made.pk)
