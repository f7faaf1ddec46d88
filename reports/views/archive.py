"""The archive of reports with its search, and the doors to everything else that reports have."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from mcu.clock import utc_now
from reports import policies, selectors, wording
from reports.compose import period_of, title_of
from reports.kinds import KINDS, plan_of
from reports.models import Report
from reports.services.due import lacking
from reports.views import cases

QUERY = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One report of the archive."""

    report: Report
    title: str
    period: str
    url: str
    status: str
    made: str
    numbers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lacking:
    """A report that is due and not there, with where it is asked for."""

    title: str
    period: str
    url: str


@require_safe
@center_page()
def index(request: CenterRequest) -> HttpResponse:
    """Reports of all kinds, newest first, by kind and words; makers also see what is due and missing."""
    kinds = {code: kind for code, kind in KINDS.items() if plan_of(request.center, kind)}
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in kinds else ""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY]
    page = selectors.archive(request.center, actor=request.actor, kind=chosen, words=words, page=cases.page_number(request))
    context = {
        "lines": [_line(row) for row in page.rows],
        "next": page.next,
        "kinds": [("", "Все"), *((code, kind.title) for code, kind in kinds.items())],
        "chosen": chosen,
        "words": words,
        "lacking": _lacking(request) if not (chosen or words) else [],
        "doors": _doors(request),
    }
    return render(request, "reports/index.html", context)


@dataclass(frozen=True, slots=True)
class Door:
    """A page beside the reports."""

    title: str
    about: str
    url: str


def _doors(request: CenterRequest) -> list[Door]:
    """What else there is to read and to keep, for whoever may."""
    slug = request.center.slug
    doors = [Door("Тепловая карта", "темы по населённым пунктам", reverse("reports:heat", args=[slug]))]
    if policies.may_plan(request.actor):
        doors.append(Door("Данные для планирования", "любой срез, XLSX и CSV", reverse("reports:planning", args=[slug])))
    doors.append(Door("Реестры", "риски, решения, публикации, слушания", reverse("reports:registers", args=[slug])))
    if policies.sees_whole_center(request.actor):
        doors.append(Door("Табло", "экран на стену", reverse("reports:board", args=[slug])))
    return doors


def _line(report: Report) -> Line:
    kind = KINDS[report.kind]
    tz = report.center.tz
    at = report.presented_at or report.approved_at or report.made_at
    version = f", версия {report.version}" if report.version > 1 else ""
    return Line(
        report=report,
        title=title_of(report),
        period=wording.period(period_of(report)),
        url=report.get_absolute_url(),
        status=("считается" if report.asked_at else report.get_status_display()) + version,
        made=wording.moment(at, tz) if at else "",
        numbers=list(kind.summary(report.figures)) if report.made_at else [],
    )


def _lacking(request: CenterRequest) -> list[Lacking]:
    """What this person may make, is due and not there."""
    center = request.center
    if not any(policies.may_make(request.actor, plan_of(center, kind)) for kind in KINDS.values()):
        return []
    found = []
    for due in lacking(center, utc_now(), look_back=1):
        if policies.may_make(request.actor, plan_of(center, due.kind), due.source_id):
            code = f"{due.period.code}.{due.source.code}" if due.source else due.period.code
            title = f"{due.kind.title} «{due.source.short}»" if due.source else due.kind.title
            url = reverse("reports:make", args=[center.slug, due.kind.code, code])
            found.append(Lacking(title, wording.period(due.period), url))
    return found
