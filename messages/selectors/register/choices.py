"""What the register's selectors offer: the line that is used daily with its counts, and the lists of «Ещё условия»."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, Q

from blocks.actors import Actor
from blocks.models import Center, Membership
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES, Role
from messages.models import Message, Tag
from messages.selectors.register.filters import ALL, DONE_GROUP, ME, NOBODY, OPEN_GROUP, TERMS, Filters
from messages.selectors.register.found import at_risk, by_end
from messages.selectors.register.words import LABELS, LISTS, Names, auto_rules, named, names_of, word_of
from messages.workflow import DONE, OPEN

COUNT_CAP: Final = 1000
FIRST_LINE: Final = ("state", "block", "source", "term", "responsible")
SORTERS: Final = (*SOURCE_ROLES, Role.HEAD, Role.SUPPORT)


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One selector of the filter line; set, it is a word that can be taken away."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...] = ()
    word: str = ""

    @property
    def chosen(self) -> str:
        return self.word or next((choice.label for choice in self.choices if choice.value == self.value), self.value)


def names_for_line(center: Center, filters: Filters) -> Names:
    """What the line of filters names: its lists and whatever is set. One query."""
    return names_of(center, filters, whole=("block", "source"))


def filter_line(*, actor: Actor, center: Center, filters: Filters, names: Names, now: datetime) -> tuple[Filter, ...]:
    """The daily selectors with counts of open cases beside each choice, then whatever else is set. One query."""
    counts = _open_counts(actor, center, now)
    choices = {
        "state": (
            *(Choice(state.value, str(state.label), counts.states[state]) for state in OPEN),
            *(Choice(state.value, str(state.label)) for state in DONE),
            Choice(OPEN_GROUP, "Все в работе"),
            Choice(DONE_GROUP, "Все завершённые"),
            Choice(ALL, "Все состояния"),
        ),
        "block": tuple(Choice(code, name, counts.blocks[pk]) for code, name, pk in names.listed["block"]),
        "source": tuple(Choice(code, name, counts.sources[pk]) for code, name, pk in names.listed["source"]),
        "term": tuple(Choice(value, label, counts.terms.get(value)) for value, label in TERMS.items()),
        "responsible": (Choice(ME, "я", counts.mine), Choice(NOBODY, "никто", counts.nobody)),
    }
    words = {name: word_of(name, value, names) for name, value in filters.set().items() if name != "q"}
    first = [Filter(name, LABELS[name], getattr(filters, name), choices[name], words.get(name, "")) for name in FIRST_LINE]
    rest = [
        Filter(name, LABELS[name], getattr(filters, name), (), word) for name, word in words.items() if name not in FIRST_LINE
    ]
    return (*first, *rest)


@dataclass(slots=True)
class _Counts:
    """How many open cases stand behind each choice."""

    states: Counter[str] = field(default_factory=Counter)
    blocks: Counter[int | None] = field(default_factory=Counter)
    sources: Counter[int] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)
    mine: int = 0
    nobody: int = 0


def _open_counts(actor: Actor, center: Center, now: datetime) -> _Counts:
    """Counted from the indexes of open cases and of running terms alone. One query."""
    ends = by_end(center, now)
    groups = (
        Message.objects.visible_to(actor)
        .open()
        .values("state", "block_id", "source_id")
        .annotate(
            n=Count("pk"),
            mine=Count("pk", filter=Q(responsible_id=actor.user_id)),
            nobody=Count("pk", filter=Q(responsible__isnull=True)),
            overdue=Count("pk", filter=ends["overdue"]),
            today=Count("pk", filter=ends["today"]),
            three=Count("pk", filter=ends["three"]),
        )
    )
    counts = _Counts()
    for row in groups.order_by():
        counts.states[row["state"]] += row["n"]
        counts.blocks[row["block_id"]] += row["n"]
        counts.sources[row["source_id"]] += row["n"]
        counts.mine += row["mine"]
        counts.nobody += row["nobody"]
        counts.terms.update(overdue=row["overdue"], today=row["today"], three=row["three"])
    return counts


@dataclass(frozen=True, slots=True)
class Lists:
    """Everything the form of conditions chooses from, as (value, words) with counts of open cases where there are any."""

    topics: list[tuple[str, list[Choice]]]
    settlements: list[Choice]
    recipients: list[Choice]
    tags: list[Choice]
    rules: list[Choice]
    responsibles: list[Choice]
    sorters: list[Choice]
    threatened: int


def condition_lists(*, actor: Actor, center: Center, now: datetime) -> Lists:
    """The lists of «Ещё условия», asked for when it is opened. Five queries."""
    rows = Message.objects.visible_to(actor).open()
    fields = ("topic_id", "settlement_id", "recipient_id", "responsible_id", "sorted_by_id")
    counts: dict[str, Counter[int | None]] = {name: Counter() for name in fields}
    for row in rows.values(*fields).annotate(n=Count("pk")).order_by():
        for name in fields:
            counts[name][row[name]] += row["n"]
    parts = [named(LISTS["block"].objects.filter(center=center), "block", "short")]
    for kind in ("topic", "settlement", "recipient"):
        offered = LISTS[kind].objects.filter(center=center, closed_at__isnull=True)
        parts.append(named(offered, kind, block="block_id" if kind == "topic" else ""))
    names = Names.read(parts[0].union(*parts[1:], auto_rules(center), all=True))
    tags = Tag.objects.filter(center=center).annotate(n=Count("messages", filter=Q(messages__in=rows)))
    people = Membership.objects.filter(center=center).values_list("user_id", "user__full_name", "role").order_by().distinct()
    everybody = list(people)
    return Lists(
        topics=_by_block(names, counts["topic_id"]),
        settlements=[Choice(code, name, counts["settlement_id"][pk]) for code, name, pk in names.listed["settlement"]],
        recipients=[Choice(code, name, counts["recipient_id"][pk]) for code, name, pk in names.listed["recipient"]],
        tags=[Choice(name, name, n) for name, n in tags.values_list("name", "n")],
        rules=[Choice(code, name) for code, name, _ in names.listed["rule"]],
        responsibles=_people(everybody, tuple(BLOCK_ROLES), counts["responsible_id"]),
        sorters=_people(everybody, SORTERS, counts["sorted_by_id"]),
        threatened=rows.filter(at_risk(center, now)).count(),
    )


def _by_block(names: Names, counts: Counter[int | None]) -> list[tuple[str, list[Choice]]]:
    """Topics under the headings of their blocks."""
    groups = []
    for _, block, block_id in names.listed["block"]:
        topics = [Choice(code, name, counts[pk]) for code, name, pk in names.listed["topic"] if names.block_of[pk] == block_id]
        if topics:
            groups.append((block, topics))
    return groups


def _people(rows: Iterable[tuple[int, str, str]], roles: tuple[Role, ...], counts: Counter[int | None]) -> list[Choice]:
    """Everyone who ever had one of the roles, by name; whoever left is found by the cases that are left."""
    found = {pk: name for pk, name, role in rows if role in roles}
    return [Choice(str(pk), found[pk], counts[pk]) for pk in sorted(found, key=lambda pk: found[pk])]
