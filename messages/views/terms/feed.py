"""«Календарь в телефоне»: the page on which a person makes the private address, and the file that stands at it."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Final, cast

from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request

from blocks import actors
from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.services import calendar_feeds
from mcu.access import public
from mcu.clock import utc_now
from mcu.throttles import LinkThrottle
from messages.documents.ical import calendar_of
from messages.selectors.terms.feed import MOST, moves_of, terms_held

_SAFE: Final = ("GET", "HEAD")


@center_page(*MEMBERS)
@never_cache
@require_http_methods(["GET", "POST"])
def feed(request: CenterRequest) -> HttpResponse:
    """One's own address: make or replace it, call it off. A new one is shown on the answer and never again."""
    now, user, center = utc_now(), request.user, request.center
    do = request.POST.get("do", "") if request.method == "POST" else ""
    address = ""
    if do == "create":
        token = calendar_feeds.create_feed(user=user, center=center, now=now)
        address = f"{settings.PUBLIC_URL}{reverse('ical', args=[token])}"
    elif do == "revoke":
        calendar_feeds.revoke_feed(user=user, center=center, now=now)
        flash.success(request, "Адрес отозван: календарь в телефоне больше не обновится.")
        return redirect("messages:feed", center.slug)
    context = {"feed": calendar_feeds.feed_of(user=user, center=center), "address": address, "most": MOST}
    return render(request, "messages/terms/feed.html", context)


def _ical(request: HttpRequest, token: str) -> HttpResponse:
    """Open without signing in: the address is the secret. Whatever is wrong with it, the answer is the same."""
    if request.method not in _SAFE:
        response = _plain("Этот адрес только читают.", HTTPStatus.METHOD_NOT_ALLOWED)
        response.headers["Allow"] = ", ".join(_SAFE)
        return response
    throttle = LinkThrottle()
    if not throttle.allow_request(cast(Request, request), None):
        response = _plain("Слишком много обращений с вашего адреса. Подождите минуту.", HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(int(throttle.wait()) + 1)
        return response
    now = utc_now()
    found = calendar_feeds.opened_feed(token=token, now=now)
    actor = actors.person(user=found.user, center=found.center, now=now) if found else None
    if found is None or actor is None or not actor.has(*MEMBERS):
        return _plain("По этому адресу ничего нет.", HTTPStatus.NOT_FOUND)
    terms = terms_held(actor, found.center, now)
    body = calendar_of(terms, moves=moves_of(terms), center=found.center)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    if known & {etag, "*"}:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response.headers["Content-Disposition"] = 'inline; filename="terms.ics"'
    response.headers["ETag"] = etag
    return _private(response)


ical = public(csrf_exempt(_ical))  # it changes nothing and asks for no cookie: a wrong method is told as such


def _plain(words: str, status: int) -> HttpResponse:
    return _private(HttpResponse(words, content_type="text/plain; charset=utf-8", status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
