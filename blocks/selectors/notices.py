"""The person's own notices: pages of the list by day, the newest for the bell, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.dateformat import format as format_date

from blocks.selectors.frame import unread_notices
from mcu import keyset
from mcu.keyset import Order
from mcu.models import Outbox, PushDevice

LATEST_FIRST: Final = Order("created_at", descending=True)
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
    """The page after (older) or before (newer) a cursor. One query."""
    found = keyset.page(rows, LATEST_FIRST, after=after, before=before)
    return Page(
        days=_by_day(found.items, tz, now),
        up_to=max((row.pk for row in found.items), default=0),
        newer=found.newer,
        older=found.older,
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
