"""Pages of the reports: the archive, the problemator of a week, its documents."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from blocks.access import CenterRequest, center_page
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from reports import policies, selectors, wording
from reports.documents import CONTENT_TYPES
from reports.models import Problemator
from reports.page import Page
from reports.periods import Week, last_full_week, parse_week
from reports.services.problemator import make_problemator


@require_safe
@center_page()
def index(request: CenterRequest) -> HttpResponse:
    """The archive of problemators; makers also see the last full week when it has none."""
    rows = selectors.archive(request.center)
    week = last_full_week(utc_now(), request.center.tz)
    lacking = week if all(row.week != week.code for row in rows) else None
    context = {
        "rows": [_archive_row(request, row) for row in rows],
        "lacking": lacking,
        "lacking_period": wording.period(week),
        "may_make": policies.may_make(request.actor),
        "may_download": policies.may_download(request.actor),
    }
    return render(request, "reports/index.html", context)


def _archive_row(request: CenterRequest, row: Problemator) -> dict[str, object]:
    figures = row.figures
    return {
        "problemator": row,
        "period": wording.period(Week(row.week_start, request.center.tz)),
        "made": wording.moment(row.made_at, request.center.tz),
        "status": row.get_status_display(),
        "received": figures["totals"]["received"]["now"],
        "answered": figures["totals"]["answered"]["now"],
        "in_time": wording.share(figures["in_time_share"]["now"]),
        "overdue": figures["totals"]["overdue"]["now"],
    }


@require_safe
@center_page()
def problemator(request: CenterRequest, week: str) -> HttpResponse:
    """The problemator of a week, laid out as it prints; a past week without one says so. Two queries."""
    period = _week(request, week)
    row = selectors.problemator_of(request.center, period)
    if row is None and period.end > utc_now():
        raise Http404
    context = {
        "week": period,
        "period": wording.period(period),
        "may_make": policies.may_make(request.actor),
        "may_download": policies.may_download(request.actor),
        "problemator": row,
        "report": Page(row, request.actor) if row else None,
        "made": wording.moment(row.made_at, request.center.tz) if row else "",
        "border": wording.moment(period.end, request.center.tz),
    }
    return render(request, "reports/problemator.html", context)


@require_safe
@center_page(*policies.KEEPERS)
def document(request: CenterRequest, week: str, form: str) -> HttpResponse:
    """A document as it was made, to be saved. One query."""
    period = _week(request, week)
    found = selectors.document_of(request.center, period, form)
    if found is None:
        raise Http404
    name = f"Проблематор {request.center.prefix} {period.code}.{form}"
    return HttpResponse(
        bytes(found.content),
        content_type=CONTENT_TYPES[form],
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


@require_POST
@center_page(*policies.KEEPERS)
def make(request: CenterRequest, week: str) -> HttpResponse:
    """Count the week now: a draft of a week is a second's work."""
    period = _week(request, week)
    try:
        row = make_problemator(center=request.center, week=period, now=utc_now(), actor=request.actor)
    except DomainError as error:
        flash.error(request, error.message)
        return redirect("reports:index", request.center.slug)
    flash.success(
        request, f"Проблематор за {wording.period(period)} составлен {wording.moment(row.made_at, request.center.tz)}."
    )
    return redirect("reports:problemator", request.center.slug, period.code)


def _week(request: CenterRequest, code: str) -> Week:
    try:
        return parse_week(code, request.center.tz)
    except Invalid as error:
        raise Http404(error.message) from error
