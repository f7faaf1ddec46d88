"""Notices that were tried and did not get through, for the technical desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from mcu.models import MAIL_TROUBLED, PUSH_TROUBLED, Heartbeat, Outbox
from mcu.outbox.delivery import COLUMNS, silence
from mcu.outbox.groups import WAY_RU, Way

SHOWN: Final = 100
_TROUBLED: Final = {Way.EMAIL: MAIL_TROUBLED, Way.PUSH: PUSH_TROUBLED}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One delivery that has not got through: to whom, how, how often, with which error, when again."""

    notice: int
    way: Way
    person: str
    subject: str
    created_at: datetime
    attempts: int
    error: str
    next_try_at: datetime | None

    @property
    def way_words(self) -> str:
        return WAY_RU[self.way]

    @property
    def given_up(self) -> bool:
        return self.next_try_at is None


@dataclass(frozen=True, slots=True)
class Silence:
    """A server that does not answer, since the last run that met it."""

    way: Way
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Troubles:
    """How delivery stands: counts by way, servers that do not answer, the latest failures."""

    waiting: dict[str, int]
    """Still to be delivered, tried or not, by way."""
    failing: dict[str, int]
    """Tried and not delivered, will be tried again, by way."""
    given_up: dict[str, int]
    """Tried for the last time, by way."""
    silent: tuple[Silence, ...]
    rows: tuple[Trouble, ...]

    @property
    def any(self) -> bool:
        return bool(self.silent or sum(self.failing.values()) or sum(self.given_up.values()))


def troubles(center_slug: str = "", *, limit: int = SHOWN) -> Troubles:
    """How delivery stands in a Center with what belongs to none, or in the whole installation. Three queries.

    ``limit=0`` gives the counts alone, in two queries.
    """
    rows = _within(center_slug)
    totals: dict[str, Any] = rows.filter(_undelivered(Way.EMAIL) | _undelivered(Way.PUSH)).aggregate(
        **{f"waiting_{way}": Count("pk", filter=_undelivered(way) & _scheduled(way)) for way in Way},
        **{f"failing_{way}": Count("pk", filter=_TROUBLED[way] & _scheduled(way)) for way in Way},
        **{f"given_up_{way}": Count("pk", filter=_TROUBLED[way] & ~_scheduled(way)) for way in Way},
    )
    beats = {beat.name: beat for beat in Heartbeat.objects.filter(name__in=[silence(way) for way in Way])}
    latest = rows.filter(MAIL_TROUBLED | PUSH_TROUBLED).select_related("user").order_by("-pk")[:limit] if limit else ()
    return Troubles(
        **{name: {str(way): totals[f"{name}_{way}"] for way in Way} for name in ("waiting", "failing", "given_up")},
        silent=tuple(_silence(way, beats[silence(way)]) for way in Way if silence(way) in beats),
        rows=tuple(_trouble(row, way) for row in latest for way in Way if _is_troubled(row, way)),
    )


def retry(*, notice: int, way: Way, center_slug: str, now: datetime) -> bool:
    """Try the delivery with the next run; False if it is no longer waiting for that."""
    return bool(_try_again(_within(center_slug).filter(pk=notice), way, now))


def retry_all(*, center_slug: str, now: datetime) -> int:
    """Try everything that did not get through with the next run; how many deliveries that is."""
    return sum(_try_again(_within(center_slug), way, now) for way in Way)


def _try_again(rows: QuerySet[Outbox], way: Way, now: datetime) -> int:
    """The count of tries begins anew, or a row given up would be given up again at once; the error stays until then."""
    columns = COLUMNS[way]
    return rows.filter(_TROUBLED[way]).update(**{columns.try_at: now, columns.attempts: 1})


def _within(center_slug: str) -> QuerySet[Outbox]:
    rows = Outbox.objects.all()
    return rows.filter(center_slug__in=[center_slug, ""]) if center_slug else rows


def _undelivered(way: Way) -> Q:
    columns = COLUMNS[way]
    return Q(**{columns.wanted: True, f"{columns.done_at}__isnull": True})


def _scheduled(way: Way) -> Q:
    return Q(**{f"{COLUMNS[way].try_at}__isnull": False})


def _is_troubled(row: Outbox, way: Way) -> bool:
    columns = COLUMNS[way]
    return getattr(row, columns.wanted) and getattr(row, columns.done_at) is None and getattr(row, columns.attempts) > 0


def _trouble(row: Outbox, way: Way) -> Trouble:
    columns = COLUMNS[way]
    return Trouble(
        notice=row.pk,
        way=way,
        person=row.user.short_name,
        subject=row.subject,
        created_at=row.created_at,
        attempts=getattr(row, columns.attempts),
        error=getattr(row, columns.error),
        next_try_at=getattr(row, columns.try_at),
    )


def _silence(way: Way, beat: Heartbeat) -> Silence:
    return Silence(way, beat.at, str(beat.data.get("error", "")))
