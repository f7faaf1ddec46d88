"""Whom the sweep tells of a step and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from blocks.models import Center
from blocks.selectors import Roster, roster_of
from blocks.selectors.duty import Rota, rota_of
from mcu.beats import Outage
from mcu.outbox import Notice
from messages.services.deadlines import BREACH
from messages.services.notices import holders
from messages.services.term_book import TermBook, book_of
from messages.terms import HOLDER, IN_HOURS, KIND_RU, Kind, Rule, Step, Unit, When, duration

_DAY_AND_TIME: Final = "%d.%m.%Y %H:%M"


@dataclass(slots=True)
class Due:
    """A deadline with a step due, and the facts of its case that say whom it concerns; by the columns of the statement."""

    pk: int
    center_id: int
    rule_id: int
    kind: str
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None
    next_step_at: datetime
    message_id: int
    number: str
    state: str
    source_id: int
    block_id: int | None
    recipient_id: int | None
    settlement_id: int | None
    responsible_id: int | None
    publisher_role: str


@dataclass(slots=True)
class Desk:
    """What is read once for each Center met in a sweep."""

    center: Center
    book: TermBook
    roster: Roster
    rota: Rota
    rules: dict[int, Rule]
    audiences: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)
    shapes: dict[tuple[int, timedelta], tuple[tuple[timedelta, Step], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, center_id: int, now: datetime) -> Desk:
        """Five queries."""
        center = Center.objects.get(pk=center_id)
        book, roster = book_of(center), roster_of(center, now)
        return cls(center, book, roster, rota_of(center, roster, now), {int(rule.id): rule for rule in book.rules})

    def steps(self, due: Due) -> Sequence[Step]:
        """The steps of a term in order of time; none where its rule is gone.

        By the wall clock alone terms of one rule and length are alike wherever they begin, and thousands are.
        """
        rule = self.rules.get(due.rule_id)
        if rule is None:
            return ()
        if not _by_wall_clock(rule):
            return self.book.steps(rule, due.started_at, due.due_at)
        shape = (due.rule_id, due.due_at - due.started_at)
        if shape not in self.shapes:
            found = self.book.steps(rule, due.started_at, due.due_at)
            self.shapes[shape] = tuple((step.at - due.started_at, step) for step in found)
        return [Step(step.code, due.started_at + after, step.to, step.ways) for after, step in self.shapes[shape]]

    def audience(self, to: str, case: Due) -> tuple[int, ...]:
        """Whom a step is told to. Cases that stand alike have the same people, and thousands do."""
        facts = (to, case.state, case.source_id, case.block_id, case.recipient_id, case.settlement_id, case.responsible_id)
        if facts not in self.audiences:
            self.audiences[facts] = self._audience(to, case)
        return self.audiences[facts]

    def _audience(self, to: str, case: Due) -> tuple[int, ...]:
        """Ids of the people; nobody found means the head, so that no step is told to the air."""
        roster = self.roster
        found: tuple[int, ...] = ()
        match to:
            case "duty":
                found = self.rota.nearest(case) or roster.block_curators(case)
            case "block_curator":
                found = roster.block_curators(case)
            case "source_curator":
                found = roster.source_curators(case)
            case "publisher":
                found = roster.publishers(case)
            case "head":
                found = roster.heads()
            case _ if to == HOLDER:
                found = holders(case, roster)
        return found or roster.heads()

    def duty(self, case: Due) -> tuple[tuple[int, ...], frozenset[int]]:
        """Who answers for the case in the hours of a duty, and everybody whose duty it falls into."""
        return self.rota.nearest(case), frozenset(self.rota.covering(case))


def notices(due: Due, steps: Iterable[Step], desk: Desk, *, now: datetime, outage: Outage | None) -> Iterator[Notice]:
    """One notice a person and deadline for all that is due at once: of several missed steps the last one is told."""
    nearest, on_duty = desk.duty(due) if desk.rota.shifts else ((), frozenset[int]())
    last_for: dict[int, tuple[Step, tuple[str, ...]]] = {}
    for step in steps:
        # In the hours of a duty whoever is on it is told of what is late, whoever holds the case.
        if nearest and is_late(step):
            last_for.update((user_id, (step, ())) for user_id in nearest)
        last_for.update((user_id, (step, step.ways)) for user_id in desk.audience(step.to, due))
    if not last_for:
        return
    slug, rule = desk.center.slug, desk.rules.get(due.rule_id)
    urgent = rule is not None and rule.unit in IN_HOURS
    subject = f"{due.number}: {subject_of(due, desk, now)}"
    path = f"/{slug}/messages/{due.number}/"
    for user_id, (step, ways) in last_for.items():
        yield Notice(
            key=f"deadline:{due.pk}:{step.code}:{user_id}",
            kind=f"deadline_{step.code}",
            user_id=user_id,
            subject=subject,
            path=path,
            center_slug=slug,
            urgent=urgent,
            on_duty=is_late(step) and user_id in on_duty,
            ways=ways,
            gather=outage is not None and outage.missed(step.at, now),
        )


def _by_wall_clock(rule: Rule) -> bool:
    """Whether no step of the rule looks at working hours."""
    return rule.unit is not Unit.WORKING_HOURS and not any(rung.working or rung.when is not When.ALWAYS for rung in rule.ladder)


def is_late(step: Step) -> bool:
    """A breach or what follows from it; not a warning."""
    return not step.code.startswith("warn")


def event_code(step: Step) -> str:
    """The code of the step's line in the history."""
    return BREACH if step.code == BREACH else "escalation" if is_late(step) else "warning"


def subject_of(due: Due, desk: Desk, now: datetime) -> str:
    """The moment itself, on the Center's clock: a notice is read long after it was written."""
    what = KIND_RU[Kind(due.kind)]
    until = due.due_at.astimezone(desk.center.tz).strftime(_DAY_AND_TIME)
    if now <= due.due_at:
        return f"{what}: осталось {duration(due.due_at - now)}, срок {until}"
    return f"{what}: срок истёк {until}"
