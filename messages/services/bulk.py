"""One step for many cases of the register: each case by the same service, in its own transaction, with its own permission.

A run is a row: its chunks are made by the page that shows its progress and, if that page was left, by a task. What a case
changed and that it was counted is one transaction, so a run that was cut off goes on exactly where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from blocks.actors import Actor
from blocks.models import Center
from mcu import memo
from mcu.errors import DomainError, Invalid, NotAllowed, WrongState
from messages.models import BulkRun, Message
from messages.services import routing, tags
from messages.services.case import locked

log = logging.getLogger(__name__)

MOST: Final = 1000
CHUNK: Final = 25
LEASE: Final = timedelta(seconds=30)  # after so long without a sign somebody else goes on
Do = BulkRun.Do
_BROKEN: Final = "Программа не справилась с этим сообщением; оно не изменилось. Сделайте шаг на его странице."


class _Overtaken(Exception):
    """Somebody else went on with the run meanwhile: this case is his."""


def ask(
    *,
    center: Center,
    actor: Actor,
    do: str,
    ids: Sequence[int],
    values: Mapping[str, Any],
    query: str = "",
    now: datetime,
) -> BulkRun:
    """Write down what is to be done with which of the cases the person sees; nothing is done yet. Two queries.

    ``values`` are the step's own: ``block_id``, ``topic_id``, ``recipient_id``; ``responsible_id``; ``name`` of a tag.
    Raises ``Invalid`` for an empty or too large selection.
    """
    if actor.user_id is None or actor.center_id != center.pk:
        raise NotAllowed("Так работают люди этого Центра.")
    if do not in Do.values:
        raise Invalid("Такого действия нет. Ничего не сделано.")
    if len(ids) > MOST:
        raise Invalid(f"За один раз — не больше {MOST} сообщений. Сузьте отбор или отметьте часть.")
    rows = {row.pk: row for row in Message.objects.visible_to(actor).filter(pk__in=ids)}
    seen = [rows[pk] for pk in dict.fromkeys(ids) if pk in rows]
    if not seen:
        raise Invalid("Ничего не выбрано. Отметьте сообщения в списке.")
    return BulkRun.objects.create(
        center=center,
        user_id=actor.user_id,
        do=do,
        values=dict(values),
        ids=[row.pk for row in seen],
        stages=[row.stage for row in seen],
        query=query[:2000],
        asked_at=now,
        touched_at=now,
    )


def advance(*, run_id: int, actor: Actor, now: datetime) -> BulkRun:
    """Make the run's next chunk, unless somebody is at it; the run as it stands afterwards."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().get(pk=run_id)
        at = run.done + len(run.failed)
        if run.finished_at or (run.taken > at and run.touched_at > now - LEASE):
            return run
        run.taken, run.touched_at = min(at + CHUNK, len(run.ids)), now
        run.save()
    numbers = dict(Message.objects.filter(pk__in=run.ids[at : run.taken]).values_list("pk", "number"))
    with memo.remembering():
        try:
            for index in range(at, run.taken):
                _one(run, index, numbers[run.ids[index]], actor, now)
        except _Overtaken:
            log.info("bulk run %s is gone on with elsewhere", run.pk)
    return BulkRun.objects.get(pk=run.pk)


def finish_left(*, actor_of: Callable[[BulkRun], Actor], now: datetime) -> int:
    """Go on with runs whose page was left; each stops when it is done. Returns how many cases were taken up."""
    made = 0
    for run_id in BulkRun.objects.filter(finished_at__isnull=True, touched_at__lte=now - LEASE).values_list("pk", flat=True):
        run = BulkRun.objects.select_related("center", "user").get(pk=run_id)
        actor = actor_of(run)
        for _ in range(0, len(run.ids), CHUNK):
            run = advance(run_id=run_id, actor=actor, now=now)
            if run.finished_at:
                break
        made += run.done + len(run.failed)
    return made


@transaction.atomic
def name_responsible(*, message_id: int, actor: Actor, responsible_id: int, seen: str = "", now: datetime) -> Message:
    """Hand the case over within its block to a person. Raises ``WrongState`` where it is in no block yet."""
    message = locked(message_id=message_id, actor=actor, seen=seen)
    if message.block_id is None:
        raise WrongState("Сообщение ещё не в блоке: сначала передайте его в блок.")
    return routing.assign(
        message_id=message_id,
        actor=actor,
        block_id=message.block_id,
        recipient_id=message.recipient_id,
        responsible_id=responsible_id,
        seen=seen,
        now=now,
    )


@transaction.atomic
def set_recipient(*, message_id: int, actor: Actor, recipient_id: int | None, now: datetime) -> Message:
    """Name the recipient and leave the rest of what the case is about. Raises ``WrongState`` where it is in no block yet."""
    message = locked(message_id=message_id, actor=actor)
    if message.block_id is None:
        raise WrongState("Сообщение ещё не в блоке: получателя назначают вместе с блоком.")
    return routing.classify(
        message_id=message_id,
        actor=actor,
        topic_id=message.topic_id,
        settlement_id=message.settlement_id,
        recipient_id=recipient_id,
        fast_track=message.fast_track,
        now=now,
    )


# A second hand-over upon a colleague's is refused: these steps are told what the person saw.
_MADE_AGAIN: Final = frozenset({Do.ASSIGN, Do.RESPONSIBLE})
_SERVICES: Final[Mapping[str, Callable[..., Any]]] = {
    Do.ASSIGN: routing.assign,
    Do.RESPONSIBLE: name_responsible,
    Do.RECIPIENT: set_recipient,
    Do.TAG: tags.add,
    Do.UNTAG: tags.remove,
}


def _one(run: BulkRun, index: int, number: str, actor: Actor, now: datetime) -> None:
    """One case and its count, together or not at all."""
    seen = {"seen": run.stages[index]} if run.do in _MADE_AGAIN else {}
    try:
        with transaction.atomic():
            _SERVICES[run.do](message_id=run.ids[index], actor=actor, now=now, **seen, **run.values)
            _count(run, index, now)
    except DomainError as error:
        _fail(run, index, number, error.message, now)
    except _Overtaken:
        raise
    except Exception:  # one case's trouble must not keep the others from theirs
        log.exception("bulk run %s: %s of %s", run.pk, run.do, number)
        _fail(
            run,
            index,
            number,
            "Программа не справилась с этим сообщением; оно не изменилось. Сделайте шаг на его странице.",
            now,
        )


def _count(run: BulkRun, index: int, now: datetime) -> None:
    """Count the case as done, in the transaction of its change."""
    ours = BulkRun.objects.filter(pk=run.pk, done=run.done, failed=run.failed, finished_at__isnull=True)
    finished = now if index + 1 == len(run.ids) else None
    if not ours.update(done=F("done") + 1, touched_at=now, finished_at=finished):
        raise _Overtaken
    run.done += 1


def _fail(run: BulkRun, index: int, number: str, reason: str, now: datetime) -> None:
    ours = BulkRun.objects.filter(pk=run.pk, done=run.done, failed=run.failed, finished_at__isnull=True)
    failed = [*run.failed, [number, reason]]
    finished = now if index + 1 == len(run.ids) else None
    if not ours.update(failed=failed, touched_at=now, finished_at=finished):
        raise _Overtaken
    run.failed = failed
