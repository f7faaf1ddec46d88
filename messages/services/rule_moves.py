"""Moving open cases under a new edition of the rules: case by case, each with the count of what is done.

A change is gone through in the order of its cases. Whoever holds its row has the next case; what a case changed and that it
was counted is one transaction, so a worker that is killed leaves nothing half done and another goes on where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import DatabaseError, transaction
from django.db.models import F

from blocks import actors
from messages.models import RuleChange
from messages.services import recount
from messages.services.rule_scope import concerned, editions, pairs_at
from messages.services.term_book import TermBook, book_of
from messages.terms import Kind

log = logging.getLogger(__name__)

CHUNK: Final = 100


def move_open_cases(*, clock: Callable[[], datetime]) -> int:
    """Go on with the changes that move open cases; how many cases were gone through. One query when there are none.

    Of one Center the older change comes first: the later one's editions are the last word.
    """
    gone = 0
    while first := _first_of_each():
        step = sum(_part(change_id, clock) for change_id in first)
        if not step:
            return gone
        gone += step
    return gone


def _first_of_each() -> list[int]:
    first: dict[int, int] = {}
    waiting = RuleChange.objects.filter(finished_at__isnull=True).order_by("pk").values_list("center_id", "pk")
    for center_id, pk in waiting:
        first.setdefault(center_id, pk)
    return list(first.values())


def _part(change_id: int, clock: Callable[[], datetime]) -> int:
    """The next cases of a change; 0 where another worker has it or it is done."""
    change = RuleChange.objects.select_related("center").get(pk=change_id)
    pairs = pairs_at(change.center, change.at)
    book = book_of(change.center)
    cases = concerned(change.center, pairs, book.rules, at=change.at).filter(pk__gt=change.last_id)
    ids = list(cases.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    moments = editions(pairs, change.at)
    for number, message_id in enumerate(ids):
        if not _one(change, message_id, book, moments, clock()):
            return number
    if len(ids) < CHUNK:
        RuleChange.objects.filter(pk=change_id, finished_at__isnull=True).update(finished_at=clock())
    return len(ids)


@transaction.atomic
def _one(change: RuleChange, message_id: int, book: TermBook, moments: dict[Kind, datetime], now: datetime) -> bool:
    """One case with its count; ``False`` where another worker has gone on."""
    going = RuleChange.objects.filter(pk=change.pk, finished_at__isnull=True, last_id__lt=message_id)
    if not going.select_for_update(skip_locked=True):
        return False
    moved = _moved(change, message_id, book, moments, now)
    RuleChange.objects.filter(pk=change.pk).update(last_id=message_id, done=F("done") + 1, moved=F("moved") + int(moved))
    return True


def _moved(change: RuleChange, message_id: int, book: TermBook, moments: dict[Kind, datetime], now: datetime) -> bool:
    """Bring one case under the new edition; whether its terms moved. One that fails is told to the log and stays."""
    why = {"rule_change": change.pk, "rule_at": change.at.isoformat()}
    system = actors.system(change.center)
    try:
        with transaction.atomic():
            moves = recount.recount(change.center, [message_id], now=now, actor=system, why=why, book=book, editions=moments)
    except DatabaseError:
        raise  # the next run goes on here
    except Exception:
        log.exception("case %s was not moved by the change of rules %s", message_id, change.pk)
        return False
    return bool(moves)
