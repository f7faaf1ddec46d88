"""The register itself and the form of further conditions; every filter stands in the address."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from blocks.access import CenterRequest, center_page
from blocks.actors import Actor
from blocks.policies import MEMBERS
from blocks.roles import BLOCK_ROLES
from mcu.clock import utc_now
from mcu.keyset import Page, page
from messages import policies
from messages.models import BulkRun, Message
from messages.selectors.register import COUNT_CAP, Filter, Filters, filter_line, register
from messages.selectors.register.choices import SORTERS, condition_lists, names_for_line
from messages.selectors.register.columns import IN_ADDRESS, Column, chosen, lines, offered, read_columns, with_columns
from messages.selectors.register.saved import Kept, kept
from messages.services.bulk import MOST
from messages.views.register.conditions import ConditionsForm

LIST: Final = "messages:list"
_PLACES: Final = ("after", "before")
_ROOM: Final = ((6, "some"), (8, "more"), (11, "many"))  # columns, the class of the style sheet
# Which steps for many cases are offered; whether a case allows it is asked of each.
_OFFERED: Final = (
    (BulkRun.Do.ASSIGN, "Передать в блок", SORTERS),
    (BulkRun.Do.RESPONSIBLE, "Ответственный", SORTERS),
    (BulkRun.Do.RECIPIENT, "Получатель", (*SORTERS, *BLOCK_ROLES)),
    (BulkRun.Do.TAG, "Метка", policies.CONTACT_ROLES),
    (BulkRun.Do.UNTAG, "Снять метку", policies.CONTACT_ROLES),
)


@vary_on_headers("HX-Request")  # else the browser's «back» shows a fragment from its cache
@center_page(*MEMBERS)
@require_GET
def register_page(request: CenterRequest) -> HttpResponse:
    """The register. A htmx request gets only the list; the bare address opens as the person likes it."""
    now, is_part = utc_now(), bool(getattr(request, "htmx", False))
    own = kept(request.actor, request.center)
    if own.opens and not request.GET and not is_part:
        return redirect(f"{reverse(LIST, args=[request.center.slug])}?{own.opens}")
    filters = Filters.read(request.GET)
    columns = chosen(read_columns(request.GET) or own.columns, request.actor)
    names = names_for_line(request.center, filters)
    rows = register(actor=request.actor, center=request.center, filters=filters, now=now, names=names)
    found = page(
        with_columns(rows, columns), filters.order, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    count = rows.order_by()[: COUNT_CAP + 1].count()
    line = filter_line(actor=request.actor, center=request.center, filters=filters, names=names, now=now)
    context = {
        "filters": line,
        "q": filters.q,
        "total": _total(count, is_open=filters.is_open),
        "reset_url": _reset(request, own) if filters.any else "",
        "lines": lines(found.items, columns, actor=request.actor, center_slug=request.center.slug, now=now),
        "columns": columns,
        "wide": _wide(columns),
        "moment": now,
        "may_bring": request.actor.has(*SORTERS),
        "print_words": _print_words(line, filters),
        **_tools(request, filters, columns, own),
        **_picking(request.actor, count, len(found.items)),
        **_pager(request, found),
    }
    template = "messages/register/_list.html" if is_part else "messages/register/page.html"
    return render(request, template, context)


@vary_on_headers("HX-Request")
@center_page(*MEMBERS)
@require_GET
def conditions(request: CenterRequest) -> HttpResponse:
    """«Ещё условия»: a form over everything that may be asked; sent, it leads to the register with a clean address."""
    filters = Filters.read(request.GET)
    address = {**filters.set(), **{key: request.GET[key] for key in (IN_ADDRESS,) if request.GET.get(key)}}
    url = reverse(LIST, args=[request.center.slug])
    if "show" in request.GET:
        return redirect(f"{url}?{urlencode(address)}" if address else url)
    form = ConditionsForm(filters, condition_lists(actor=request.actor, center=request.center, now=utc_now()))
    context = {"form": form, "kept": form.kept(address), "back_url": f"{url}?{urlencode(address)}"}
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/register/{'_conditions' if is_part else 'conditions'}.html", context)


def _tools(request: CenterRequest, filters: Filters, columns: tuple[Column, ...], own: Kept) -> dict[str, Any]:
    """What stands over the list: kept filters, columns, export."""
    named = read_columns(request.GET)
    query = urlencode(filters.set())
    present = {**filters.set(), **({IN_ADDRESS: ",".join(named)} if named else {})}
    return {
        "kept": own,
        "present": urlencode(present, safe=","),
        "query": query,
        "column_codes": ",".join(column.code for column in columns),
        "offered": [(column, column in columns) for column in offered(request.actor)],
        "may_share": bool(policies.may_share_filters(request.actor)),
        "may_write_down": request.actor.has(*SORTERS),
    }


def _picking(actor: Actor, count: int, shown: int) -> dict[str, Any]:
    """The bar of steps for the chosen cases."""
    return {
        "steps": [(do.value, label) for do, label, roles in _OFFERED if actor.has(*roles)],
        "count": count,
        "all_count": count if shown < count <= MOST else 0,
        "too_many": MOST if count > MOST else 0,
    }


def _wide(columns: tuple[Column, ...]) -> str:
    """How much room the chosen columns want; the usual ones fit any page."""
    if all(column.default for column in columns):
        return ""
    return next((name for most, name in _ROOM if len(columns) <= most), "all")


def _reset(request: CenterRequest, own: Kept) -> str:
    """Everything in work; spelled out where the bare address would open a kept filter."""
    url = reverse(LIST, args=[request.center.slug])
    return f"{url}?state=open" if own.opens else url


def _print_words(line: tuple[Filter, ...], filters: Filters) -> str:
    """The filters in words for the printed sheet, where their line is not."""
    words = [one.chosen for one in line if one.value]
    return "; ".join([f"«{filters.q}»", *words] if filters.q else words)


def _pager(request: CenterRequest, found: Page[Message]) -> dict[str, str]:
    query = {key: value for key, value in request.GET.items() if key not in _PLACES}
    return {
        "newer_url": "?" + urlencode({**query, "before": found.newer}) if found.newer else "",
        "older_url": "?" + urlencode({**query, "after": found.older}) if found.older else "",
    }


def _total(count: int, *, is_open: bool) -> str:
    """How many are found; counting stops at a thousand, so that the answer costs the same in a big register."""
    words = f"больше {COUNT_CAP}" if count > COUNT_CAP else str(count)
    return f"{words} в работе" if is_open else f"всего {words}"
