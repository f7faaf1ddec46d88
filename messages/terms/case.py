"""The terms of one case, worked out from what has happened to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from mcu.calendar import ProductionCalendar, WorkingHours
from messages.terms.ends import Pause, Promise, end
from messages.terms.rules import Kind, Rule, StartsOn


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What has happened to a case in its current cycle; a reopening starts the next one.

    Every moment but `received_at` and `registered_at` belongs to the current cycle: a service clears it when the
    event is undone (a return takes `agreed_at` back) or when a new cycle starts. `handed_over_at` is the first
    hand-over of the cycle and is kept through decline, re-assignment and return.
    """

    state: str
    cycle: int
    needs_head: bool
    received_at: datetime
    registered_at: datetime | None = None
    handed_over_at: datetime | None = None
    agreed_at: datetime | None = None
    approved_at: datetime | None = None
    answered_at: datetime | None = None
    redirected_at: datetime | None = None
    reopened_at: datetime | None = None
    """None in cycle 0; in later cycles the moment both "received" and "registered" then mean."""
    regime: str = "message"
    extended_at: datetime | None = None
    extension_days: int = 0
    """Calendar days by which the head has put off the answer to an appeal (59-ФЗ ст. 12 ч. 2)."""
    promises: tuple[Promise, ...] = ()
    """Interim answers of the cycle, in order; also those of the case that it is answered with."""
    pauses: tuple[Pause, ...] = ()
    """Questions to the applicant in the cycle; also those of the case that it is answered with."""

    def __post_init__(self) -> None:
        """Refuse a cycle without its beginning."""
        if (self.cycle > 0) != (self.reopened_at is not None):
            raise ValueError("reopened_at is known exactly in cycles after the first")

    def start_of(self, event: StartsOn) -> datetime | None:
        """When the event happened in this cycle; None if it has not."""
        agreed = self.agreed_at
        return {
            StartsOn.RECEIVED: self.reopened_at or self.received_at,
            StartsOn.REGISTERED: self.reopened_at or self.registered_at,
            StartsOn.HANDED_OVER: self.handed_over_at,
            StartsOn.AGREED: agreed,
            # Without the head in the chain the agreement is the last word.
            StartsOn.APPROVED: self.approved_at if self.needs_head else self.approved_at or agreed,
        }[event]

    def met(self, kind: Kind) -> datetime | None:
        """When what the kind asks for was done in this cycle; None while it is not."""
        begun = self.reopened_at or self.received_at  # what was said for a leading message before is no word to this one
        return {
            Kind.REGISTER: self.registered_at,
            Kind.REDIRECT: self.redirected_at,
            # The answer itself is more than a word in between.
            Kind.INTERIM: next(
                (one.posted_at for one in self.promises if one.told and one.posted_at >= begun), self.answered_at
            ),
            Kind.AGREE: self.agreed_at,
            Kind.APPROVE: self.approved_at,
            Kind.PUBLISH: self.answered_at,
            Kind.ANSWER: self.answered_at,
        }[kind]

    def is_moot(self, kind: Kind) -> bool:
        """Whether the case has gone where the kind is no longer asked of it."""
        if kind is Kind.REDIRECT:
            return self.state not in REDIRECT_OPEN
        return self.state in DROPPED

    def has(self, kind: Kind) -> bool:
        """Whether the kind exists in this cycle and chain at all."""
        if kind is Kind.REGISTER:
            return self.cycle == 0
        return kind is not Kind.APPROVE or self.needs_head


