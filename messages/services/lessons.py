"""Learns at night from what people of a Center have decided, to suggest it for new messages (приоритет — за человеком).

What is known is a row of ``Lesson``; the newest one counts. Whether a lesson is due is read from these rows and from who
asked for one, so a missed night is made up for. One lesson is learned at a time, in a process of its own.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from blocks.actors import Actor
from blocks.models import Center, Recipient, Topic
from mcu import beats
from mcu.errors import NotAllowed, WrongState
from messages import policies
from messages.models import AutoMove, Lesson, Message
from messages.selectors.guess import marks_of
from messages.selectors.lessons import asked_name, is_asked, newest

log = logging.getLogger(__name__)

FEWEST: Final = 150  # decided cases, below which nothing is learned
MOST: Final = 5000  # the newest ones
_NIGHT: Final = range(1, 6)  # hours of the Center's own day
_ONCE: Final = timedelta(hours=20)
_MISSED: Final = timedelta(hours=30)  # after so long a lesson is due at any hour
_LONGEST: Final = 1500.0  # seconds of a lesson
_KEPT: Final = 60  # lessons whose figures are kept
_LOCK: Final = 0x6C6573736F6E  # of the database: one learns at a time
_ROW: Final = ("text", "settlement_id", "source_id", "block_id", "topic_id", "recipient_id")


@dataclass(frozen=True, slots=True)
class _Learned:
    accuracy: dict[str, Any]
    weights: bytes


def learn_due(*, now: datetime) -> int:
    """Every minute: the lessons that are due; how many were learned. Two queries a Center when none is."""
    due = [center for center in Center.objects.filter(closed_at__isnull=True) if is_due(center, now)]
    if not due:
        return 0
    with _alone() as alone:
        return len([learn(center=center, now=now) for center in due if is_due(center, now)]) if alone else 0


def is_due(center: Center, now: datetime) -> bool:
    """Whether somebody asked since the last lesson, or it is night and none was learned this night, or one was missed."""
    last = newest(center)
    if last is None or is_asked(center, last):
        return True
    age = now - last.learned_at
    return age > _MISSED or (age > _ONCE and now.astimezone(center.tz).hour in _NIGHT)


def ask(*, center: Center, actor: Actor, now: datetime) -> None:
    """Ask for a lesson before the night; the worker begins within a minute. Raises ``NotAllowed``, ``WrongState``."""
    verdict = policies.may_see_lessons(actor)
    if not verdict:
        raise NotAllowed(verdict.reason)
    if is_asked(center, newest(center)):
        raise WrongState("Переучивание уже запрошено: дождитесь его конца.")
    beats.beat(asked_name(center), now, by=actor.user_id)


def learn(*, center: Center, now: datetime) -> Lesson:
    """Learn from the newest decided cases and keep it.

    Too few cases, or ones that teach nothing, leave a lesson that is not in use: the page says why. Where learning was cut
    short, the last lesson goes on.
    """
    rows = decided(center)
    if len(rows) < FEWEST:
        return _keep(center, Lesson(center=center, learned_at=now, texts=len(rows), accuracy={"problem": "few"}))
    task = {"examples": [_example(row) for row in rows], "names": _names(center)}
    learned = _run(task)
    if learned is None:
        return _keep(center, _once_more(center, now))
    in_use = bool(learned.accuracy["block"]["helps"])
    lesson = Lesson(center=center, learned_at=now, texts=len(rows), accuracy=learned.accuracy, in_use=in_use)
    lesson.weights = learned.weights if in_use else b""
    return _keep(center, lesson)


def decided(center: Center) -> list[dict[str, Any]]:
    """The newest cases that are in a block by the decision of people. One query.

    A rule that follows the suggestion must not become its own teacher: its hand-overs count once a person changed them.
    """
    followed = AutoMove.objects.filter(message=OuterRef("pk"), missed_at__isnull=True, rule__confidence__isnull=False)
    rows = Message.objects.filter(~Exists(followed), center=center, block__isnull=False).order_by("-pk")
    return list(rows.values(*_ROW)[:MOST])


def _once_more(center: Center, now: datetime) -> Lesson:
    """The last lesson once more, as of now: so that it is not tried every minute, and nothing is lost."""
    last = newest(center) or Lesson(center=center)
    accuracy = {**last.accuracy, "problem": "broken"}
    weights = bytes(last.weights)
    return Lesson(center=center, learned_at=now, texts=last.texts, accuracy=accuracy, in_use=last.in_use, weights=weights)


def _example(row: dict[str, Any]) -> list[Any]:
    marks = marks_of(settlement_id=row["settlement_id"], source_id=row["source_id"])
    return [row["text"], marks, *(str(row[f"{kind}_id"] or "") for kind in ("block", "topic", "recipient"))]


def _names(center: Center) -> dict[str, dict[str, str]]:
    """Words of each choice; blocks are named by too common ones. Two queries."""
    topics = Topic.objects.filter(center=center).values_list("pk", "name", "keywords")
    recipients = Recipient.objects.filter(center=center).values_list("pk", "name")
    return {
        "topic": {str(pk): " ".join([name, *keywords]) for pk, name, keywords in topics},
        "recipient": {str(pk): name for pk, name in recipients},
    }


def _run(task: dict[str, Any]) -> _Learned | None:
    """The lesson learned by a process of its own, which gives its memory back; None where it did not come to its end."""
    command = [sys.executable, "-m", "messages.suggesting.program"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(task, ensure_ascii=False).encode(),
            capture_output=True,
            cwd=settings.BASE_DIR,
            timeout=_LONGEST,
            check=True,
        )
        told, _, weights = done.stdout.partition(b"\n")
        found = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        said = getattr(problem, "stderr", b"") or b""
        log.error("nothing was learned: %s %s", problem, said.decode(errors="replace")[-2000:])
        return None
    return _Learned({**found["accuracy"], "blocks": found["blocks"]}, weights)


@transaction.atomic
def _keep(center: Center, lesson: Lesson) -> Lesson:
    """The lesson, beside which the older ones keep only their figures, and only the last two months of them."""
    lesson.save()
    older = Lesson.objects.filter(center=center).exclude(pk=lesson.pk)
    older.exclude(weights=b"").update(weights=b"")
    last = older.order_by("-learned_at", "-pk").values_list("pk", flat=True)[:_KEPT]
    older.exclude(pk__in=list(last)).delete()
    return lesson


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else learns just now; a worker that dies lets go of it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
