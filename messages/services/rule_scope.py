"""Which open cases a change of the rules concerns, and which of their terms would move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db.models import Q

from blocks.models import Center, DeadlineRule
from messages.models import Message, MessageQuerySet
from messages.services import recount
from messages.services.recount import Move
from messages.services.term_book import TermBook, book_of, rule_of
from messages.terms import Kind, Rule
from messages.terms.rules import precedence

SHOWN: Final = 100
_NONE: Final = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule before and after a change; None: it begins, or ends."""

    before: DeadlineRule | None
    after: DeadlineRule | None

    @property
    def kind(self) -> Kind:
        row = self.before or self.after
        if row is None:
            raise ValueError("a change of nothing")
        return Kind(row.kind)

    def rules(self) -> list[Rule]:
        return [rule_of(row) for row in (self.before, self.after) if row is not None]


@dataclass(slots=True)
class Preview:
    """What moving the open cases would do: how many go by the rule, the terms that move, and the first of them."""

    cases: int = 0
    moved: int = 0
    late: int = 0
    earlier: int = 0
    later: int = 0
    ended: int = 0
    begun: int = 0
    shown: list[Move] = field(default_factory=list)

    def count(self, move: Move) -> None:
        self.moved += 1
        self.late += move.becomes_late
        self.ended += move.new_due_at is None
        self.begun += move.old_due_at is None
        if move.old_due_at and move.new_due_at:
            self.earlier += move.new_due_at < move.old_due_at
            self.later += move.new_due_at > move.old_due_at


def pairs_at(center: Center, at: datetime) -> list[Pair]:
    """What was changed at a moment: editions that ended and those that began then. One query."""
    found: dict[str, Pair] = {}
    rows = DeadlineRule.objects.filter(Q(since=at) | Q(closed_at=at), center=center).select_related("source", "topic")
    for row in rows.order_by("order", "pk"):
        known = found.get(row.code, Pair(None, None))
        passing = row.since == row.closed_at
        ended = row if row.closed_at == at and not passing else known.before
        found[row.code] = Pair(ended, row if row.since == at and not passing else known.after)
    return [pair for pair in found.values() if pair.before is not None or pair.after is not None]


def editions(pairs: Iterable[Pair], at: datetime) -> dict[Kind, datetime]:
    """By which moment's rules the cases go from now on, for the kinds changed."""
    return {pair.kind: at for pair in pairs}


def concerned(center: Center, pairs: Sequence[Pair], rules: Iterable[Rule], *, at: datetime) -> MessageQuerySet:
    """Open cases that came before the change and go by one of the rules, not by a more specific one."""
    rules = list(rules)
    condition = _NONE
    for pair in pairs:
        others = [rule for rule in rules if rule.kind == pair.kind and rule.until is None]
        for rule in pair.rules():
            nearer = [one for one in others if one.code != rule.code and _nearness(one) < _nearness(rule)]
            condition |= _cases(rule) & ~_held_before(nearer, rules)
    return Message.objects.get_queryset().open().filter(condition, center=center, created_at__lte=at)


def preview(center: Center, pairs: Sequence[Pair], *, book: TermBook, now: datetime) -> Preview:
    """What would move if the open cases went by the rules of ``book``. Four queries for every five hundred cases, and one."""
    among = concerned(center, pairs, book.rules, at=now)
    found = Preview(cases=among.count())
    kinds = {pair.kind for pair in pairs}
    moves = []
    for move in recount.moves(center, now=now, book=book, among=among, editions=editions(pairs, now)):
        if move.kind in kinds:
            found.count(move)
            moves.append(move)
    found.shown = sorted(moves, key=lambda move: (not move.becomes_late, move.new_due_at is None, move.new_due_at or now))[
        :SHOWN
    ]
    return found


def book_with(center: Center, pair: Pair, *, now: datetime) -> TermBook:
    """The book of terms as it would be with a change that is not made yet."""
    book = book_of(center)
    rules = [replace(rule, until=now) if pair.before and rule.id == pair.before.pk else rule for rule in book.rules]
    if pair.after is not None:
        rules.append(replace(rule_of(pair.after), since=now, until=None))
    return replace(book, rules=tuple(rules))


def _nearness(rule: Rule) -> tuple[bool, ...]:
    return precedence(rule)[:4]


def _cases(rule: Rule) -> Q:
    """The cases that the rule's conditions name."""
    named = {"regime": rule.regime, "source": rule.source_id, "fast_track": rule.fast_track, "topic": rule.topic_id}
    return Q(**{name: value for name, value in named.items() if value is not None})


def _held_before(nearer: Iterable[Rule], rules: Sequence[Rule]) -> Q:
    """Cases of more specific rules: since these are there at all, for a case that came before goes by the other."""
    condition = _NONE
    for one in nearer:
        since = [edition.since for edition in rules if edition.code == one.code]
        always = None in since
        began = min((moment for moment in since if moment is not None), default=None)
        condition |= _cases(one) if always or began is None else _cases(one) & Q(received_at__gte=began)
    return condition
