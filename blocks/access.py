"""Pages of a Center: who the signed-in person is there, or a page that does not exist for others.

``@center_page(...)`` is the one door of every ``/<center>/…`` page: it finds the Center, the person's roles of today,
and answers 404 to whoever has none there — a stranger can not tell a foreign Center from a mistyped address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from mcu.access import View, declare
from mcu.clock import utc_now
from mcu.models import User

P = ParamSpec("P")
LAST_CENTER: Final = "center"
_YEAR: Final = timedelta(days=365)


class CenterRequest(HttpRequest):
    """A request inside one Center: typed view of what ``center_page`` attaches."""

    user: User
    center: Center
    actor: Actor


CenterView = Callable[Concatenate[CenterRequest, P], HttpResponseBase]


def center_page(*roles: Role) -> Callable[[CenterView[P]], View]:
    """Open to members of the Center, or only to those of the roles named. Two queries: the Center, the roles."""

    def decorate(view: CenterView[P]) -> View:
        @wraps(view)
        def wrapped(request: CenterRequest, center: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(_after_sign_in(request))
            attach(request, center)
            if roles and not request.actor.has(*roles):
                raise PermissionDenied
            with timezone.override(request.center.tz):  # every moment on the page is the Center's local time
                response = view(request, *args, **kwargs)
            remember(request, response)
            return response

        rule = "member of the Center" + (f" as {', '.join(roles)}" if roles else "")
        return declare(wrapped, rule)

    return decorate


def remember(request: CenterRequest, response: HttpResponseBase) -> None:
    """Whoever works in several Centers starts in the one he was in last. Only a page that opened counts."""
    slug = request.center.slug
    if response.status_code == HTTPStatus.OK and request.COOKIES.get(LAST_CENTER) != slug:
        response.set_cookie(
            LAST_CENTER, slug, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def _after_sign_in(request: HttpRequest) -> str:
    """Where to come back to: a page, never the address of a button, which cannot be opened."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    return came_from.path if came_from.netloc == request.get_host() else "/"


def attach(request: Any, slug: str) -> None:
    """Put the Center and the actor on the request; 404 if there is no such Center for this person."""
    center = Center.objects.filter(slug=slug, closed_at__isnull=True).first()
    if center is None:
        raise Http404
    actor = actors.person(user=request.user, center=center, now=utc_now())
    if not actor.grants:
        raise Http404
    request.center = center
    request.actor = actor
