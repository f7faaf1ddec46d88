"""Mailboxes as pages show them: how each is, what came of its letters, which were not taken in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F

from blocks.models import Center
from messages.models import IncomingLetter, Mailbox

PERIOD: Final = timedelta(days=30)
SILENT_AFTER: Final = timedelta(minutes=15)  # a mailbox is read every minute
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One mailbox and what became of its letters of the last thirty days, by ``IncomingLetter.Kind``."""

    mailbox: Mailbox
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_paused(self) -> bool:
        return self.mailbox.closed_at is not None

    @property
    def taken(self) -> int:
        return self.counts["case"] + self.counts["thread"]

    @property
    def passed_over(self) -> int:
        return self.counts["autoreply"] + self.counts["bounce"]

    @property
    def refused(self) -> int:
        return self.counts["refused"]


def mailboxes_of(center: Center, now: datetime) -> list[Line]:
    """The Center's mailboxes, those that are read first. Two queries."""
    order = F("closed_at").asc(nulls_first=True), "address", "pk"
    rows = list(Mailbox.objects.filter(center=center).select_related("source").order_by(*order))
    counts: dict[int, Counter[str]] = {row.pk: Counter() for row in rows}
    letters = IncomingLetter.objects.filter(mailbox__in=rows, taken_at__gte=now - PERIOD).order_by()
    for mailbox, kind, number in letters.values_list("mailbox", "kind").annotate(n=Count("pk")):
        counts[mailbox][kind] = number
    return [Line(row, counts[row.pk]) for row in rows]


def refused_of(center: Center, now: datetime) -> list[IncomingLetter]:
    """Letters of the last thirty days that were not taken in, newest first. One query."""
    rows = IncomingLetter.objects.filter(mailbox__center=center, kind=IncomingLetter.Kind.REFUSED, taken_at__gte=now - PERIOD)
    return list(rows.select_related("mailbox").order_by("-taken_at", "-pk")[:SHOWN])


def is_silent(mailbox: Mailbox, now: datetime) -> bool:
    """Whether a mailbox that should be read was not for long."""
    return mailbox.closed_at is None and now - (mailbox.checked_at or mailbox.created_at) > SILENT_AFTER


def is_stuck(mailbox: Mailbox, now: datetime) -> bool:
    """Whether a letter has ended its worker and waits to be tried again."""
    if mailbox.closed_at is not None or not mailbox.tries:
        return False
    return mailbox.tries > 1 or mailbox.claimed_until is None or mailbox.claimed_until <= now
