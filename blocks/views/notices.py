"""«Уведомления»: the list by days, the bell's answer to a page that stays open, what a person chooses, devices."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.forms_notices import WishesForm
from blocks.selectors import notices as selectors
from blocks.services import notices as services
from mcu import webpush
from mcu.access import public
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.models import NoticeSettings, Outbox

SETTINGS: Final = "notices_settings"
BROWSERS: Final = (
    ("YaBrowser", "Яндекс Браузер"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@center_page()
def notices(request: CenterRequest) -> HttpResponse:
    """The person's own notices of the Center, latest first; POST marks those seen as read. Three queries."""
    if request.method == "POST":
        up_to = request.POST.get("up_to", "")
        if up_to.isdecimal() and len(up_to) < 19:  # within the database's integers
            services.read_up_to(user=request.user, center=request.center, last=int(up_to), now=utc_now())
        return HttpResponse(status=HTTPStatus.NO_CONTENT) if _by_script(request) else _list(request)
    only_new = request.GET.get("new") == "1"
    rows = (selectors.unread if only_new else selectors.own)(request.user.pk, request.center.slug)
    cursors = {name: request.GET.get(name, "") for name in ("after", "before")}
    page = selectors.page(rows, tz=request.center.tz, now=utc_now(), **cursors)
    bell = selectors.bell(request.user.pk, request.center.slug)
    query = {"new": "1"} if only_new else {}
    context = {
        "page": page,
        "unread": bell.shown if bell.count else "",
        "up_to": max(bell.latest, page.up_to),
        "only_new": only_new,
        "newer_url": "?" + urlencode({**query, "before": page.newer}) if page.newer else "",
        "older_url": "?" + urlencode({**query, "after": page.older}) if page.older else "",
    }
    return render(request, "blocks/notices.html", context)


@center_page()
def notice_open(request: CenterRequest, notice: int) -> HttpResponse:
    """To where the notice leads, and it is read; POST only marks it."""
    row = services.open_notice(user=request.user, center=request.center, notice_id=notice, now=utc_now())
    if request.method == "POST":
        return HttpResponse(status=HTTPStatus.NO_CONTENT) if _by_script(request) else _list(request)
    return redirect(row.path) if _leads_within(row) else _list(request)


@center_page()
@cache_control(private=True, no_cache=True)
@require_GET
def notices_bell(request: CenterRequest) -> HttpResponse:
    """How many are new and the newest of them; asked every ten seconds, so 304 while nothing changed. One query."""
    bell = selectors.bell(request.user.pk, request.center.slug)
    tag = f'"{bell.count}-{bell.latest}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    answer = {"count": bell.count, "shown": bell.shown, "latest": bell.latest, "subject": bell.subject}
    return JsonResponse(answer, headers={"ETag": tag})


@center_page()
@never_cache
@require_GET
def notices_latest(request: CenterRequest) -> HttpResponse:
    """The bell's panel: the newest of the new ones. One query."""
    rows = selectors.latest(request.user.pk, request.center.slug)
    return render(request, "blocks/_notices_latest.html", {"notices": rows, "up_to": max((row.pk for row in rows), default=0)})


@center_page()
def notices_settings(request: CenterRequest) -> HttpResponse:
    """What a person is told of and how, quiet hours, the digest, devices. Two queries."""
    user = request.user
    chosen = NoticeSettings.objects.filter(user=user).first()
    form = WishesForm(request.POST if request.method == "POST" else None, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose(user=user, center=request.center, wishes=form.wishes(), now=utc_now())
        except Invalid as problem:
            form.refuse(problem)
        else:
            flash.success(request, "Выбор сохранён: он действует во всех ваших Центрах.")
            return redirect(SETTINGS, request.center.slug)
    context = {
        "form": form,
        "devices": selectors.devices_of(user.pk),
        "push_key": webpush.public_key(),
        "zone": zone_words(request.center.tz, utc_now()),
    }
    return render(request, "blocks/notices_settings.html", context)


@center_page()
@require_POST
def notices_device(request: CenterRequest) -> HttpResponse:
    """Allow notices in the browser that asks; its subscription comes as JSON from our own script."""
    try:
        given = json.loads(request.body)
    except ValueError:
        given = None
    try:
        label = device_label(request.headers.get("User-Agent", ""))
        services.add_device(user=request.user, given=given, label=label, now=utc_now())
    except Invalid as problem:
        return JsonResponse({"words": problem.message}, status=HTTPStatus.BAD_REQUEST)
    flash.success(request, "Уведомления на этом устройстве включены. Проверьте их кнопкой «Проверить».")
    return JsonResponse({"words": ""}, status=HTTPStatus.CREATED)


@center_page()
@require_POST
def notices_device_remove(request: CenterRequest, device: int) -> HttpResponse:
    """The browser is told nothing any more."""
    services.remove_device(user=request.user, device_id=device)
    flash.success(request, "Устройство убрано: на него больше ничего не придёт.")
    return redirect(SETTINGS, request.center.slug)


@center_page()
@require_POST
def notices_check(request: CenterRequest) -> HttpResponse:
    """A notice to try every way."""
    path = reverse(SETTINGS, args=[request.center.slug])
    services.check(user=request.user, center=request.center, path=path, now=utc_now())
    flash.success(request, "Пробное уведомление уйдёт в течение минуты. Если не придёт, скажите техническому специалисту.")
    return redirect(SETTINGS, request.center.slug)


@public
@cache_control(max_age=0, no_cache=True)
@require_GET
def push_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows notices while no page is open; from the root, because its reach is its own folder."""
    return render(request, "push_worker.js", content_type="text/javascript; charset=utf-8")


def zone_words(tz: ZoneInfo, now: datetime) -> str:
    """«МСК+2» as people in Russia say it."""
    offset, moscow = (now.astimezone(one).utcoffset() or timedelta() for one in (tz, ZoneInfo("Europe/Moscow")))
    hours = round((offset - moscow) / timedelta(hours=1))
    return f"МСК{hours:+}" if hours else "московское"


def device_label(agent: str) -> str:
    """«Chrome, Windows» from what a browser says of itself."""
    found = (next((name for mark, name in marks if re.search(mark, agent)), "") for marks in (BROWSERS, SYSTEMS))
    return ", ".join(part for part in found if part) or "Браузер"


def _leads_within(row: Outbox) -> bool:
    return row.path.startswith("/") and url_has_allowed_host_and_scheme(row.path, allowed_hosts=None)


def _list(request: CenterRequest) -> HttpResponse:
    return redirect("notices", request.center.slug)


def _by_script(request: CenterRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
