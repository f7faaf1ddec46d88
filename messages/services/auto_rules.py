"""Making and changing auto-rules (автоправила): who may, what is taken, each change a line in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from blocks.actors import Actor
from blocks.models import Center
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound
from messages import policies
from messages.models import AutoRule, AutoRuleEvent
from messages.selectors import auto_rules as found_in
from messages.selectors.auto_rule_names import Names, names_of
from messages.services.auto_rule_values import LISTS, AutoRuleValues, write

MOST_RULES: Final = 200
_FIELDS_RU: Final = {
    "name": "название",
    "sources": "источники",
    "topics": "темы",
    "settlements": "места",
    "words": "слова",
    "without_words": "без слов",
    "sender": "отправитель",
    "confidence": "уверенность подсказки",
    "block": "блок",
    "recipient": "получатель",
    "responsible": "ответственный",
    "fast_track": "фаст-трек",
    "tag": "метка",
}


@transaction.atomic
def make_rule(*, center: Center, actor: Actor, values: AutoRuleValues, now: datetime) -> AutoRule:
    """Write a new rule, last of the list and switched off: first it is tried on past messages.

    Raises ``NotAllowed`` and ``Invalid`` by fields.
    """
    by = _permitted(center, actor)
    rules = _locked(center)
    if len(rules) >= MOST_RULES:
        raise Invalid(f"Правил уже {MOST_RULES}: уберите ненужные.")
    rule = AutoRule(center=center, created_at=now, created_by_id=by, changed_at=now)
    names = names_of(center, now)
    write(rule, values, names, rules)
    rule.order = max((one.order for one in rules), default=-1) + 1
    rule.save()
    _note(rule, "made", by, now, _differences(None, rule, names))
    return rule


@transaction.atomic
def change_rule(*, center: Center, actor: Actor, rule_id: int, version: int, values: AutoRuleValues, now: datetime) -> AutoRule:
    """Change a rule as the person saw it in ``version``; what it has handed over stays as it is.

    Raises ``NotAllowed``, ``NotFound``, ``Invalid`` by fields, and ``Conflict`` where a colleague changed it meanwhile.
    """
    by = _permitted(center, actor)
    rules = _locked(center)
    rule = _seen(rules, rule_id, version)
    names = names_of(center, now)
    before = _said(rule, names)
    write(rule, values, names, rules)
    changes = _differences(before, rule, names)
    if changes:
        _save(rule, now)
        _note(rule, "changed", by, now, changes)
    return rule


@transaction.atomic
def switch_rule(*, center: Center, actor: Actor, rule_id: int, version: int, on: bool, now: datetime) -> AutoRule:
    """Switch a rule on or off; from then on new cases are asked, those that came before are left alone."""
    by = _permitted(center, actor)
    rule = _seen(_locked(center), rule_id, version)
    if on == (rule.enabled_at is not None):
        return rule
    if on and (troubles := found_in.stops(rule, names_of(center, now))):
        raise Invalid(f"Правило не включено: {'; '.join(troubles)}. Измените его и включите снова.")
    rule.enabled_at = now if on else None
    _save(rule, now)
    _note(rule, "on" if on else "off", by, now)
    return rule


@transaction.atomic
def move_rule(*, center: Center, actor: Actor, rule_id: int, up: bool, now: datetime) -> AutoRule:
    """Let a rule be asked one place earlier or later. At the end of the list nothing changes."""
    by = _permitted(center, actor)
    rules = _locked(center)
    place = next((number for number, one in enumerate(rules) if one.pk == rule_id), None)
    if place is None:
        raise _gone()
    rule, other = rules[place], place + (-1 if up else 1)
    if not 0 <= other < len(rules):
        return rule
    rules[place], rules[other] = rules[other], rules[place]
    for order, one in enumerate(rules):
        one.order = order
    AutoRule.objects.bulk_update(rules, ["order"])
    where = [{"field": "место в списке", "before": str(place + 1), "after": str(other + 1)}]
    _note(rule, "moved", by, now, where)
    return rule


@transaction.atomic
def close_rule(*, center: Center, actor: Actor, rule_id: int, version: int, now: datetime) -> AutoRule:
    """Take a rule out of the list; the cases it has handed over still name it."""
    by = _permitted(center, actor)
    rule = _seen(_locked(center), rule_id, version)
    rule.enabled_at, rule.closed_at = None, now
    _save(rule, now)
    _note(rule, "closed", by, now)
    return rule


def draft_rule(*, center: Center, actor: Actor, rule: AutoRule | None, values: AutoRuleValues, now: datetime) -> AutoRule:
    """The rule as it would be, to be tried on past messages; nothing is written. Raises as the change itself does."""
    _permitted(center, actor)
    rules = list(found_in.in_force(center))
    draft = next((one for one in rules if rule and one.pk == rule.pk), None) or AutoRule(center=center)
    write(draft, values, names_of(center, now), rules, keep_tag=False)
    return draft


def _permitted(center: Center, actor: Actor) -> int:
    """Whose change it is."""
    verdict = policies.may_change_auto_rules(actor)
    if actor.center_id != center.pk or not verdict or actor.user_id is None:
        raise NotAllowed(policies.WHO_CHANGES_AUTO_RULES)
    return actor.user_id


def _locked(center: Center) -> list[AutoRule]:
    """The rules of the list, held until the change is written: their order and names are theirs together."""
    Center.objects.select_for_update(no_key=True).get(pk=center.pk)
    return list(found_in.in_force(center))


def _seen(rules: Iterable[AutoRule], rule_id: int, version: int) -> AutoRule:
    rule = next((one for one in rules if one.pk == rule_id), None)
    if rule is None:
        raise _gone()
    if rule.version != version:
        last = rule.history.select_related("by").order_by("-pk").first()
        by = f" ({last.by.short_name})" if last else ""
        raise Conflict(
            f"Правило «{rule.name}» изменили{by}, пока страница была открыта. Ваше не записано: посмотрите, что в нём теперь."
        )
    return rule


def _gone() -> NotFound:
    return NotFound("Такого правила нет в списке: возможно, его уже убрали.")


def _save(rule: AutoRule, now: datetime) -> None:
    rule.version += 1
    rule.changed_at = now
    rule.save()


def _note(rule: AutoRule, kind: str, by: int, now: datetime, changes: Iterable[dict[str, str]] = ()) -> None:
    AutoRuleEvent.objects.create(rule=rule, at=now, by_id=by, kind=kind, changes=list(changes))


def _said(rule: AutoRule, names: Names) -> dict[str, str]:
    """The rule in words, field by field, as its history keeps it."""

    def listed(kind: str, ids: Iterable[int]) -> str:
        return ", ".join(names.name(kind, pk) for pk in ids)

    values: dict[str, Any] = {
        "name": rule.name,
        **{field: listed(kind, getattr(rule, field)) for field, kind in LISTS.items()},
        "words": "; ".join(rule.words),
        "without_words": "; ".join(rule.without_words),
        "sender": rule.sender,
        "confidence": f"от {rule.confidence} %" if rule.confidence else "",
        "block": names.name("block", rule.block_id),
        "recipient": names.name("recipient", rule.recipient_id),
        "responsible": rule.responsible.short_name if rule.responsible else "",
        "fast_track": "да" if rule.fast_track else "",
        "tag": rule.tag.name if rule.tag else "",
    }
    return values


def _differences(before: dict[str, str] | None, rule: AutoRule, names: Names) -> list[dict[str, str]]:
    former, after = before or {}, _said(rule, names)
    return [
        {"field": _FIELDS_RU[field], "before": former.get(field, ""), "after": words}
        for field, words in after.items()
        if former.get(field, "") != words
    ]
