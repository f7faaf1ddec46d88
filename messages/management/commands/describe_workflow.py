"""``manage.py describe_workflow``: the states and transitions as the code has them, in Markdown for docs/workflow.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand

from messages.workflow import FAMILY, OPEN, TRANSITIONS, WHO_RU, State, Transition, Who


class Command(BaseCommand):
    help = "Напечатать таблицы состояний и шагов (для docs/workflow.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(lines()))


def lines() -> Iterator[str]:
    """Both tables, line by line."""
    yield "### States"
    yield ""
    yield _row("state", "label", "work goes on", "badge")
    yield _row("---", "---", "---", "---")
    for state in State:
        yield _row(f"`{state.value}`", state.label, "yes" if state in OPEN else "no", FAMILY[state].value)
    yield ""
    yield "### Transitions"
    yield ""
    yield _row("transition", "button", "from", "to", "who", "needs")
    yield _row("---", "---", "---", "---", "---", "---")
    for rule in TRANSITIONS.values():
        for sources, who in _by_who(rule):
            people = ", ".join(WHO_RU[one] for one in who)
            yield _row(f"`{rule.name}`", rule.label, _codes(sources), _codes(rule.targets), people, rule.needs)


def _by_who(rule: Transition) -> Iterator[tuple[list[State], tuple[Who, ...]]]:
    """Sources grouped by who may: usually one group, for a return two."""
    groups: dict[tuple[Who, ...], list[State]] = {}
    for source in rule.sources:
        groups.setdefault(rule.who[source], []).append(source)
    for who, sources in groups.items():
        yield sources, who


def _codes(states: Iterable[State]) -> str:
    return ", ".join(f"`{state.value}`" for state in states)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
