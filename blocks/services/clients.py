"""API clients: making one with a key that is shown once, finding one by its key, blocking one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from blocks.models import ApiClient, ApiKey, Center, Source
from mcu.errors import Conflict, Invalid, NotFound

KEY_START: Final = "mcu"
PREFIX_BYTES: Final = 4
SECRET_BYTES: Final = 32


@transaction.atomic
def create_client(*, center: Center, name: str, sources: Iterable[str], now: datetime) -> tuple[ApiClient, str]:
    """Make a client bound to the sources (codes of the Center's open ones); the key is returned here and never again.

    Invalid: no name, no source or an unknown one. Conflict: the name is taken in this Center.
    """
    name = name.strip()
    if not name or len(name) > 120:
        raise Invalid("Назовите клиента, не длиннее 120 знаков.", {"name": "имя пустое или слишком длинное"})
    bound = _sources(center, set(sources))
    if ApiClient.objects.filter(center=center, name=name).exists():
        raise Conflict(f"Клиент «{name}» у этого Центра уже есть; назовите новый иначе.")
    client = ApiClient.objects.create(center=center, name=name, created_at=now)
    client.sources.set(bound)
    return client, _new_key(client, now)


def _new_key(client: ApiClient, now: datetime) -> str:
    prefix = secrets.token_hex(PREFIX_BYTES)
    key = f"{KEY_START}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    ApiKey.objects.create(client=client, prefix=prefix, hash=_hash(key), created_at=now)
    return key


def block_client(*, center: Center, name: str, now: datetime) -> ApiClient:
    """Stop a key at once, for good. NotFound when the Center has no such client; blocking twice changes nothing."""
    client = ApiClient.objects.filter(center=center, name=name.strip()).first()
    if client is None:
        raise NotFound(f"У Центра «{center.short}» нет клиента «{name}».")
    if client.blocked_at is None:
        client.blocked_at = now
        client.save(update_fields=["blocked_at"])
    return client


def find_by_key(key: str, *, now: datetime) -> ApiKey | None:
    """The key with its client, if neither is blocked, it has not run out and its Center is not closed. One query.

    The row is found by the key's open part and the whole key compared in constant time, so that neither an index nor
    the time of an answer tells anything of the secret.
    """
    start, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if start != KEY_START or not secret or not prefix.isascii() or not prefix.isalnum():
        return None
    row = ApiKey.objects.select_related("client__center").filter(prefix=prefix).first()
    known = row.hash if row else _hash("")
    if not hmac.compare_digest(known, _hash(key)) or row is None:
        return None
    if row.blocked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.client.blocked_at is not None or row.client.center.closed_at is not None:
        return None
    return row


def _sources(center: Center, codes: set[str]) -> list[Source]:
    open_sources = {source.code: source for source in Source.objects.filter(center=center, closed_at__isnull=True)}
    unknown = sorted(codes - open_sources.keys())
    if unknown or not codes:
        known = ", ".join(open_sources) or "нет ни одного"
        what = f"Неизвестный источник: {', '.join(unknown)}." if unknown else "Не назван ни один источник."
        raise Invalid(f"{what} Источники Центра: {known}.", {"source": what})
    return [open_sources[code] for code in sorted(codes)]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
