"""The second factor, which whoever holds a role that asks for it turns on first; and the calls of programs, counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages as flash
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from blocks.models import ApiClient, Membership, RoleTitle
from blocks.services.usage import note_call
from mcu.access import declaration
from mcu.clock import utc_now
from mcu.models import User

CHECKED_UNTIL: Final = "second_factor_checked_until"
CHECK_AGAIN_AFTER: Final = timedelta(minutes=10)  # a role given meanwhile asks for the second factor this much later
ACTIVATION: Final = "mfa_activate_totp"
# What is needed to turn it on, or to leave.
OPEN_PAGES: Final = frozenset(
    {
        ACTIVATION,
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "account_reauthenticate",
        "account_logout",
    }
)


class SecondFactorMiddleware:
    """Leads to turning on TOTP; nothing else opens until then. Not in a demo. One query each ten minutes a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if settings.DEMO or declaration(view) == "public" or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN_PAGES:
            return None
        now = utc_now()
        if request.session.get(CHECKED_UNTIL, 0) > now.timestamp():
            return None
        if lacks_second_factor(request.user, now):
            return _lead_to_activation(request)
        request.session[CHECKED_UNTIL] = (now + CHECK_AGAIN_AFTER).timestamp()
        return None


def lacks_second_factor(user: User, now: datetime) -> bool:
    """Whether a role held or lent today asks for TOTP and the person has none. One query.

    Days are taken a day wider than UTC's, so that no time zone lets a role in force slip through.
    """
    first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=1)
    asked = RoleTitle.objects.filter(
        center=OuterRef("center"), role=OuterRef("role"), totp_required=True, closed_at__isnull=True
    )
    lent = Q(
        substitutions__substitute=user,
        substitutions__since__lte=last,
        substitutions__until__gte=first,
        substitutions__revoked_at__isnull=True,
    )
    return (
        Membership.objects.filter(Q(user=user) | lent)
        .filter(Q(until__isnull=True) | Q(until__gte=first), since__lte=last, revoked_at__isnull=True)
        .filter(Exists(asked))
        .exclude(Exists(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)))
        .exists()
    )


def _lead_to_activation(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(redirect(ACTIVATION).url)
    flash.warning(request, "Для вашей роли нужен второй шаг входа. Включите его: после этого откроются все страницы.")
    return redirect(ACTIVATION)


class ProgramCallsMiddleware:
    """Counts the calls of each program by how they ended, and tells it what is left of its minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        client: ApiClient | None = getattr(request, "api_client", None)  # set by ClientKeyAuthentication
        if client is not None:
            note_call(client, response.status_code, utc_now())
            for name, value in getattr(request, "rate_limit", {}).items():
                response.headers[name] = value
        return response
