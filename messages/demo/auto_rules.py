"""Auto-rules of the demo, in force from its first day: what a carrier or an operator answers goes to them by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from blocks import actors
from blocks.models import Center, Recipient, Topic
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu.models import User
from messages.services.auto_rule_values import AutoRuleValues
from messages.services.auto_rules import make_rule, switch_rule

# Name, topic and recipient; the block is the topic's.
_RULES: Final = (
    ("Вывоз отходов — региональному оператору", "waste_removal", "waste_operator"),
    ("Расписание автобусов — перевозчику", "bus_schedule", "passenger_carrier"),
)


def load_rules(*, center: Center, now: datetime) -> None:
    """Written and switched on by the head of the day."""
    heads = roster_of(center, now).in_roles(Role.HEAD)
    actor = actors.person(user=User.objects.get(pk=heads[0]), center=center, now=now)
    for name, topic_code, recipient_code in _RULES:
        topic = Topic.objects.get(center=center, code=topic_code)
        recipient = Recipient.objects.get(center=center, code=recipient_code)
        values = AutoRuleValues(name=name, topics=(topic.pk,), block_id=topic.block_id, recipient_id=recipient.pk)
        rule = make_rule(center=center, actor=actor, values=values, now=now)
        switch_rule(center=center, actor=actor, rule_id=rule.pk, version=rule.version, on=True, now=now)
