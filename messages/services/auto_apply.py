"""New cases that wait for the rules: each is asked once and, where a rule fits, marked and handed over by it.

A case with its hand-over is one transaction, and whoever holds its row has it: a worker that is killed leaves nothing half
done, several workers share the work. A case that fails again and again is left to people.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.urls import reverse

from blocks import actors
from blocks.models import Center
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from mcu import memo, outbox
from mcu.errors import NotFound, WrongState
from mcu.outbox import Notice
from messages.automatic import Decision, Hint, Rule, decide
from messages.models import AutoMove, AutoRule, AutoWaiting, Message, MessageEvent
from messages.selectors import auto_rules as found_in
from messages.selectors.auto_hints import hints_of
from messages.selectors.auto_rule_names import names_of
from messages.services import routing, tags
from messages.workflow import ASSIGN, State

log = logging.getLogger(__name__)

CHUNK: Final = 200
ATTEMPTS: Final = 3
LONGEST: Final = timedelta(seconds=20)  # of one run, so that other tasks get their turn
_ROW: Final = ("center_id", "state", "block_id", "cycle", "number", "registered_at", "fast_track")


@dataclass(slots=True)
class _Place:
    """Where a case would go, as far as rights ask: who may be responsible there."""

    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None
    responsible_id: int | None = None
    publisher_role: str = ""


def apply_waiting(*, clock: Callable[[], datetime]) -> int:
    """Ask the rules about the cases that wait, oldest number first; how many were dealt with. One query when none wait."""
    done, last, begun = 0, 0, clock()
    while ids := _next(last):
        # The rules, people and terms are read once a chunk.
        with memo.remembering():
            done += _chunk(ids, clock)
        last = ids[-1]
        if clock() - begun > LONGEST:
            break
    return done


def _next(last: int) -> list[int]:
    waiting = AutoWaiting.objects.filter(message_id__gt=last).order_by("message_id")
    return list(waiting.values_list("message_id", flat=True)[:CHUNK])


def _chunk(ids: list[int], clock: Callable[[], datetime]) -> int:
    """Those that no rule concerns leave together; each of the others has its own transaction."""
    rows = list(found_in.with_facts(Message.objects.filter(pk__in=ids).order_by("pk"), *_ROW))
    centers = Center.objects.in_bulk({row["center_id"] for row in rows})
    for center in centers.values():
        _tell_of_broken(center, clock())
    decided = [(row, _decided(row, centers[row["center_id"]], clock())) for row in rows]
    idle = [row["pk"] for row, decision in decided if not decision]
    AutoWaiting.objects.filter(message_id__in=idle).delete()
    return len(idle) + sum(_one(row, decision, centers[row["center_id"]], clock()) for row, decision in decided if decision)


def _decided(row: Mapping[str, Any], center: Center, now: datetime) -> Decision:
    """What the rules say; nothing about a case that people have had in hand already."""
    if row["state"] != State.RECEIVED or row["registered_at"] is not None:
        return Decision()
    rules = memo.remembered(("ready rules", center.pk), lambda: found_in.ready_rules(center, now))
    return decide(rules, found_in.facts_of(row), lambda: _hint(row, center))


def _hint(row: Mapping[str, Any], center: Center) -> Hint | None:
    """The suggestion for the case; one that cannot be had is none, and the rules go on."""
    try:
        return hints_of(center, [row])[0]
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("no suggestion could be made for %s", row["number"])
        return None


def _one(row: Mapping[str, Any], decision: Decision, center: Center, now: datetime) -> bool:
    """One case with all that the rules do to it; ``False`` where another worker has it or it is to be tried again."""
    waiting = AutoWaiting.objects.filter(message_id=row["pk"])
    try:
        with transaction.atomic():
            if not waiting.select_for_update(skip_locked=True):
                return False
            _carry_out(row, decision, center, now)
            waiting.delete()
    except (OperationalError, InterfaceError):
        raise  # the next run goes on here
    except (WrongState, NotFound):
        waiting.delete()  # a colleague was faster
    except Exception:
        given_up = _gives_up(row)
        rule = decision.mover or decision.markers[0]
        what = "is left to people" if given_up else "will be tried again"
        log.exception("rule %s failed with case %s, which %s", rule.pk, row["number"], what)
        return given_up
    return True


def _gives_up(row: Mapping[str, Any]) -> bool:
    """Count the attempt; after the last one the case waits for people as any other."""
    waiting = AutoWaiting.objects.filter(message_id=row["pk"])
    waiting.update(attempts=F("attempts") + 1)
    return bool(waiting.filter(attempts__gte=ATTEMPTS).delete()[0])


def _carry_out(row: Mapping[str, Any], decision: Decision, center: Center, now: datetime) -> None:
    """Marks first, so that the block's terms begin as they are meant; then the hand-over."""
    fast = row["fast_track"]
    for rule in filter(None, (*decision.markers, decision.mover)):
        actor = actors.rule(center, rule_id=rule.pk, name=rule.name)
        if rule.fast_track and not fast:
            fast = True
            # As it is now: a colleague may have named the topic since the row was read.
            cases = Message.objects.select_for_update(of=("self",))
            about = cases.values("topic_id", "settlement_id", "recipient_id").get(pk=row["pk"])
            routing.classify(message_id=row["pk"], actor=actor, fast_track=True, now=now, **about)
        if rule.tag:
            tags.add(message_id=row["pk"], actor=actor, name=rule.tag, now=now)
    if decision.mover is not None:
        _hand_over(row, decision, decision.mover, center, now)


