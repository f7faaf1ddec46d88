"""The terms of a case that has just come, as ``deadlines.sync`` would make them: pure, so that thousands are made at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from messages import terms
from messages.models import NO_TERM, Message
from messages.services.deadlines import BREACH, next_step
from messages.services.term_book import TermBook, editions_of, facts_of
from messages.terms import Kind, Rule, Wanted

_MATCHED_BY: Final = attrgetter("regime", "source_id", "fast_track", "topic_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTerm:
    """A row of ``Deadline`` without its case, and the steps that count as made. Shared between cases alike."""

    rule_id: int
    title: str
    kind: str
    internal: bool
    started_at: datetime
    due_at: datetime
    threat_at: datetime
    met_at: datetime | None
    void_at: datetime | None
    paused_until: datetime | None
    breached_at: datetime | None
    next_step_at: datetime | None
    steps: tuple[tuple[str, datetime], ...]  # their codes and when they were due


@dataclass(slots=True)
class FirstTerms:
    """Works out the terms of one Center's new cases at one moment; what cases alike ask for is worked out once.

    ``quiet`` counts the steps before ``now`` as made: history warns nobody, and its breach is still a fact.
    """

    book: TermBook
    now: datetime
    _rules: dict[Hashable, Mapping[Kind, tuple[Rule, ...]]] = field(default_factory=dict)
    _known: dict[Hashable, tuple[FirstTerm, ...]] = field(default_factory=dict)

    def of(self, message: Message, *, quiet: bool) -> tuple[FirstTerm, ...]:
        """In the order of ``Kind``. No query; wants the message with its source and of the Center of the book."""
        book, matched_by, facts = self.book, _MATCHED_BY(message), facts_of(message, ())
        editions = editions_of(message)
        key = (facts, matched_by, quiet, tuple(editions.items()))
        if key not in self._known:
            rules = self._rules.get(matched_by)
            if rules is None:
                rules = self._rules[matched_by] = book.matching(message)
            wanted = terms.wanted(facts, rules, tz=book.tz, calendar=book.calendar, hours=book.hours, editions=editions)
            self._known[key] = tuple(self._first(one, quiet=quiet) for one in wanted)
        return self._known[key]

    def _first(self, one: Wanted, *, quiet: bool) -> FirstTerm:
        made: tuple[tuple[str, datetime], ...] = ()
        next_step_at = None
        if one.met_at is not None:
            made = ((BREACH, one.due_at),) if one.met_at > one.due_at else ()
        elif not one.void:
            steps = self.book.steps(one.rule, one.started_at, one.due_at)
            made = tuple((step.code, step.at) for step in steps if step.at <= self.now) if quiet else ()
            next_step_at = next_step(steps, {code for code, _ in made})
        return FirstTerm(
            rule_id=int(one.rule.id),
            title=one.rule.name,
            kind=str(one.kind),
            internal=one.rule.internal,
            started_at=one.started_at,
            due_at=one.due_at,
            threat_at=self.book.threat_at(one.rule, one.started_at, one.due_at),
            met_at=one.met_at,
            void_at=self.now if one.void else None,
            paused_until=one.paused_until,
            breached_at=one.due_at if any(code == BREACH for code, _ in made) else None,
            next_step_at=next_step_at,
            steps=made,
        )


def nearest_end(found: tuple[FirstTerm, ...], message: Message) -> datetime:
    """What ``next_due_at`` of the case is to say."""
    running = [one.due_at for one in found if one.met_at is None and one.void_at is None]
    return min(running, default=NO_TERM) if message.is_open else NO_TERM
