"""Letters as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Count, Q, QuerySet

from blocks.models import Center
from messages.models import Letter
from messages.models.letter import REFUSED


def undelivered(center: Center) -> QuerySet[Letter]:
    """Letters of the Center that the mail server refused for good: they wait for their senders. An index holds them alone."""
    return Letter.objects.filter(REFUSED, message__center=center)


@dataclass(frozen=True, slots=True)
class Held:
    """Letters by e-mail that have not left: the server will be asked again, or has refused for good."""

    trying: int
    refused: int


def held(center: Center) -> Held:
    """How many of the Center's letters have not left. One query over the two indexes of such letters."""
    trying = Q(next_try_at__isnull=False, attempts__gt=0)
    rows = Letter.objects.filter(trying | REFUSED, message__center=center)
    return Held(**rows.aggregate(trying=Count("pk", filter=trying), refused=Count("pk", filter=REFUSED)))


class OnItsWay(Protocol):
    """What is asked of a letter's delivery, be it the row itself or what a page has read of it."""

    @property
    def method(self) -> str: ...
    @property
    def tracking(self) -> str: ...
    @property
    def handed_to(self) -> str: ...
    @property
    def mailed_at(self) -> datetime | None: ...
    @property
    def next_try_at(self) -> datetime | None: ...
    @property
    def attempts(self) -> int: ...


def is_undelivered(letter: OnItsWay) -> bool:
    """Whether the mail server refused it for good."""
    return (
        letter.method == Letter.Method.EMAIL and letter.mailed_at is None and letter.next_try_at is None and letter.attempts > 0
    )
