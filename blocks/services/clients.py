"""API clients: making one with a key that is shown once, finding one by its key, exchanging keys, changing and blocking."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from blocks import policies
from blocks.actors import Actor
from blocks.models import ApiClient, ApiClientEvent, ApiKey, Center, Source
from blocks.models.programs import Scope, first_scopes
from blocks.services import known_keys
from blocks.services.history import demand
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState

KEY_START: Final = "mcu"
PREFIX_BYTES: Final = 4
SECRET_BYTES: Final = 32
MOST_NAME: Final = 120
MOST_RATE: Final = 100_000
LONGEST_OVERLAP: Final = timedelta(days=90)
REFUSED: Final = "Ничего не изменено."
Kind = ApiClientEvent.Kind


def note(client: ApiClient, kind: Kind, *, actor: Actor | None, now: datetime, **data: Any) -> ApiClientEvent:
    """Add a line to the client's history. ``data`` never holds a key or a secret."""
    by_id = actor.user_id if actor else None
    return ApiClientEvent.objects.create(client=client, at=now, by_id=by_id, kind=kind, data=data)


@transaction.atomic
def create_client(
    *,
    center: Center,
    name: str,
    sources: Iterable[str],
    now: datetime,
    scopes: Iterable[str] | None = None,
    rate: int | None = None,
    actor: Actor | None = None,
) -> tuple[ApiClient, str]:
    """Make a client bound to the sources (codes of the Center's open ones); the key is returned here and never again.

    Without ``scopes`` it pushes and reads its own; without ``rate`` the installation's limit of calls holds for it.
    ``actor`` is None for a command. Invalid: no name, no source or an unknown one. Conflict: the name is taken.
    """
    may_keep(actor, center)
    name = name.strip()
    if not name or len(name) > MOST_NAME:
        raise Invalid("Назовите клиента, не длиннее 120 знаков.", {"name": "имя пустое или слишком длинное"})
    bound, allowed, limit = _sources(center, set(sources)), _scopes(scopes), _rate(rate)
    if ApiClient.objects.filter(center=center, name=name).exists():
        words = f"Клиент «{name}» у этого Центра уже есть; назовите новый иначе."
        raise Conflict(words)
    by_id = actor.user_id if actor else None
    client = ApiClient.objects.create(center=center, name=name, scopes=allowed, rate=limit, created_at=now, created_by_id=by_id)
    client.sources.set(bound)
    key = _new_key(client, now, by_id)
    note(client, Kind.MADE, actor=actor, now=now, **_facts(client, bound), key=_prefix(key))
    return client, key


@transaction.atomic
def rotate(*, client: ApiClient, overlap: timedelta, now: datetime, actor: Actor | None = None) -> str:
    """A new key, returned here and never again; those in force go on for the overlap, so that the program can be changed over.

    Invalid: the overlap is negative or longer than 90 days. WrongState: the client is blocked.
    """
    client = _locked(client, actor)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        problem = f"Старый ключ может действовать ещё от 0 до {LONGEST_OVERLAP.days} дней."
        raise Invalid(f"{problem} {REFUSED}", {"overlap": problem})
    until = now + overlap
    _in_force(client, now).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=until)).update(expires_at=until)
    key = _new_key(client, now, actor.user_id if actor else None)
    note(client, Kind.ROTATED, actor=actor, now=now, key=_prefix(key), old_until=until.isoformat())
    return key


@transaction.atomic
def change_client(
    *, client: ApiClient, sources: Iterable[str], scopes: Iterable[str], rate: int | None, now: datetime, actor: Actor
) -> ApiClient:
    """What the client may from now on; keys stay as they are. Invalid as for a new one, WrongState when it is blocked."""
    client = _locked(client, actor)
    bound, allowed, limit = _sources(client.center, set(sources)), _scopes(scopes), _rate(rate)
    before = _facts(client, client.sources.all())
    client.scopes, client.rate = allowed, limit
    client.save(update_fields=["scopes", "rate"])
    client.sources.set(bound)
    after = _facts(client, bound)
    if after != before:
        note(client, Kind.CHANGED, actor=actor, now=now, before=before, after=after)
    return client