# A hand-over says that the matter is ours, so the term to pass it on falls away; a decline brings it back.
REDIRECT_OPEN = frozenset({"received", "redirected"})
# Merged cases stay in force with their terms, each is answered by itself: not among these.
DROPPED = frozenset({"redirected", "dismissed"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term as it should stand now. Met in time means `met_at <= due_at`; a void term is neither kept nor broken."""

    rule: Rule
    kind: Kind
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    void: bool
    paused_until: datetime | None = None
    """The end of the last pause that put the term off; in the future while the applicant is asked."""

    @property
    def in_time(self) -> bool:
        """Whether what was asked for was done by the end of the term."""
        return self.met_at is not None and self.met_at <= self.due_at


def wanted(
    facts: Facts,
    rules: Mapping[Kind, Sequence[Rule]],
    *,
    tz: tzinfo,
    calendar: ProductionCalendar,
    hours: WorkingHours,
    editions: Mapping[Kind, datetime] | None = None,
) -> list[Wanted]:
    """The terms of the case's current cycle, in the order of `Kind`; `rules` is what `match` gave.

    A term is counted by the edition of the rules in force when it began, or at the moment that `editions` names for its
    kind if that is later: a change of the rules moves open cases only where somebody said so. A term whose starting event
    has not happened, or was taken back, is not in the list. The same facts give the same `due_at`, so a return opens the
    term of agreement again where it stood.
    """
    found = []
    for kind in Kind:
        rule = _governing(facts, rules.get(kind, ()), (editions or {}).get(kind))
        started_at = facts.start_of(rule.starts_on) if rule else None
        if rule is None or started_at is None or not facts.has(kind):
            continue
        met_at = facts.met(kind)
        due, paused_until = _put_off(facts, rule, started_at, tz=tz, calendar=calendar, hours=hours)
        void = met_at is None and facts.is_moot(kind)
        found.append(Wanted(rule, kind, started_at, due, met_at, void, paused_until))
    return found


def _governing(facts: Facts, rules: Iterable[Rule], edition: datetime | None) -> Rule | None:
    """The most specific of the rules that was in force when its term began, or later at the named edition."""
    for rule in rules:
        began = facts.start_of(rule.starts_on)
        if rule.governs(max(began, edition) if began and edition else began):
            return rule
    return None


# What the final answer decides: an interim answer puts these off for a message, an extension the answer to an appeal.
PUT_OFF_BY_INTERIM = frozenset({Kind.AGREE, Kind.ANSWER})
PUT_OFF_BY_EXTENSION = frozenset({Kind.ANSWER})
# The block's own work and what depends on it; the head and the publisher do not wait for the applicant.
PUT_OFF_BY_QUESTION = frozenset({Kind.INTERIM, Kind.AGREE, Kind.ANSWER})


def _put_off(
    facts: Facts, rule: Rule, started_at: datetime, *, tz: tzinfo, calendar: ProductionCalendar, hours: WorkingHours
) -> tuple[datetime, datetime | None]:
    """When the term ends with what has put it off, and the end of the last pause of its clock."""
    # The law knows no pause: a rule for any regime gives none to an appeal.
    held = _held(facts) if rule.pauses and facts.regime != "appeal" and rule.kind in PUT_OFF_BY_QUESTION else []
    changes: list[Pause | Promise] = [*held]
    if facts.regime != "appeal" and rule.kind in PUT_OFF_BY_INTERIM:
        changes += facts.promises
    due = end(rule, started_at, changes, tz=tz, calendar=calendar, hours=hours)
    extended_at = facts.extended_at if facts.regime == "appeal" and rule.kind in PUT_OFF_BY_EXTENSION else None
    if extended_at is not None and extended_at <= due:
        longer = replace(rule, amount=rule.amount + facts.extension_days)
        due = end(longer, started_at, changes, tz=tz, calendar=calendar, hours=hours)
    paused = [pause for pause in held if pause.since <= due and pause.until > started_at]
    met_at = facts.met(rule.kind)
    if met_at is not None and any(pause.since <= met_at <= pause.until for pause in paused):
        due = max(due, met_at)  # what is done while the clock stands is done in time
    return due, max((pause.until for pause in paused), default=None)


def _held(facts: Facts) -> list[Pause]:
    """When the clock stood, in order: times that meet are one, and the answer to the case ends the wait."""
    held: list[Pause] = []
    for pause in sorted(facts.pauses, key=lambda pause: pause.since):
        until = min(pause.until, facts.answered_at) if facts.answered_at else pause.until
        if held and pause.since <= held[-1].until:
            held[-1] = Pause(held[-1].since, max(held[-1].until, until))
        elif until >= pause.since:
            held.append(Pause(pause.since, until))
    return held
