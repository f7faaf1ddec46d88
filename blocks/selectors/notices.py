"""The person's own notices: pages of the list by day, the newest for the bell, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.dateformat import format as format_date

from blocks.selectors.frame import unread_notices
from mcu.models import Outbox, PushDevice

PAGE: Final = 50
LATEST: Final = 8
COUNTED: Final = 99


def own(user_id: int, slug: str) -> QuerySet[Outbox]:
    """The person's notices of the Center and those of no Center."""
    return Outbox.objects.filter(user_id=user_id, center_slug__in=[slug, ""])


def unread(user_id: int, slug: str) -> QuerySet[Outbox]:
    """Of them the new ones, by their own index."""
    return unread_notices(user_id, slug)


@dataclass(frozen=True, slots=True)
class Day:
    """The notices of one local day."""

    heading: str
    notices: tuple[Outbox, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, latest first; the cursors are empty at its ends."""

    days: tuple[Day, ...]
    up_to: int
    newer: str
    older: str


def page(rows: QuerySet[Outbox], *, tz: ZoneInfo, now: datetime, after: str = "", before: str = "") -> Page:
    """The page after (older) or before (newer) a cursor; what is no cursor gives the first page. One query."""
    backwards = bool(before) and not after
    place = _read(before if backwards else after)
    found, backwards = (rows, False) if place is None else (rows.filter(_beyond(place, backwards=backwards)), backwards)
    order = ("created_at", "pk") if backwards else ("-created_at", "-pk")
    items = list(found.order_by(*order)[: PAGE + 1])
    more, items = len(items) > PAGE, items[:PAGE]
    if backwards:
        items.reverse()
    has_newer = more if backwards else place is not None
    has_older = True if backwards else more
    return Page(
        days=_by_day(items, tz, now),
        up_to=max((row.pk for row in items), default=0),
        newer=_write(items[0]) if items and has_newer else "",
        older=_write(items[-1]) if items and has_older else "",
    )


@dataclass(frozen=True, slots=True)
class Bell:
    """What the bell shows: how many are new, the newest of them."""

    count: int
    latest: int
    subject: str

    @property
    def shown(self) -> str:
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)


def bell(user_id: int, slug: str) -> Bell:
    """One query over the new ones alone, the newest first."""
    rows = list(unread(user_id, slug).order_by("-pk").values_list("pk", "subject")[: COUNTED + 1])
    newest, subject = rows[0] if rows else (0, "")
    return Bell(len(rows), newest, subject)


def latest(user_id: int, slug: str) -> list[Outbox]:
    """The newest of the new ones, for the bell's panel. One query."""
    return list(unread(user_id, slug).order_by("-created_at", "-pk")[:LATEST])


def devices_of(user_id: int) -> list[PushDevice]:
    """Browsers where the person allowed notices. One query."""
    return list(PushDevice.objects.filter(user_id=user_id).order_by("created_at"))


def _by_day(items: Iterable[Outbox], tz: ZoneInfo, now: datetime) -> tuple[Day, ...]:
    today = now.astimezone(tz).date()
    days = groupby(items, key=lambda row: row.created_at.astimezone(tz).date())
    return tuple(Day(_heading(day, today), tuple(rows)) for day, rows in days)


def _heading(day: date, today: date) -> str:
    near = {today: "Сегодня", today - timedelta(days=1): "Вчера"}
    words = format_date(day, "j E" if day.year == today.year else "j E Y")
    return f"{near[day]}, {words}" if day in near else f"{words}, {format_date(day, 'l').lower()}"


def _beyond(place: tuple[datetime, int], *, backwards: bool) -> Q:
    """Rows beyond the place. The first condition alone lets the index start there."""
    than = "gt" if backwards else "lt"
    moment, pk = place
    return Q(**{f"created_at__{than}e": moment}) & (Q(**{f"created_at__{than}": moment}) | Q(**{f"pk__{than}": pk}))


def _write(row: Outbox) -> str:
    return f"{row.created_at.isoformat()}_{row.pk}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    moment, _, pk = cursor.rpartition("_")
    try:
        read = datetime.fromisoformat(moment)
        place = read.astimezone(UTC), int(pk)  # the database takes no offset of a whole day, which Python reads
    except (ValueError, OverflowError):
        return None
    return place if read.tzinfo and 0 < place[1] < 2**63 else None