@transaction.atomic
def block_key(*, client: ApiClient, key_id: int, now: datetime, actor: Actor) -> ApiKey:
    """Stop one key at once, for good. NotFound when the client has no such key; blocking twice changes nothing."""
    client = _locked(client, actor)
    key = client.keys.filter(pk=key_id).first()
    if key is None:
        raise NotFound("У этой программы такого ключа нет.")
    if key.blocked_at is None:
        key.blocked_at = now
        key.save(update_fields=["blocked_at"])
        note(client, Kind.KEY_BLOCKED, actor=actor, now=now, key=key.prefix)
    return key


@transaction.atomic
def block_client(*, center: Center, name: str, now: datetime, actor: Actor | None = None) -> ApiClient:
    """Stop a client with all its keys at once, for good. NotFound when the Center has none; blocking twice changes nothing."""
    may_keep(actor, center)
    client = ApiClient.objects.select_for_update(no_key=True).filter(center=center, name=name.strip()).first()
    if client is None:
        raise NotFound(f"{center.name}: клиента «{name}» нет.")
    if client.blocked_at is None:
        client.blocked_at = now
        client.save(update_fields=["blocked_at"])
        note(client, Kind.BLOCKED, actor=actor, now=now)
    return client


def find_by_key(key: str, *, now: datetime) -> ApiKey | None:
    """The key with its client, if neither is blocked, it has not run out and its Center is not closed.

    The row is found by the key's open part and the whole key compared in constant time, so that neither an index nor
    the time of an answer tells anything of the secret.
    """
    start, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if start != KEY_START or not secret or not prefix.isascii() or not prefix.isalnum():
        return None
    row = known_keys.by_prefix(prefix)
    known = row.hash if row else _hash("")
    if not hmac.compare_digest(known, _hash(key)) or row is None:
        return None
    if row.blocked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.client.blocked_at is not None or row.client.center.closed_at is not None:
        return None
    return row


def may_keep(actor: Actor | None, center: Center) -> None:
    """Go on only for a command or the Center's technical role. Raises NotAllowed."""
    if actor is not None:
        demand(policies.may_keep_clients(actor))
        if actor.center_id != center.pk:
            raise NotAllowed("Это программа другого Центра.")


def _locked(client: ApiClient, actor: Actor | None) -> ApiClient:
    """The client as it is now, held to the end of the transaction; one key exchange at a time."""
    may_keep(actor, client.center)
    found = ApiClient.objects.select_for_update(no_key=True, of=("self",)).select_related("center").get(pk=client.pk)
    if found.blocked_at is not None:
        raise WrongState(f"Программа «{found.name}» заблокирована насовсем. Заведите новую. {REFUSED}")
    return found


def _in_force(client: ApiClient, now: datetime) -> Any:
    return client.keys.filter(blocked_at__isnull=True).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _new_key(client: ApiClient, now: datetime, by_id: int | None) -> str:
    prefix = secrets.token_hex(PREFIX_BYTES)
    key = f"{KEY_START}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    ApiKey.objects.create(client=client, prefix=prefix, hash=_hash(key), created_at=now, created_by_id=by_id)
    return key


def _facts(client: ApiClient, sources: Iterable[Source]) -> dict[str, Any]:
    codes = sorted(source.code for source in sources)
    return {"sources": codes, "scopes": sorted(client.scopes), "rate": client.rate}


def _scopes(said: Iterable[str] | None) -> list[str]:
    if said is None:
        return first_scopes()
    chosen = set(said)
    if not chosen or not chosen <= set(Scope.values):
        problem = "Отметьте, что программе можно: " + ", ".join(Scope.values) + "."
        raise Invalid(f"{problem} {REFUSED}", {"scopes": problem})
    return [code for code in Scope.values if code in chosen]


def _rate(rate: int | None) -> int | None:
    if rate is not None and not 1 <= rate <= MOST_RATE:
        problem = f"Вызовов в минуту может быть от 1 до {MOST_RATE}; пусто — как у всей установки."
        raise Invalid(f"{problem} {REFUSED}", {"rate": problem})
    return rate


def _sources(center: Center, codes: set[str]) -> list[Source]:
    open_sources = {source.code: source for source in Source.objects.filter(center=center, closed_at__isnull=True)}
    unknown = sorted(codes - open_sources.keys())
    if unknown or not codes:
        known = ", ".join(open_sources) or "нет ни одного"
        what = f"Неизвестный источник: {', '.join(unknown)}." if unknown else "Не назван ни один источник."
        raise Invalid(f"{what} Источники Центра: {known}.", {"source": what})
    return [open_sources[code] for code in sorted(codes)]


def _prefix(key: str) -> str:
    return key.split("_")[1]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
