"""The cases behind a number: of a week, a day or the last days; of the present."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.roles import Role
from mcu.clock import utc_now
from mcu.errors import Invalid
from messages.selectors.rows import rows_of
from messages.workflow import FAMILY, State
from reports import selectors, wording
from reports.cases import DESK_FIGURES, NARROWED_BY, CaseFigure, is_id
from reports.indicators import INDICATOR_FIGURES
from reports.periods import Period, Week, begun, parse_period
from reports.present import PRESENT_FIGURES
from reports.rating import RATING_FIGURES
from reports.views.addresses import came_from

LAST_PAGE = 1000
FIGURES: dict[str, CaseFigure] = {**DESK_FIGURES, **INDICATOR_FIGURES, **RATING_FIGURES}
READERS = tuple(role for role in Role if role != Role.OBSERVER)


@require_safe
@center_page(*READERS)
def cases(request: CenterRequest, week: str, figure: str) -> HttpResponse:
    """Cases of a period's number, those of them that this person may see. At most six queries."""
    period = _period(request, week)
    if figure not in FIGURES:
        raise Http404
    page = selectors.case_page(
        FIGURES[figure].cases(request.center, period.until(utc_now())),
        order=("-received_at", "-pk"),
        narrowed=_narrowed(request),
        actor=request.actor,
        number=page_number(request),
    )
    rows = [
        {
            "case": message,
            "received": wording.moment(message.received_at, request.center.tz),
            "family": FAMILY[State(message.state)],
            "state": State(message.state).label,
        }
        for message in page.rows
    ]
    back, words = _back(request, period)
    context = {
        "back": back,
        "back_words": words,
        "period": wording.period(period),
        "title": FIGURES[figure].title,
        "rows": rows,
    }
    return render(request, "reports/cases.html", context | _common(request, page))


@require_safe
@center_page(*READERS)
def now(request: CenterRequest, figure: str) -> HttpResponse:
    """Cases of a number that stands now, nearest term first. At most seven queries."""
    if figure not in PRESENT_FIGURES:
        raise Http404
    moment = utc_now()
    page = selectors.case_page(
        PRESENT_FIGURES[figure].cases(request.center, moment).annotate(state_at=F("state")),
        order=("next_due_at", "pk"),
        narrowed=_narrowed(request),
        actor=request.actor,
        number=page_number(request),
    )
    rows = rows_of(page.rows, actor=request.actor, center_slug=request.center.slug, now=moment)
    context = {"title": PRESENT_FIGURES[figure].title, "rows": rows, "at": moment}
    return render(request, "reports/now.html", context | _common(request, page))


def _common(request: CenterRequest, page: selectors.CasePage) -> dict[str, Any]:
    return {"page": page, "words": selectors.words_of(request.center, _narrowed(request).by)}


def _narrowed(request: CenterRequest) -> selectors.Narrowed:
    """The slice that the address asks for; a role the person has leaves what that role answers for."""
    by = {key: request.GET[key] for key in NARROWED_BY if request.GET.get(key)}
    role = request.GET.get("role", "")
    return selectors.Narrowed(by, Role(role) if role in Role.values and request.actor.has(Role(role)) else None)


def _period(request: CenterRequest, code: str) -> Period:
    now = utc_now()
    try:
        return begun(parse_period(code, now=now, tz=request.center.tz), now)
    except Invalid as error:
        raise Http404(error.message) from error


def _back(request: CenterRequest, period: Period) -> tuple[str, str]:
    """To the report that the address names, else to the week's problemator; the week that goes on has none, and what is no
    week came from the desk."""
    if came := came_from(request):
        return came
    if isinstance(period, Week) and period.end <= utc_now():
        address = reverse("reports:report", args=[request.center.slug, "problemator", period.code])
        return address, f"Проблематор, {wording.period(period)}"
    return reverse("desk", args=[request.center.slug]), "Мой стол"


def page_number(request: CenterRequest) -> int:
    value = request.GET.get("page", "1")
    return min(max(int(value), 1), LAST_PAGE) if is_id(value) else 1
