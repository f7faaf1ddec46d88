"""The rows of registers behind a number of an indicator: exactly those that were counted."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.models import Center, Recipient
from mcu.clock import utc_now
from mcu.errors import Invalid
from reports import wording
from reports.cases import UNKNOWN, is_id
from reports.indicators import INDICATOR_ROWS, Set, sets
from reports.models import PublicHearing, ResidentDecision
from reports.periods import Stretch, begun, parse_period
from reports.selectors import words_of
from reports.views.addresses import came_from
from reports.views.cases import READERS

MOST: Final = 500
_HEADS: Final = {
    Recipient: ("Получатель", "Публикаций"),
    ResidentDecision: ("Решение", "Принято", "Исполнено", "Жителям сообщено"),
    PublicHearing: ("Слушания", "День", "С ПОС"),
}


@require_safe
@center_page(*READERS)
def rows(request: CenterRequest, week: str, figure: str) -> HttpResponse:
    """Recipients, decisions or hearings that a number of the period is made of. At most five queries."""
    now = utc_now()
    try:
        period = begun(parse_period(week, now=now, tz=request.center.tz), now)
    except Invalid as error:
        raise Http404(error.message) from error
    if figure not in INDICATOR_ROWS:
        raise Http404
    asked, block = INDICATOR_ROWS[figure], request.GET.get("block", "")
    found = _found(asked, request.center, period.until(now), block)
    back, words = came_from(request) or (reverse("reports:index", args=[request.center.slug]), "Отчёты")
    context = {
        "back": back,
        "back_words": words,
        "period": wording.period(period),
        "title": asked.title,
        "words": words_of(request.center, {"block": block} if block else {}),
        "heads": _HEADS[found.model],
        "lines": [_line(row, request.center) for row in found[:MOST]],
    }
    return render(request, "reports/rows.html", context)


def _found(asked: Set, center: Center, period: Stretch, block: str) -> Any:
    found: Any = asked.rows(center, period)
    if found.model is Recipient:
        if block:
            own = {"blocks__isnull": True} if block == UNKNOWN else {"blocks": block if is_id(block) else 0}
            found = found.filter(**own)
        return found.annotate(published=_published(center, period)).order_by("order", "name", "pk")
    return found.order_by(f"-{found.model.DAY}", "-pk")


def _published(center: Center, period: Stretch) -> Subquery:
    """How many publications a recipient has in the period."""
    own = sets.publications(center, period).filter(recipient=OuterRef("pk")).order_by()
    return Subquery(own.values("recipient").annotate(n=Count("pk")).values("n"))


def _line(row: Any, center: Center) -> dict[str, Any]:
    """The row's name, where it leads, and what is told of it."""
    match row:
        case Recipient():
            url = f"{reverse('reports:register', args=[center.slug, 'publications'])}?recipient={row.pk}"
            return {"name": row.name, "url": url, "cells": [str(getattr(row, "published", None) or 0)]}
        case ResidentDecision():
            told = _day(row.announced_on) or ("см. публикации" if row.executed_on else "")
            url = reverse("reports:register_row", args=[center.slug, "decisions", row.number])
            return {"name": row.title, "url": url, "cells": [_day(row.decided_on), _day(row.executed_on), told]}
        case _:
            url = reverse("reports:register_row", args=[center.slug, "hearings", row.number])
            return {"name": row.title, "url": url, "cells": [_day(row.held_on), "да" if row.with_pos else "нет"]}


def _day(day: Any) -> str:
    return f"{day:%d.%m.%Y}" if day else ""
