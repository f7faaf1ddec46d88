"""A report: its page as it prints, the texts written to it, its way to the head and further, its documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from blocks.access import CenterRequest, center_page
from blocks.models import Block
from mcu.clock import utc_now
from mcu.errors import DomainError
from reports import policies, progress, selectors, wording
from reports.compose import composed, file_name, period_of, title_of
from reports.documents import CONTENT_TYPES
from reports.kinds import Kind, plan_of
from reports.models import Report
from reports.paper_page import PaperPage
from reports.periods import Period
from reports.services import files, making, way
from reports.views.addresses import Address, address_of, version_of


@require_safe
@center_page()
def report(request: CenterRequest, kind: str, code: str) -> HttpResponse:
    """A report as it prints; a past period without one says so. About ten queries."""
    place = address_of(request, kind, code)
    found = selectors.report_of(place, actor=request.actor, version=version_of(request))
    if found is None and request.GET.get("version"):
        raise Http404
    if found is None:
        return _nothing_yet(request, place)
    way.seen_by(report=found, actor=request.actor, now=utc_now())
    places = _places(request, found, place.kind)
    history = selectors.history_of(found)
    context = {
        "report": found,
        "kind": place.kind,
        "title": title_of(found),
        "period": wording.period(place.period),
        "paper": _paper(request, found, places) if found.made_at else None,
        "making": found.asked_at is not None,
        "step": progress.step_of(found) if found.asked_at else "",
        "places": places,
        "written": sum(bool(line.written) for line in places),
        "waits_for_me": any(line.mine and not line.written for line in places),
        "history": [(event, wording.event(event.code)) for event in history],
        "versions": selectors.versions_of(found, actor=request.actor),
        "remark": selectors.remark_on(history) if found.status == Report.Status.DRAFT else None,
        "version_query": f"?version={found.version}" if request.GET.get("version") else "",
        "address": place.address,
        **_rights(request, found, place.kind),
    }
    return render(request, "reports/report.html", context)


@require_safe
@center_page()
def making_of(request: CenterRequest, kind: str, code: str) -> HttpResponse:
    """How far the counting is: a fragment that asks again until it is done, then the page is loaded anew."""
    place = address_of(request, kind, code)
    found = selectors.report_of(place, actor=request.actor, version=None)
    if found is None:
        raise Http404
    if found.asked_at is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"report": found, "step": progress.step_of(found), "address": place.address, "kind": place.kind}
    return render(request, "reports/_making.html", context)


@require_safe
@center_page()
def document(request: CenterRequest, kind: str, code: str, form: str) -> HttpResponse:
    """A document, to be saved; of a signed report the same bytes for ever."""
    place = address_of(request, kind, code)
    found = selectors.report_of(place, actor=request.actor, version=version_of(request))
    if found is None or form not in CONTENT_TYPES:
        raise Http404
    content = files.document_of(report=found, form=form, actor=request.actor)
    name = content_disposition_header(True, file_name(found, form)) or "attachment"
    return HttpResponse(content, content_type=CONTENT_TYPES[form], headers={"Content-Disposition": name})


@require_POST
@center_page()
def make(request: CenterRequest, kind: str, code: str) -> HttpResponse:
    """Have the report counted (anew); the page shows how far it is."""
    place = address_of(request, kind, code)
    try:
        making.ask(
            center=request.center, kind=place.kind, period=place.period, source=place.source, now=utc_now(), actor=request.actor
        )
    except DomainError as error:
        flash.error(request, error.message)
        return redirect("reports:index", request.center.slug)
    return redirect(place.address)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place to write at, of one block where blocks are asked, as the list beside the report shows it."""

    code: str
    title: str
    block: str
    url: str
    written: str  # whose words stand there and since when; empty if none
    mine: bool


def _paper(request: CenterRequest, report: Report, places: list[PlaceLine]) -> PaperPage:
    """The report laid out for this person; words that are his to change have their button."""
    mine: dict[str, str] = {}
    for line in places:
        if line.url:  # of several blocks one chooses in the list above
            mine[line.code] = "#places" if line.code in mine else line.url
    return PaperPage(
        composed(report),
        request.actor,
        center=request.center.slug,
        period=period_of(report).code,
        edit_urls=mine,
        came_from="" if report.is_weekly else f"{report.kind}.{report.code}",
    )


def _places(request: CenterRequest, report: Report, kind: Kind) -> list[PlaceLine]:
    """What is to be written and by whom, while the report is open: the person's own places first. Two queries."""
    if report.is_signed:
        return []
    blocks = list(Block.objects.filter(center=request.center, closed_at__isnull=True).order_by("order", "pk"))
    written = {(row.place, row.block_id): row for row in report.texts.select_related("by") if row.text}
    lines = []
    for place in kind.places:
        for block in blocks if place.by_block else [None]:
            verdict = policies.may_write(request.actor, place, block_id=block.pk if block else None, source_id=report.source_id)
            row = written.get((place.code, block.pk if block else None))
            url = reverse("reports:text", args=[request.center.slug, report.kind, report.code, place.code])
            lines.append(
                PlaceLine(
                    code=place.code,
                    title=place.title,
                    block=block.short if block else "",
                    url=(f"{url}?block={block.pk}" if block else url) if verdict else "",
                    written=f"{row.by.short_name}, {wording.moment(row.at, request.center.tz)}" if row else "",
                    mine=bool(verdict),
                )
            )
    return lines


def _rights(request: CenterRequest, report: Report, kind: Kind) -> dict[str, Any]:
    may_make = bool(policies.may_make(request.actor, plan_of(request.center, kind), report.source_id))
    signs = bool(policies.may_sign(request.actor))
    status, ready = report.status, report.made_at is not None and report.asked_at is None
    return {
        "may_count": may_make and status == Report.Status.DRAFT and report.asked_at is None,
        "may_complete": may_make and status == Report.Status.DRAFT and ready,
        "lacking_complete": way.unwritten(report, ("complete",)) if may_make and status == Report.Status.DRAFT else [],
        "lacking_approve": way.unwritten(report, ("complete", "approve")) if signs and status in Report.OPEN else [],
        "seen": way.read_as(report) if signs and status in Report.OPEN else "",
        "may_return": status == Report.Status.COMPLETED and (signs or request.actor.user_id == report.completed_by_id),
        "needs_remark": request.actor.user_id != report.completed_by_id,
        "may_approve": signs and status in Report.OPEN and ready,
        "may_present": signs and status == Report.Status.APPROVED and report.replaced_at is None,
        "may_correct": may_make and report.is_signed and report.replaced_at is None,
        "linked": policies.may_open_cases(request.actor),
    }


def _nothing_yet(request: CenterRequest, place: Address) -> HttpResponse:
    period: Period = place.period
    if period.end > utc_now():
        raise Http404
    may = policies.may_make(request.actor, plan_of(request.center, place.kind), place.source.pk if place.source else None)
    context = {
        "kind": place.kind,
        "title": place.kind.title + (f" «{place.source.short}»" if place.source else ""),
        "period": wording.period(period),
        "address": place.address,
        "may_make": bool(may),
    }
    return render(request, "reports/nothing.html", context)
