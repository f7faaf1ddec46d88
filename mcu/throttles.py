"""Limits of calls: by client, by address, by person; counted in the shared cache."""

from __future__ import annotations

import hashlib
import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, cast

from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it loads the settings' classes, and those load this module


class _WindowThrottle(BaseThrottle, ABC):
    """So many calls in a minute for one caller, counted in the shared cache by one atomic step.

    With the cache away the count is unknown and the call passes: a limit is not worth refusing a citizen's message.
    """

    scope: ClassVar[str]
    window: ClassVar[int] = 60  # seconds

    def allow_request(self, request: Request, view: APIView | None) -> bool:
        """Count this call; False when the caller's minute is used up."""
        now = time.time()
        minute = int(now // self.window)
        self._left = (minute + 1) * self.window - now
        limit = self.limit(request)
        calls = self._count(f"throttle:{self.scope}:{self.caller(request)}:{minute}")
        self._tell(request, limit, calls)
        return calls <= limit

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return self._left

    @abstractmethod
    def caller(self, request: Request) -> str:
        """Who is counted."""

    def limit(self, request: Request) -> int:
        """Calls a minute, from settings («1200/min»)."""
        return int(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]).split("/")[0])

    def _tell(self, request: Request, limit: int, calls: int) -> None:
        """Nothing is said of what is left: a stranger needs no help."""

    def _count(self, key: str) -> int:
        try:
            return int(cache.incr(key) or 0)
        except ValueError:
            # The first call of the minute; of two that are first at once, one creates the key and both are counted.
            cache.add(key, 0, timeout=2 * self.window)
        try:
            return int(cache.incr(key) or 0)
        except ValueError:
            return 0


class AnonymousThrottle(_WindowThrottle):
    """Calls without a valid key, by the address they come from; also counts wrong keys (blocks.client_auth)."""

    scope = "anonymous"

    def caller(self, request: Request) -> str:
        # X-Forwarded-For is the caller's own word, so it is not asked.
        return hashlib.sha256(str(request.META.get("REMOTE_ADDR", "")).encode()).hexdigest()[:16]


class LinkThrottle(AnonymousThrottle):
    """Pages of signed links, by the address they are opened from: counted apart from calls of the interface."""

    scope = "link"


class LookUpThrottle(_WindowThrottle):
    """A person's searches for an applicant as he types: enough for any call, too few to go through a register."""

    scope = "look_up"

    def caller(self, request: Request) -> str:
        return str(request.user.pk)


class CountedRequest(HttpRequest):
    """A request that was counted, with what is left of the caller's minute as headers of the answer."""

    rate_limit: dict[str, str]


class ClientThrottle(_WindowThrottle):
    """Calls of one client; a caller without a key (the description of the interface) is counted by address.

    A client may have a limit of its own (``rate``). What is left of the minute goes with the answer, for whoever writes
    the headers (``RateLimit-*`` of the IETF's httpapi drafts).
    """

    scope = "client"

    def __init__(self) -> None:
        self._anonymous: AnonymousThrottle | None = None

    def allow_request(self, request: Request, view: APIView | None) -> bool:
        if getattr(request.user, "pk", None) is None:
            self._anonymous = AnonymousThrottle()
            return self._anonymous.allow_request(request, view)
        return super().allow_request(request, view)

    def wait(self) -> float:
        return self._anonymous.wait() if self._anonymous else super().wait()

    def caller(self, request: Request) -> str:
        return str(request.user.pk)

    def limit(self, request: Request) -> int:
        own: int | None = getattr(request.user, "rate", None)
        return super().limit(request) if own is None else own

    def _tell(self, request: Request, limit: int, calls: int) -> None:
        cast(CountedRequest, request._request).rate_limit = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - calls)),
            "RateLimit-Reset": str(math.ceil(self._left)),
        }
