"""Programs of a Center for whoever keeps them: what each may, how much it calls, its keys, its webhooks, its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Prefetch, QuerySet

from blocks.models import ApiClient, ApiClientEvent, ApiKey, ApiUsage, Center, Source, Webhook
from blocks.models.programs import Scope

DAYS: Final = 14
HISTORY: Final = 50
SCOPE_RU: Final = {Scope.PUSH: "передаёт", Scope.READ: "читает своё", Scope.READ_ALL: "читает всё по источникам"}
_BAR: Final = 10  # the step of bars and the height of the chart, in the drawing's own units
_WIDE: Final = 8
_HIGH: Final = 40
Kind = ApiClientEvent.Kind


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart; the dark part of it are calls that did not end well."""

    day: date
    calls: int
    bad: int
    x: int
    y: float
    height: float
    bad_y: float
    bad_height: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a client called in the last days, the last of which is today."""

    days: tuple[Bar, ...]
    refused: int
    limited: int
    failed: int

    @property
    def today(self) -> int:
        return self.days[-1].calls

    @property
    def calls(self) -> int:
        return sum(day.calls for day in self.days)

    @property
    def bad(self) -> int:
        return sum(day.bad for day in self.days)

    @property
    def bad_share(self) -> float | None:
        return self.bad / self.calls if self.calls else None

    @property
    def width(self) -> int:
        return len(self.days) * _BAR - (_BAR - _WIDE)

    @property
    def height(self) -> int:
        return _HIGH


@dataclass(frozen=True, slots=True)
class Line:
    """A client in the list."""

    client: ApiClient
    sources: tuple[str, ...]
    scopes: tuple[str, ...]
    used_at: datetime | None
    usage: Usage
    webhooks: tuple[Webhook, ...]

    @property
    def troubled(self) -> tuple[Webhook, ...]:
        """Webhooks that somebody should look at; one switched off by hand is not among them."""
        return tuple(hook for hook in self.webhooks if hook.failing_since)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a client and what became of it."""

    row: ApiKey
    state: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of a client's history in words."""

    at: datetime
    what: str
    about: str
    by: str


def lines_of(center: Center, now: datetime) -> list[Line]:
    """Every client, those in force first. Four queries."""
    clients = list(_clients(center).order_by("blocked_at", "name"))
    usage = _usage(clients, now.astimezone(center.tz).date())
    return [_line(client, usage[client.pk]) for client in clients]


def line_of(center: Center, client_id: int, now: datetime) -> Line | None:
    """One client of the Center. Four queries."""
    client = _clients(center).filter(pk=client_id).first()
    return None if client is None else _line(client, _usage([client], now.astimezone(center.tz).date())[client.pk])


def find(center: Center, client_id: int) -> ApiClient | None:
    """The Center's client by its id. One query."""
    return ApiClient.objects.select_related("center").filter(center=center, pk=client_id).first()


def keys_of(client: ApiClient, now: datetime) -> list[Key]:
    """Its keys, the newest first. One query."""
    rows = ApiKey.objects.filter(client=client).select_related("created_by").order_by("-created_at", "-pk")
    return [_key(row, client, now) for row in rows]


def history_of(client: ApiClient) -> list[Happened]:
    """The last lines of its history, the newest first. Two queries."""
    sources = {row.code: row.short or row.name for row in Source.objects.filter(center=client.center_id)}
    rows = ApiClientEvent.objects.filter(client=client).select_related("by").order_by("-at", "-pk")[:HISTORY]
    return [
        Happened(row.at, str(Kind(row.kind).label), _about(row, sources), row.by.short_name if row.by else "программа")
        for row in rows
    ]


def _clients(center: Center) -> QuerySet[ApiClient]:
    return (
        ApiClient.objects.filter(center=center)
        .select_related("center", "created_by")
        .prefetch_related(
            Prefetch("sources", Source.objects.order_by("name")), Prefetch("webhooks", Webhook.objects.order_by("pk"))
        )
        .annotate(used_at=Max("keys__last_used_at"))
    )


def _line(client: ApiClient, usage: Usage) -> Line:
    return Line(
        client,
        tuple(source.short or source.name for source in client.sources.all()),
        _scopes(client.scopes),
        vars(client)["used_at"],
        usage,
        tuple(client.webhooks.all()),
    )


def _scopes(codes: Iterable[str]) -> tuple[str, ...]:
    """In words; whoever reads everything reads its own too."""
    held = set(codes)
    return tuple(SCOPE_RU[scope] for scope in Scope if scope in held and not (scope == Scope.READ and Scope.READ_ALL in held))


def _key(row: ApiKey, client: ApiClient, now: datetime) -> Key:
    if client.blocked_at is not None or row.blocked_at is not None:
        return Key(row, "заблокирован", in_force=False)
    if row.expires_at is not None and row.expires_at <= now:
        return Key(row, "срок вышел", in_force=False)
    return Key(row, "действует" if row.expires_at is None else "заменён, пока действует", in_force=True)


def _usage(clients: Sequence[ApiClient], today: date) -> dict[int, Usage]:
    """One query."""
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    found: dict[int, dict[date, ApiUsage]] = {client.pk: {} for client in clients}
    for row in ApiUsage.objects.filter(client__in=clients, day__gte=days[0], day__lte=today):
        found[row.client_id][row.day] = row
    return {pk: _of_days(rows, days) for pk, rows in found.items()}


def _of_days(rows: Mapping[date, ApiUsage], days: Iterable[date]) -> Usage:
    most = max((row.calls for row in rows.values()), default=0)
    bars = tuple(_bar(place, day, rows.get(day), most) for place, day in enumerate(days))
    kept = rows.values()
    return Usage(bars, sum(row.refused for row in kept), sum(row.limited for row in kept), sum(row.failed for row in kept))


def _bar(place: int, day: date, row: ApiUsage | None, most: int) -> Bar:
    calls = row.calls if row else 0
    bad = min(calls, row.refused + row.limited + row.failed) if row else 0
    # A day with a single call is still seen.
    high = max(1.0, round(_HIGH * calls / most, 1)) if calls else 0.0
    low = max(1.0, round(high * bad / calls, 1)) if bad else 0.0
    return Bar(day, calls, bad, place * _BAR, round(_HIGH - high, 1), high, round(_HIGH - low, 1), low)


def _about(row: ApiClientEvent, sources: Mapping[str, str]) -> str:
    data: dict[str, Any] = row.data
    if row.kind == Kind.CHANGED:
        return f"{_facts(data['before'], sources)} → {_facts(data['after'], sources)}"
    if row.kind == Kind.MADE:
        return f"{_facts(data, sources)}; ключ {data['key']}…"
    if row.kind == Kind.ROTATED:
        return f"ключ {data['key']}…, прежние до {datetime.fromisoformat(data['old_until']):%d.%m.%Y}"
    return data.get("url") or (f"ключ {data['key']}…" if "key" in data else "")


def _facts(data: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    scopes = ", ".join(_scopes(data["scopes"]))
    rate = f", до {data['rate']} вызовов в минуту" if data["rate"] else ""
    names = ", ".join(sources.get(code, code) for code in data["sources"])
    return f"{names}: {scopes}{rate}"
