"""«Доставка уведомлений»: what did not get through, with its errors, for whoever keeps the installation."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.roles import Role
from mcu import outbox
from mcu.clock import utc_now
from mcu.outbox import Way

GONE = "Это уведомление уже доставлено или больше не ждёт отправки."


@center_page(Role.TECH)
@require_GET
def delivery(request: CenterRequest) -> HttpResponse:
    """Counts by way, servers that do not answer, rows with their errors. Three queries."""
    found = outbox.troubles(request.center.slug)
    counts = [
        {
            "name": name,
            "on": on,
            "waiting": found.waiting[way],
            "failing": found.failing[way],
            "given_up": found.given_up[way],
        }
        for way, name, on in ((Way.EMAIL, "Почта", settings.EMAIL_ENABLED), (Way.PUSH, "На устройства", True))
    ]
    return render(request, "blocks/delivery.html", {"troubles": found, "counts": counts})


@center_page(Role.TECH)
@require_POST
def retry(request: CenterRequest, notice: int, way: str) -> HttpResponse:
    """«Повторить»: with the next run, within a minute."""
    if way not in list(Way):
        raise Http404
    done = outbox.retry(notice=notice, way=Way(way), center_slug=request.center.slug, now=utc_now())
    if not done:
        raise Http404(GONE)
    flash.success(request, "Отправка повторится в течение минуты.")
    return redirect("blocks:delivery", request.center.slug)


@center_page(Role.TECH)
@require_POST
def retry_all(request: CenterRequest) -> HttpResponse:
    """«Повторить все»."""
    count = outbox.retry_all(center_slug=request.center.slug, now=utc_now())
    flash.success(request, f"Отправка повторится в течение минуты, доставок: {count}.")
    return redirect("blocks:delivery", request.center.slug)
