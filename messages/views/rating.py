"""The page of the signed link: the applicant rates the answer. It shows the number and the day, never the text."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request

from mcu.access import public
from mcu.clock import utc_now
from mcu.errors import Invalid, NotFound, WrongState
from mcu.throttles import LinkThrottle
from messages.forms.together import ScoreForm
from messages.services import satisfaction
from messages.services.satisfaction import Opened


@never_cache
@require_http_methods(["GET", "POST"])
def _rating(request: HttpRequest, token: str) -> HttpResponse:
    """Open without signing in; too many calls from one address are asked to wait."""
    throttle = LinkThrottle()
    if not throttle.allow_request(cast(Request, request), None):
        words = "Слишком много обращений с вашего адреса. Подождите минуту и откройте ссылку снова."
        response = render(request, "messages/rating_refused.html", {"words": words}, status=429)
        response.headers["Retry-After"] = str(int(throttle.wait()) + 1)
    else:
        response = _page(request, token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "strict-origin"  # the address itself is the secret
    return response


rating = public(_rating)


def _page(request: HttpRequest, token: str) -> HttpResponse:
    now = utc_now()
    form = ScoreForm(request.POST or None, auto_id="id_%s")
    try:
        if request.method == "POST" and form.is_valid():
            satisfaction.rate_by_link(token=token, **form.cleaned_data, now=now)
            return redirect("satisfaction", token)
        found = satisfaction.opened(token=token, now=now)
    except Invalid as refused:
        for field, words in refused.fields.items():
            form.add_error(field, words)
        found = satisfaction.opened(token=token, now=now)
    except (NotFound, WrongState) as refusal:
        status = 404 if isinstance(refusal, NotFound) else 410
        return render(request, "messages/rating_refused.html", {"words": refusal.message}, status=status)
    with timezone.override(found.message.center.tz):
        return render(request, "messages/rating.html", _context(found, form), status=400 if form.errors else 200)


def _context(found: Opened, form: ScoreForm) -> dict[str, Any]:
    return {
        "number": found.message.number,
        "center": found.message.center.name,
        "answered_at": found.message.answered_at,
        "given": found.given,
        "form": form,
    }
