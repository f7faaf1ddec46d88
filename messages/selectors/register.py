"""The register: filters that stand in the address, text search, keyset pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Q

from blocks.actors import Actor
from blocks.models import Block, Center, Source
from mcu.clock import local_midnight
from messages.models import YO, Message, MessageQuerySet, NumberSequence
from messages.selectors.keyset import NEAREST_TERM, NEWEST, Order
from messages.workflow import DONE, OPEN, State

ALL: Final = "all"
DONE_GROUP: Final = "done"
TERMS: Final = {"overdue": "просрочено", "today": "срок сегодня", "three": "срок в три дня"}
COUNT_CAP: Final = 1000
FIRST_YEAR: Final = 2000  # nothing older is taken in
_NUMBER: Final = re.compile(r"(?P<prefix>\w{1,6})-(?P<year>\d{4})-(?P<number>\d{1,6})")
_NUMBER_LENGTH: Final = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; anything it does not know is passed over."""

    state: str = ""
    block: str = ""
    source: str = ""
    term: str = ""
    q: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> Filters:
        def word(name: str) -> str:
            return str(query.get(name, "")).replace("\x00", "").strip()[:200]

        state = word("state") if word("state") in (ALL, DONE_GROUP, *State.values) else ""
        term = word("term") if word("term") in TERMS else ""
        return cls(state, word("block"), word("source"), term, word("q"))

    @property
    def is_open(self) -> bool:
        """Whether only open cases are asked for; then the nearest term comes first, else the newest."""
        if self.term:
            return True
        if self.q and not self.state:
            return False
        return not self.state or self.state in OPEN

    @property
    def order(self) -> Order:
        return NEAREST_TERM if self.is_open else NEWEST

    @property
    def any(self) -> bool:
        return any((self.state, self.block, self.source, self.term, self.q))


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Filter:
    """One selector of the filter line; set, it is a word that can be taken away."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> str:
        return next((choice.label for choice in self.choices if choice.value == self.value), self.value)


def register(*, actor: Actor, center: Center, filters: Filters, now: datetime) -> MessageQuerySet:
    """The cases asked for, among those the actor may see; not yet ordered. No query, but one where words are looked for."""
    rows = Message.objects.visible_to(actor)
    if filters.state in State.values:
        rows = rows.filter(state=filters.state)
    elif filters.state == DONE_GROUP:
        rows = rows.exclude(state__in=OPEN)
    if filters.is_open:
        rows = rows.open()
    if filters.block:
        rows = rows.filter(block__center=center, block__code=filters.block)
    if filters.source:
        rows = rows.filter(source__center=center, source__code=filters.source)
    if filters.term:
        rows = rows.filter(_term(filters.term, center, now))
    if filters.q:
        rows = rows.filter(search(filters.q, center, now))
    return rows


def search(q: str, center: Center, now: datetime) -> Q:
    """By words of the text and address in any form (Russian stems), by our number or by the number in the source.

    One query, for the numbers: found apart, so that the search of the texts keeps its index.
    """
    condition = Q(pk__in=_numbered(q, center, now))
    words = re.findall(r"[^\W_]+", q.translate(str.maketrans(*YO)))[:12]
    if words and not _NUMBER.fullmatch(q):
        raw = " & ".join(f"'{word}':*" if len(word) > 2 else f"'{word}'" for word in words)
        condition |= Q(search=SearchQuery(raw, config="russian", search_type="raw"))
    return condition


def _numbered(q: str, center: Center, now: datetime) -> list[int]:
    """Cases whose number this is: ours, whole or only its last part of any year, or the source's. One query."""
    ours = [q.upper()]
    whole = _NUMBER.fullmatch(q)
    if whole and whole["prefix"].upper() == center.prefix:
        ours.append(NumberSequence.written(center, int(whole["year"]), int(whole["number"])))
    elif q.isdecimal() and len(q) <= _NUMBER_LENGTH:
        ours += [NumberSequence.written(center, year, int(q)) for year in range(FIRST_YEAR, now.year + 2)]
    by_ours = Message.objects.filter(center=center, number__in=ours).values_list("pk", flat=True)
    by_theirs = Message.objects.filter(source__center=center, external_id=q).values_list("pk", flat=True)
    return list(by_ours.union(by_theirs))


def filter_line(*, actor: Actor, center: Center, filters: Filters) -> tuple[Filter, ...]:
    """The selectors with counts of open cases beside each choice. Three queries."""
    counts = Message.objects.visible_to(actor).open().values_list("state", "block_id", "source_id").annotate(n=Count("pk"))
    states: Counter[str] = Counter()
    blocks: Counter[int | None] = Counter()
    sources: Counter[int] = Counter()
    for state, block_id, source_id, number in counts.order_by():
        states[state] += number
        blocks[block_id] += number
        sources[source_id] += number
    state_choices = (
        *(Choice(state.value, str(state.label), states[state]) for state in OPEN),
        *(Choice(state.value, str(state.label), None) for state in DONE),
        Choice(DONE_GROUP, "Все завершённые", None),
        Choice(ALL, "Все состояния", None),
    )
    block_rows = Block.objects.filter(center=center).values_list("pk", "code", "short")
    source_rows = Source.objects.filter(center=center).values_list("pk", "code", "short")
    return (
        Filter("state", "Состояние", filters.state, state_choices),
        Filter("block", "Блок", filters.block, tuple(Choice(code, short, blocks[pk]) for pk, code, short in block_rows)),
        Filter(
            "source", "Источник", filters.source, tuple(Choice(code, short, sources[pk]) for pk, code, short in source_rows)
        ),
        Filter("term", "Срок", filters.term, tuple(Choice(value, label, None) for value, label in TERMS.items())),
    )


def _term(term: str, center: Center, now: datetime) -> Q:
    today = now.astimezone(center.tz).date()
    borders = {
        "overdue": now,
        "today": local_midnight(today + timedelta(days=1), center.tz),
        "three": local_midnight(today + timedelta(days=3), center.tz),
    }
    return Q(next_due_at__lt=borders[term])
