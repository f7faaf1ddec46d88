"""What the charter says about terms: one rule a line, and which of them applies to a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PERCENT = 100


class Kind(StrEnum):
    """What must happen in time; the order is the order of the work."""

    REGISTER = "register"
    REDIRECT = "redirect"
    AGREE = "agree"
    APPROVE = "approve"
    PUBLISH = "publish"
    ANSWER = "answer"


KIND_RU = {
    Kind.REGISTER: "регистрация",
    Kind.REDIRECT: "переадресация",
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


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder: whom to tell, how long after the term ended.

    `working` counts `after` in the Center's working time, in whole minutes.
    """

    to: str
    after: timedelta
    working: bool = False


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
    ladder: tuple[Rung, ...] = ()
    internal: bool = False
    """Not a term of the decree: a breach does not make the case late."""
    basis: str = ""
    """The clause, in the words shown to people."""
    regime: str | None = None
    source_id: int | str | None = None
    fast_track: bool | None = None
    topic_id: int | str | None = None

    def __post_init__(self) -> None:
        """Refuse what would give a term no length or two steps one code."""
        if self.amount <= 0:
            raise ValueError("amount must be positive")
        percents = [round(share * PERCENT) for share in self.warn_shares]
        if len(set(percents)) < len(percents) or any(not 0 < percent < PERCENT for percent in percents):
            raise ValueError("warn_shares must be different shares between 0.01 and 0.99")
        if any(rung.after < timedelta() for rung in self.ladder):
            raise ValueError("a rung of the ladder cannot stand before the breach")


def match(
    rules: Iterable[Rule],
    *,
    regime: str,
    source: int | str | None,
    fast_track: bool,
    topic: int | str | None,
) -> dict[Kind, Rule]:
    """For every kind the most specific rule that applies to such a case; kinds without a rule are left out.

    A rule that names the regime beats one that does not, whatever else either names; then the source decides, then
    fast-track, then the topic. Of two equally specific rules the one with the smaller id holds (numbers before
    words), so that a rule added twice moves no open case.
    """
    best: dict[Kind, Rule] = {}
    for rule in sorted(rules, key=_precedence):
        applies = (
            rule.regime in (None, regime)
            and rule.source_id in (None, source)
            and rule.fast_track in (None, fast_track)
            and rule.topic_id in (None, topic)
        )
        if applies:
            best.setdefault(rule.kind, rule)
    return best


def _precedence(rule: Rule) -> tuple[bool, bool, bool, bool, bool, int, str]:
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
