"""What the register's address asks for. Anything it does not know is passed over, so that a link can be sent to anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from mcu.keyset import Order
from messages.models import Completeness, Control, Regime
from messages.selectors.orders import NEAREST_TERM, NEWEST
from messages.workflow import OPEN, State

ALL: Final = "all"
OPEN_GROUP: Final = "open"
DONE_GROUP: Final = "done"
ME, NOBODY = "me", "none"
ANY: Final = "any"
LOW: Final = "low"
BREACHED: Final = "breached"
TERMS: Final = {
    "overdue": "просрочено",
    "threat": "под угрозой",
    "today": "срок сегодня",
    "three": "срок в три дня",
    BREACHED: "срок нарушался",
}
CONTROLS: Final = {ANY: "отмечен", **dict(Control.choices)}
SCORES: Final = {LOW: "низкая", **{str(score): str(score) for score in range(5, 0, -1)}}
FLAGS: Final = {
    "fast": "фаст-трек",
    "extended": "срок продлён",
    "reopened": "возобновлялось",
    "leading": "объединяет другие",
    "parts": "с соисполнителями",
}
DATES: Final = ("received_from", "received_to", "answered_from", "answered_to")
QUERY_LENGTH: Final = 2000
LAST_ANSWERED: Final = Order("answered_at", descending=True)  # of a period: its index walks that period alone
_WORD: Final = 200
_OLDEST, _NEWEST = date(2000, 1, 1), date(2100, 1, 1)  # the database knows no others that a clerk could mean
_ONE_OF: Final[Mapping[str, frozenset[str]]] = {
    "state": frozenset((ALL, OPEN_GROUP, DONE_GROUP, *State.values)),
    "term": frozenset(TERMS),
    "regime": frozenset(Regime.values),
    "score": frozenset(SCORES),
    "control": frozenset(CONTROLS),
    "completeness": frozenset(map(str, Completeness.values)),
    **dict.fromkeys(FLAGS, frozenset("1")),
}
_PEOPLE: Final = ("responsible", "sorted_by")
_OF_ALL_STATES: Final = ("q", "term", "score", "control", "rule", "answered_from", "answered_to")  # where no state is named


@dataclass(frozen=True, slots=True)
class Filters:
    """One word for each filter, empty where it is not set; rows of the Center's lists by their code."""

    state: str = ""
    block: str = ""
    source: str = ""
    term: str = ""
    q: str = ""
    topic: str = ""
    settlement: str = ""
    recipient: str = ""
    responsible: str = ""  # me, none, or the person's id
    sorted_by: str = ""  # whoever handed the case over: me, or the person's id
    regime: str = ""
    tag: str = ""
    received_from: str = ""
    received_to: str = ""
    answered_from: str = ""
    answered_to: str = ""
    completeness: str = ""
    control: str = ""  # any, or what the solution was checked by
    rule: str = ""  # any, or the id of the auto-rule that handed the case over
    score: str = ""
    fast: str = ""
    extended: str = ""
    reopened: str = ""
    leading: str = ""
    parts: str = ""

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> Filters:
        return cls(**{name: _known(name, _word(query, name)) for name in NAMES})

    @property
    def is_open(self) -> bool:
        """Whether only open cases are asked for; then the nearest term comes first, else the newest."""
        if self.term and self.term != BREACHED:
            return True
        if not self.state:
            return not any(getattr(self, name) for name in _OF_ALL_STATES)
        return self.state == OPEN_GROUP or self.state in OPEN

    @property
    def order(self) -> Order:
        if self.is_open:
            return NEAREST_TERM
        return LAST_ANSWERED if self.answered_from or self.answered_to else NEWEST

    @property
    def any(self) -> bool:
        return any(getattr(self, name) for name in NAMES)

    def set(self) -> dict[str, str]:
        """The filters that are set, by name: what stands in the address."""
        return {name: value for name in NAMES if (value := getattr(self, name))}


NAMES: Final = tuple(field.name for field in fields(Filters))


def day_of(value: str) -> date | None:
    """A day as the address writes it, «2026-11-18»."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if _OLDEST <= day <= _NEWEST else None


def _word(query: Mapping[str, Any], name: str) -> str:
    return str(query.get(name, "")).replace("\x00", "").strip()[:_WORD]


def _known(name: str, value: str) -> str:
    """The value, or nothing where it can not be meant."""
    if name in _ONE_OF:
        return value if value in _ONE_OF[name] else ""
    if name in DATES:
        return value if day_of(value) else ""
    is_id = value.isascii() and value.isdecimal() and len(value) < 10
    if name == "rule":
        return value if is_id or value == ANY else ""
    if name in _PEOPLE:
        return value if is_id or value == ME or (value == NOBODY and name == "responsible") else ""
    return value
