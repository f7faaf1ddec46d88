"""Kept filters and the person's own columns: small posts that come back to the register as it stood."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from messages import policies
from messages.selectors.register.columns import read_columns
from messages.selectors.register.saved import counted, kept
from messages.services import saved_filters

_SHARE: Final = {"share": True, "unshare": False}
_QUERY: Final = 2500  # letters of an address that are looked at


@center_page(*MEMBERS)
def filters(request: CenterRequest) -> HttpResponse:
    """GET: all kept filters, to be named, shared and removed. POST: keep the register's present one."""
    if request.method == "POST":
        return _save(request)
    context = {
        "kept": kept(request.actor, request.center),
        "may_share": bool(policies.may_share_filters(request.actor)),
    }
    return render(request, "messages/register/filters.html", context)


@center_page(*MEMBERS)
@require_GET
def filter_counts(request: CenterRequest) -> HttpResponse:
    """The menu of kept filters with how many each finds; asked for when it is opened."""
    own = counted(kept(request.actor, request.center), actor=request.actor, center=request.center, now=utc_now())
    context = {"kept": own, "is_counted": True, "present": request.GET.urlencode(safe=",")}
    return render(request, "messages/register/_saved.html", context)


@center_page(*MEMBERS)
@require_POST
def change_filter(request: CenterRequest, saved: int, do: str) -> HttpResponse:
    """Rename, share, remove a kept filter, or open the register with it."""
    own: dict[str, Any] = {"center": request.center, "actor": request.actor}
    try:
        if do == "rename":
            saved_filters.rename(saved_id=saved, name=request.POST.get("name", ""), **own)
            flash.success(request, "Отбор переименован.")
        elif do in _SHARE:
            saved_filters.share(saved_id=saved, shared=_SHARE[do], **own)
            flash.success(request, "Отбор теперь виден всему Центру." if _SHARE[do] else "Отбор теперь только ваш.")
        elif do == "delete":
            name = saved_filters.delete(saved_id=saved, **own)
            flash.success(request, f"Отбор «{name}» удалён.")
        elif do == "first":
            saved_filters.open_first(saved_id=saved, now=utc_now(), **own)
            flash.success(request, "Раздел «Сообщения» теперь открывается этим отбором.")
        elif do == "usual":
            saved_filters.open_first(saved_id=None, now=utc_now(), **own)
            flash.success(request, "Раздел «Сообщения» теперь открывается как обычно.")
        else:
            raise Http404
    except Invalid as error:
        flash.error(request, error.message)
    return redirect("messages:filters", request.center.slug)


@center_page(*MEMBERS)
@require_POST
def columns(request: CenterRequest) -> HttpResponse:
    """Keep which columns the person wants; «как обычно» forgets them."""
    codes = () if "usual" in request.POST else tuple(request.POST.getlist("column"))
    saved_filters.set_columns(center=request.center, actor=request.actor, columns=codes, now=utc_now())
    return back(request, without_columns=True)


def back(request: CenterRequest, *, without_columns: bool = False) -> HttpResponseRedirect:
    """The register as it stood: its query comes along with the form."""
    query = request.POST.get("query", "")[:_QUERY]
    if without_columns:
        query = "&".join(part for part in query.split("&") if not part.startswith("columns="))
    url = reverse("messages:list", args=[request.center.slug])
    return HttpResponseRedirect(f"{url}?{query}" if query else url)


def _save(request: CenterRequest) -> HttpResponse:
    codes = request.POST.get("columns", "")
    try:
        saved = saved_filters.save(
            center=request.center,
            actor=request.actor,
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            columns=read_columns({"columns": codes}) if "with_columns" in request.POST else (),
            shared="shared" in request.POST,
            now=utc_now(),
        )
    except DomainError as error:
        flash.error(request, error.message)
    else:
        flash.success(request, f"Отбор «{saved.name}» сохранён.")
    return back(request)
