"""Health pages for whoever watches the installation: is the process alive, can it do its work."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mcu import beats
from mcu.access import public
from mcu.models import Heartbeat


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; asks nobody else, so a database that is down does not get the process restarted."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@public
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, Redis and the age of the last sweep of deadlines in seconds; 503 when one of them is not in order."""
    parts = {
        "database": _guarded(_database, DatabaseError),
        "redis": _guarded(_redis, redis.RedisError),
        "sweep": _guarded(lambda: _sweep(now=timezone.now()), DatabaseError),
    }
    ok = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": ok, **parts}, status=200 if ok else 503)


def _guarded(check: Callable[[], dict[str, Any]], error: type[Exception]) -> dict[str, Any]:
    """The answer of one check; its failure is named by kind only, addresses and passwords stay in the log."""
    try:
        return check()
    except error as problem:
        return {"ok": False, "error": type(problem).__name__}


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _redis() -> dict[str, Any]:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return {"ok": True}


def _sweep(*, now: datetime) -> dict[str, Any]:
    """The worker and beat do their work: the last sweep is not older than five minutes, nor of the future."""
    last = Heartbeat.objects.filter(name=beats.SWEEP).values_list("at", flat=True).first()
    if last is None:
        return {"ok": False, "age_seconds": None}
    return {"ok": beats.is_fresh(last, now), "age_seconds": round((now - last).total_seconds())}
