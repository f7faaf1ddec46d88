"""The registers: one set of pages for all of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from blocks.access import CenterRequest, center_page
from mcu.clock import utc_now
from mcu.errors import Invalid, WrongState
from reports.models import Campaign
from reports.registers import listing, reading
from reports.registers.choices import Choices
from reports.registers.definitions import REGISTERS, ROADMAPS
from reports.registers.forms import RowForm, VoidForm
from reports.registers.rights import may_approve, may_read, may_see_names, may_write, reach, who_writes
from reports.registers.table import NUMBER, Register
from reports.registers.words import NOTHING, told
from reports.services import registers as service
from reports.views import register_pages as pages


@require_safe
@center_page()
def index(request: CenterRequest) -> HttpResponse:
    """All registers: how much each holds and what waits in it. Two queries."""
    today = pages.today(request)
    totals = reading.totals(request.center, request.actor, today.replace(day=1))
    waiting = reading.waiting(request.center, request.actor, today)
    lines = [
        {
            "register": one,
            "url": pages.url(request, one),
            "all": totals.get(one.code, (0, 0))[0],
            "new": totals.get(one.code, (0, 0))[1],
            "waiting": [
                {"words": what.words, "count": count, "url": f"{pages.url(request, one)}?wait={what.code}"}
                for what, count in waiting.get(one.code, [])
                if count
            ],
        }
        for one in reading.readable(request.actor)
    ]
    return render(request, "reports/registers/index.html", {"lines": lines})


@require_safe
@center_page()
def register(request: CenterRequest, register: str) -> HttpResponse:
    """The list of one register. Constant queries: the rows, a list for each filter."""
    one = found(request, register)
    choices = Choices(request.center)
    filters = listing.read(one, request.GET, choices)
    day = pages.today(request)
    rows, more = listing.page(listing.found(one, request.center, request.actor, filters, day), filters)
    own = reach(one, request.actor)
    context = pages.frame(request, one) | {
        "rows": [pages.line(request, one, row, day) for row in rows],
        "columns": [{"title": one.title(name), "kind": pages.kind(one, name)} for name in one.columns],
        "head": one.title(one.head),
        "marked": any(one.mark(row, day) for row in rows),
        "picked": filters,
        "menus": pages.menus(one, filters, choices),
        "newer_url": f"?{filters.query(page=filters.page - 1)}" if filters.page > 1 else "",
        "older_url": f"?{filters.query(page=filters.page + 1)}" if more else "",
        "present": filters.query(),
        "writes": bool(own),
        "who_writes": who_writes(one),
    }
    return render(request, "reports/registers/list.html", context)


@require_safe
@center_page()
def row(request: CenterRequest, register: str, row: int) -> HttpResponse:
    """A row with its history; a campaign with the messages around it."""
    one = found(request, register)
    shown = _row(request, one, row)
    own = reach(one, request.actor)
    writes = shown.voided_at is None and own.covers(service.values_of(one, shown))
    approves = one is ROADMAPS and shown.voided_at is None and shown.approved_on is None
    context = pages.frame(request, one) | {
        "row": shown,
        "mark": one.mark(shown, pages.today(request)),
        "approved_by": _approver(request, one, shown),
        "facts": [
            (
                title,
                [
                    {"title": one.title(name), "words": told(one, shown, name) or NOTHING, "link": pages.link(name, shown)}
                    for name in names
                ],
            )
            for title, names in one.groups
        ],
        "history": reading.history(one, shown, request.actor),
        "around": reading.around(shown) if isinstance(shown, Campaign) else None,
        "edit_url": pages.url(request, one, "edit", shown.number) if writes else "",
        "void_url": pages.url(request, one, "void", shown.number) if writes else "",
        "approve_url": (
            pages.url(request, one, "approve", shown.number) if approves and may_approve(request.actor, shown.block_id) else ""
        ),
        "void_form": VoidForm(),
    }
    return render(request, "reports/registers/row.html", context)


@center_page()
def new(request: CenterRequest, register: str) -> HttpResponse:
    """A new row."""
    one = found(request, register)
    own = _own(request, one)
    form = RowForm(request.POST or None, register=one, choices=Choices(request.center), own=own)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.create(register=one, center=request.center, actor=request.actor, values=form.values(), now=utc_now())
        except Invalid as problem:
            form.refuse(problem)
        else:
            flash.success(request, f"Запись № {made.number} внесена.")
            return redirect(pages.url(request, one, "row", made.number))
    return _form(request, one, form, title=one.add)


@center_page()
def edit(request: CenterRequest, register: str, row: int) -> HttpResponse:
    """A row being changed; whoever was faster is told of, and what was typed stays."""
    one = found(request, register)
    shown = _row(request, one, row)
    if shown.voided_at is not None:
        raise WrongState("Эта запись аннулирована: её больше не меняют. Внесите новую.")
    own = _own(request, one)
    if not own.covers(service.values_of(one, shown)):
        raise PermissionDenied
    form = RowForm(request.POST or None, register=one, choices=Choices(request.center), own=own, row=shown)
    others: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data.get("version") or 0
        try:
            service.change(
                register=one,
                center=request.center,
                actor=request.actor,
                number=shown.number,
                version=seen,
                values=form.values(),
                now=utc_now(),
            )
        except Invalid as problem:
            form.refuse(problem)
        except service.Outrun as outrun:
            form, others = _outrun(request, one, form, outrun, seen)
        else:
            flash.success(request, f"Запись № {shown.number} сохранена.")
            return redirect(pages.url(request, one, "row", shown.number))
    return _form(request, one, form, title=f"{one.name}: запись № {shown.number}", row=shown, others=others)


@require_POST
@center_page()
def void(request: CenterRequest, register: str, row: int) -> HttpResponse:
    """«Аннулировать»: the row stays to be read and counts nowhere."""
    one = found(request, register)
    done = service.void(
        register=one,
        center=request.center,
        actor=request.actor,
        number=row,
        reason=request.POST.get("reason", ""),
        now=utc_now(),
    )
    flash.success(request, f"Запись № {done.number} аннулирована: в списки и отчёты она не входит.")
    return redirect(pages.url(request, one, "row", done.number))


@require_POST
@center_page()
def approve(request: CenterRequest, row: int) -> HttpResponse:
    """«Утвердить дорожную карту»: all measures of the roadmap that wait for it."""
    count = service.approve(center=request.center, actor=request.actor, number=row, now=utc_now())
    flash.success(request, f"Дорожная карта утверждена. Мероприятий: {count}.")
    return redirect(pages.url(request, ROADMAPS, "row", row))


def found(request: CenterRequest, code: str) -> Register:
    """The register of the address, for whoever may read it."""
    one = REGISTERS.get(code)
    if one is None:
        raise Http404
    if not may_read(one, request.actor):
        raise PermissionDenied
    return one


def _row(request: CenterRequest, one: Register, number: int) -> Any:
    points = [*one.points(), "center", "voided_by", *(("approved_by",) if one is ROADMAPS else ())]
    rows = one.rows.visible_to(request.actor).filter(center=request.center, number=min(number, 2**31 - 1))
    shown = one.enrich(rows).select_related(*points).first()
    if shown is None:
        raise Http404
    return shown


def _approver(request: CenterRequest, one: Register, shown: Any) -> str:
    """Who approved the roadmap, for those who see names."""
    seen = one is ROADMAPS and shown.approved_by is not None and may_see_names(request.actor)
    return str(shown.approved_by.short_name) if seen else ""


def _own(request: CenterRequest, one: Register) -> Any:
    own = reach(one, request.actor)
    if not may_write(one, own):
        raise PermissionDenied
    return own


def _outrun(
    request: CenterRequest, one: Register, form: RowForm, outrun: service.Outrun, seen: int
) -> tuple[RowForm, list[dict[str, Any]]]:
    """The form again over the present version, with what was typed; and what the others saved."""
    others = reading.since_version(one, outrun.row, seen, request.actor)
    data = request.POST.copy()
    data["version"] = str(outrun.row.version)
    again = RowForm(data, register=one, choices=form.choices, own=form.own, row=outrun.row)
    again.add_error(None, outrun.message)
    return again, others


def _form(request: CenterRequest, one: Register, form: RowForm, **page: Any) -> HttpResponse:
    row = page.get("row")
    back = pages.url(request, one, "row", row.number) if row is not None else pages.url(request, one)
    context = pages.frame(request, one) | page | {"form": form, "back_url": back, "number": NUMBER}
    status = 409 if page.get("others") else 422 if form.errors else 200
    return render(request, "reports/registers/form.html", context, status=status)
