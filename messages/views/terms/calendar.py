"""The calendar of terms: a month with the day beside it, or a week; everything stands in the address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.selectors import roster_of
from mcu.calendars import current
from mcu.clock import utc_now
from mcu.keyset import page
from messages.models import Deadline
from messages.selectors.pressure import running_terms
from messages.selectors.terms import calendar as terms_calendar
from messages.selectors.terms.calendar import BY_END, DAY, PER_DAY, WEEK, Day
from messages.selectors.terms.filters import TermFilters, asked_for, lists_of_terms
from messages.views.terms.lines import DAYS_RU, day_of, filters_line, lines_of

VIEWS: Final = ("month", "week")
FILTERS: Final = ("block", "person", "kind")
KEYS: Final = (
    (("←", "→"), "предыдущий и следующий день"),
    (("↑", "↓"), "на неделю назад и вперёд, когда выбран день"),
    (("J", "K"), "следующая и предыдущая строка"),
    (("Enter",), "открыть день или сообщение"),
)
ONE_PAGE: Final = 30
_PLACES: Final = ("after", "before")


@vary_on_headers("HX-Request")  # else the browser's «back» shows a fragment from its cache
@center_page(*MEMBERS)
@require_GET
def calendar(request: CenterRequest) -> HttpResponse:
    """What ends on which day. A htmx request gets only the part that changes."""
    now, center, query = utc_now(), request.center, request.GET
    today = timezone.localdate(now, center.tz)
    day = day_of(query.get("day", ""), today)
    view = query["view"] if query.get("view") in VIEWS else VIEWS[0]
    filters = TermFilters.read({name: query[name] for name in FILTERS if name in query})
    names, roster = lists_of_terms(center), roster_of(center, now)

    def wanted(terms: QuerySet[Deadline]) -> QuerySet[Deadline]:
        return asked_for(terms, filters, actor=request.actor, names=names, roster=roster)

    running, met = wanted(running_terms(center.pk)), wanted(_met_terms(center.pk))
    first, after = (terms_calendar.month_span if view == "month" else terms_calendar.week_span)(day)
    spans = [terms_calendar.in_days(terms, first, after, center.tz) for terms in (running, met)]
    counts = terms_calendar.tallies(*spans, tz=center.tz, now=now)
    month = day if view == "month" else None
    days = terms_calendar.days(first, after, counts=counts, calendar=current(), month=month, chosen=day, today=today)
    context: dict[str, Any] = {
        "view": view,
        "day": next(one for one in days if one.chosen),
        "today": today,
        "title": _title(days) if view == "week" else format_date(day, "F Y").lower(),
        "weeks": [days[start : start + WEEK] for start in range(0, len(days), WEEK)],
        "weekdays": DAYS_RU,
        "filters": filters_line(filters, names, roster, request.actor, FILTERS),
        "page_keys": KEYS,
        "arrows": _arrows(request, day),
        "moment": now,
        **_steps(day, view),
    }
    if view == "month":
        done = query.get("done") == "1"
        of_day = terms_calendar.in_days(met if done else running, day, day + DAY, center.tz)
        found = page(
            terms_calendar.with_cases(of_day),
            BY_END,
            after=query.get("after", ""),
            before=query.get("before", ""),
            size=ONE_PAGE,
        )
        context |= {
            "done": done,
            "lines": lines_of(found.items, request=request, roster=roster, now=now),
            "newer_url": _address(request, before=found.newer) if found.newer else "",
            "older_url": _address(request, after=found.older) if found.older else "",
        }
    else:
        every = wanted(_asked_terms(center.pk))
        rows = terms_calendar.by_day(terms_calendar.in_days(every, first, after, center.tz), tz=center.tz)
        context["columns"] = [
            (
                one,
                lines_of(rows.get(one.date, []), request=request, roster=roster, now=now),
                _more(one),
                _address(request, view="month", day=one.date.isoformat()),
            )
            for one in days
        ]
    is_part = bool(getattr(request, "htmx", False))
    return render(request, f"messages/terms/{'_calendar' if is_part else 'calendar'}.html", context)


def _met_terms(center_id: int) -> QuerySet[Deadline]:
    return Deadline.objects.filter(center_id=center_id, met_at__isnull=False, void_at__isnull=True, internal=False)


def _asked_terms(center_id: int) -> QuerySet[Deadline]:
    return Deadline.objects.filter(center_id=center_id, void_at__isnull=True, internal=False)


def _more(day: Day) -> int:
    """How many terms of the day stand in its own list only."""
    return max(0, day.tally.running + day.tally.met - PER_DAY)


def _title(days: list[Day]) -> str:
    """«16–22 ноября 2026», with both months where a week has two."""
    first, last = days[0].date, days[-1].date
    begins = format_date(first, "j" if first.month == last.month else "j E")
    dash = "–" if first.month == last.month else " – "
    return f"{begins}{dash}{format_date(last, 'j E Y')}".lower()


def _steps(day: date, view: str) -> dict[str, date]:
    """The same day of the month or week before and after."""
    if view == "week":
        return {"previous": day - WEEK * DAY, "next": day + WEEK * DAY}
    first = day.replace(day=1)
    return {"previous": (first - DAY).replace(day=1), "next": (first + timedelta(days=31)).replace(day=1)}


def _arrows(request: CenterRequest, day: date) -> list[tuple[str, str]]:
    """Where the arrow keys lead, by their codes."""
    moves = {"ArrowLeft": -1, "ArrowRight": 1, "ArrowUp": -WEEK, "ArrowDown": WEEK}
    return [(code, _address(request, day=(day + DAY * move).isoformat())) for code, move in moves.items()]


def _address(request: CenterRequest, **values: str) -> str:
    kept = {key: value for key, value in request.GET.items() if key not in _PLACES}
    return "?" + urlencode({**kept, **values})