def _hand_over(row: Mapping[str, Any], decision: Decision, rule: Rule, center: Center, now: datetime) -> None:
    message = routing.assign(
        message_id=row["pk"],
        actor=actors.rule(center, rule_id=rule.pk, name=rule.name),
        block_id=decision.block_id or 0,
        recipient_id=decision.recipient_id,
        responsible_id=_responsible(row, decision, rule, roster_of(center, now)),
        seen=f"{row['state']}.{row['block_id'] or 0}.{row['cycle']}",
        now=now,
    )
    event = MessageEvent.objects.filter(message=message, code=ASSIGN.name).latest("pk")
    AutoMove.objects.create(rule_id=rule.pk, message=message, event=event, version=rule.version, at=now)


def _responsible(row: Mapping[str, Any], decision: Decision, rule: Rule, roster: Roster) -> int | None:
    """The person of the rule, where he answers for such a case too (his post may name a source or a place); else the block."""
    if rule.responsible_id is None:
        return None
    place = _Place(row["source_id"], decision.block_id, decision.recipient_id, row["settlement_id"])
    return rule.responsible_id if rule.responsible_id in roster.may_be_responsible(place) else None


def _tell_of_broken(center: Center, now: datetime) -> None:
    """Once for each trouble: a rule that is switched on and cannot be carried out is told to those who keep the rules."""
    rules = [rule for rule in found_in.in_force(center) if rule.enabled_at]
    if not rules:
        return
    names = names_of(center, now)
    for rule in rules:
        if troubles := found_in.stops(rule, names):
            outbox.put(_notices(rule, troubles, center, names.roster), now=now)


def _notices(rule: AutoRule, troubles: Iterable[str], center: Center, roster: Roster) -> Iterable[Notice]:
    words = "; ".join(troubles)
    mark = hashlib.sha256(words.encode()).hexdigest()[:12]
    for user_id in roster.in_roles(Role.HEAD, Role.SUPPORT):
        yield Notice(
            key=f"auto_rule:{rule.pk}:{mark}:{user_id}",
            kind="auto_rule",
            user_id=user_id,
            subject=f"Автоправило «{rule.name}» не действует",
            body=f"{words[:1].upper()}{words[1:]}. Новые сообщения по нему не передаются, их разбирают люди.",
            path=reverse("messages:auto-rule", args=[center.slug, rule.pk]),
            center_slug=center.slug,
        )
