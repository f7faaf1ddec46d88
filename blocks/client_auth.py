"""Who calls the REST interface: an API client known by its key, as DRF authentication."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, cast

from django.db.models import Q
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.request import Request

from blocks import actors
from blocks.actors import Actor
from blocks.models import ApiClient, ApiKey
from blocks.services.clients import find_by_key
from mcu.clock import utc_now
from mcu.throttles import AnonymousThrottle

USED_AT_STEP: Final = timedelta(minutes=1)


class ProgramRequest(HttpRequest):
    """A request made under a key, with the client it was issued to: ``ProgramCallsMiddleware`` counts its calls."""

    api_client: ApiClient


class ClientKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer mcu_<prefix>_<secret>`` → ``request.user`` is the ApiClient, ``request.auth`` its Actor.

    One query; one more once a minute, which notes that the key is in use. Wrong, blocked or closed keys are 401 with
    the same words, and too many of them from one address are 429.
    """

    def authenticate(self, request: Request) -> tuple[ApiClient, Actor] | None:
        """None without a key, which leaves the refusal to the view's permission."""
        said = self.said_by(request)
        if said is None:
            return None
        now = utc_now()
        key = find_by_key(said, now=now)
        if key is None:
            raise _refusal(request, "Ключ неизвестен или заблокирован. Новый ключ выдаёт технический специалист Центра.")
        _note_use(key, now)
        cast(ProgramRequest, request._request).api_client = key.client
        return key.client, actors.client(key.client)

    def said_by(self, request: Request) -> str | None:
        """The key as the caller gives it, here in the header; None where it gives none."""
        scheme, *rest = get_authorization_header(request).split() or [b""]
        if not scheme:
            return None
        if scheme.lower() != b"bearer" or len(rest) != 1:
            raise _refusal(request, "Заголовок должен иметь вид: Authorization: Bearer mcu_…")
        return rest[0].decode("latin-1")

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="mcu"'


def _refusal(request: Request, words: str) -> APIException:
    throttle = AnonymousThrottle()
    if not throttle.allow_request(request, None):
        return Throttled(wait=throttle.wait())
    return AuthenticationFailed(words)


def _note_use(key: ApiKey, now: datetime) -> None:
    before = now - USED_AT_STEP
    if key.last_used_at is not None and key.last_used_at > before:
        return
    # The condition again in the database: of many calls at once only one writes.
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
