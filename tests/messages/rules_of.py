"""Auto-rules for tests, made through their service and switched on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from blocks.models import Source
from messages.models import AutoRule, AutoWaiting, Message
from messages.services import auto_rules
from messages.services.auto_apply import apply_waiting
from messages.services.auto_rule_values import AutoRuleValues
from tests.cast import NOW, Cast


def make(cast: Cast, name: str, *, on: bool = True, block: str = "", by: str = "head", **values: Any) -> AutoRule:
    """A rule of the Center, last of its list; of all its sources where nothing narrows it."""
    if block:
        values["block_id"] = cast.block(block).pk
    if not {"sources", "topics", "settlements", "words", "without_words", "sender", "confidence"} & values.keys():
        values["sources"] = tuple(Source.objects.filter(center=cast.center, closed_at=None).values_list("pk", flat=True))
    wanted = AutoRuleValues(name=name, **values)
    rule = auto_rules.make_rule(center=cast.center, actor=cast.actor(by), values=wanted, now=NOW)
    if on:
        rule = auto_rules.switch_rule(
            center=cast.center, actor=cast.actor(by), rule_id=rule.pk, version=rule.version, on=True, now=NOW
        )
    return rule


def waiting(cast: Cast, source: str = "im", **values: Any) -> Message:
    """A case that has just come and waits for the rules."""
    message = cast.message(source, **values)
    AutoWaiting.objects.create(message=message, at=NOW)
    return message


def at(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def apply(moment: datetime = NOW) -> int:
    return apply_waiting(clock=at(moment))
