"""Auto-rules in words for people: what each asks and does, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from messages.models import AutoRule
from messages.selectors.auto_rule_names import Names
from messages.selectors.auto_rules import Tally, stops

_SHOWN: Final = 3  # names of a long list of conditions; the others are counted


@dataclass(frozen=True, slots=True)
class Line:
    """A rule of the list."""

    rule: AutoRule
    conditions: tuple[str, ...]
    does: tuple[str, ...]
    troubles: tuple[str, ...]
    """Why it is not applied, or no longer meets what it was made for."""
    works: bool
    recent: Tally = field(default_factory=Tally)


def narrows(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """Conditions that nothing meets any more: all that they name has been closed. The rule stands, and never fits."""
    kinds = (("source", rule.sources, "источники"), ("topic", rule.topics, "темы"), ("settlement", rule.settlements, "места"))
    return tuple(
        f"{label} из условий закрыты: ничего нового под правило не попадёт"
        for kind, ids, label in kinds
        if ids and not any(names.is_open(kind, pk) for pk in ids)
    )


def lines_of(rules: Iterable[AutoRule], names: Names, tallies: Mapping[int, Tally]) -> list[Line]:
    """Rules as lines of the list. No query."""
    return [line_of(rule, names, tallies.get(rule.pk, Tally())) for rule in rules]


def line_of(rule: AutoRule, names: Names, recent: Tally) -> Line:
    stopped = stops(rule, names)
    return Line(
        rule,
        conditions_of(rule, names),
        does_of(rule, names),
        (*stopped, *narrows(rule, names)),
        works=rule.enabled_at is not None and not stopped,
        recent=recent,
    )


def conditions_of(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """What the rule asks, a condition a line."""
    said = [
        _listed("источник", (names.name("source", pk) for pk in rule.sources)),
        _listed("тема", (names.name("topic", pk) for pk in rule.topics)),
        _listed("место", (names.name("settlement", pk) for pk in rule.settlements)),
        _listed("слова", map(_quoted, rule.words)),
        _listed("без слов", map(_quoted, rule.without_words)),
        f"отправитель содержит «{rule.sender}»" if rule.sender else "",
        f"подсказка увереннее {rule.confidence} %" if rule.confidence else "",
    ]
    return tuple(filter(None, said)) or ("любое новое сообщение",)


def does_of(rule: AutoRule, names: Names) -> tuple[str, ...]:
    """What the rule does, a deed a line."""
    to = [names.name("block", rule.block_id), names.name("recipient", rule.recipient_id)]
    person = rule.responsible.short_name if rule.responsible else ""
    way = " → ".join(filter(None, [*to, person]))
    said = [
        f"в блок {way}" if way else "",
        "в блок и получателю по подсказке" if rule.confidence else "",
        "фаст-трек" if rule.fast_track else "",
        f"метка «{rule.tag.name}»" if rule.tag else "",
    ]
    return tuple(filter(None, said))


def _listed(label: str, words: Iterable[str]) -> str:
    found = [word for word in words if word]
    if not found:
        return ""
    rest = f" и ещё {len(found) - _SHOWN}" if len(found) > _SHOWN else ""
    return f"{label} — {', '.join(found[:_SHOWN])}{rest}"


def _quoted(phrase: str) -> str:
    return phrase if phrase[:1] in '«„“"' else f"«{phrase}»"
