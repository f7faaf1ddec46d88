"""What the charter says about terms: one rule a line, and which of them applies to a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PERCENT = 100
MINUTE = timedelta(minutes=1)


class Kind(StrEnum):
    """What must happen in time; the order is the order of the work."""

    REGISTER = "register"
    REDIRECT = "redirect"
    INTERIM = "interim"
    AGREE = "agree"
    APPROVE = "approve"
    PUBLISH = "publish"
    ANSWER = "answer"


KIND_RU = {
    Kind.REGISTER: "регистрация",
    Kind.REDIRECT: "переадресация",
    Kind.INTERIM: "промежуточный ответ",
    Kind.AGREE: "согласование ответа",
    Kind.APPROVE: "утверждение руководителем",
    Kind.PUBLISH: "отправка ответа",
    Kind.ANSWER: "ответ заявителю",
}


class StartsOn(StrEnum):
    """The event a term is counted from."""

    RECEIVED = "received"
    REGISTERED = "registered"
    HANDED_OVER = "handed_over"
    AGREED = "agreed"
    APPROVED = "approved"


class Unit(StrEnum):
    """What the amount of a term is counted in."""

    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"


IN_HOURS = frozenset({Unit.HOURS, Unit.WORKING_HOURS})
"""Short terms: whoever allowed it on a device is told of them there at once."""


class DayCount(StrEnum):
    """Which day is day 1: the one after the starting event, or its own (59-ФЗ: 12.01 → 10.02 for 30 days)."""

    FROM_NEXT_DAY = "from_next_day"
    INCLUSIVE = "inclusive"


class OnDayOff(StrEnum):
    """Where a term of days goes that would end on a day off."""

    AS_IS = "as_is"
    PREVIOUS_WORKING_DAY = "previous_working_day"
    NEXT_WORKING_DAY = "next_working_day"


class When(StrEnum):
    """Whether a step of the ladder is made only in working hours, only out of them, or always."""

    ALWAYS = "always"
    WORKING = "working"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder: whom to tell, how long after the term ended, by which ways.

    `working` counts `after` in the Center's working time, in whole minutes, from the next opening where the term ended
    out of it. A rung of `when` is left out where its moment falls into other hours.
    """

    to: str
    after: timedelta
    working: bool = False
    when: When = When.ALWAYS
    ways: tuple[str, ...] = ()
    """Ways that the notice leaves the program by, whatever the person chose; empty: as the person chose."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the charter's table of terms. None in a matching field means "any"."""

    id: int | str
    kind: Kind
    starts_on: StartsOn
    amount: int
    unit: Unit
    day_count: DayCount = DayCount.FROM_NEXT_DAY
    on_day_off: OnDayOff = OnDayOff.AS_IS
    warn_shares: tuple[float, ...] = (0.5, 0.8)
    warn_before: tuple[timedelta, ...] = ()
    """Warnings by what is left of the term: of its working time for a term of working hours, by the wall clock else."""
    ladder: tuple[Rung, ...] = ()
    internal: bool = False
    """Not a term of the decree: a breach does not make the case late."""
    basis: str = ""
    """The clause, in the words shown to people."""
    regime: str | None = None
    source_id: int | str | None = None
    fast_track: bool | None = None
    topic_id: int | str | None = None
    pauses: bool = False
    """Whether a question to the applicant stops the clock."""
    code: str = ""
    """The same for all editions of one rule."""
    name: str = ""
    """The term's name, in the words shown to people."""
    since: datetime | None = None
    until: datetime | None = None
    """The edition governs terms that began from `since` (None: always) and before `until` (None: still in force)."""

    def __post_init__(self) -> None:
        """Refuse what would give a term no length or two steps one code."""
        if self.amount <= 0:
            raise ValueError("amount must be positive")
        percents = [round(share * PERCENT) for share in self.warn_shares]
        if len(set(percents)) < len(percents) or any(not 0 < percent < PERCENT for percent in percents):
            raise ValueError("warn_shares must be different shares between 0.01 and 0.99")
        if len(set(self.warn_before)) < len(self.warn_before) or any(left < MINUTE for left in self.warn_before):
            raise ValueError("warn_before must be different amounts of a minute at least")
        if any(rung.after < timedelta() for rung in self.ladder):
            raise ValueError("a rung of the ladder cannot stand before the breach")

    def governs(self, moment: datetime | None) -> bool:
        """Whether the edition was in force at the moment; None asks for the edition in force now."""
        if moment is None:
            return self.until is None
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


def match(
    rules: Iterable[Rule],
    *,
    regime: str,
    source: int | str | None,
    fast_track: bool,
    topic: int | str | None,
) -> dict[Kind, tuple[Rule, ...]]:
    """For every kind the rules that apply to such a case, the most specific first; kinds without a rule are left out.

    A rule that names the regime beats one that does not, whatever else either names; then the source decides, then
    fast-track, then the topic. Of two equally specific rules the one with the smaller id holds (numbers before
    words), so that a rule added twice moves no open case. Which edition holds is decided by when the term began.
    """
    found: dict[Kind, list[Rule]] = {}
    for rule in sorted(rules, key=precedence):
        applies = (
            rule.regime in (None, regime)
            and rule.source_id in (None, source)
            and rule.fast_track in (None, fast_track)
            and rule.topic_id in (None, topic)
        )
        if applies:
            found.setdefault(rule.kind, []).append(rule)
    return {kind: tuple(of_kind) for kind, of_kind in found.items()}


def precedence(rule: Rule) -> tuple[bool, bool, bool, bool, bool, int, str]:
    """What rules are ordered by: of those that apply to a case the first holds."""
    number, word = (0, rule.id) if isinstance(rule.id, str) else (rule.id, "")
    return (
        rule.regime is None,
        rule.source_id is None,
        rule.fast_track is None,
        rule.topic_id is None,
        bool(word),
        number,
        word,
    )
