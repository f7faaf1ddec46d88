"""Our cases in the tables of other systems: the columns of «Инцидент Менеджмент» and of ПОС, filled with what we know.

Names and order are those of ``messages.exchange``, by which the same tables are read. What we do not know stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from blocks.models import Center
from mcu import calendars
from mcu.calendar import WorkingHours, working_minutes
from messages.exchange import im, pos
from messages.exchange.columns import Column
from messages.models import Regime
from messages.selectors.register.case_cells import Case, Cell, SheetColumn
from messages.workflow import OPEN, State

_WIDTH: Final = 18
_STAMP: Final = "%Y-%m-%d %H:%M:%S"
_DAY: Final = "%d.%m.%Y"
_EMPTY: Final = "-"  # of ПОС
_AS_ACCOUNT: Final = f"{im.DELIVERY}, от имени «"
# Outcomes in the words of the other systems, by the codes of the charters: the first word of several.
_OUTCOMES: Final = {code: word for word, code in reversed(pos.OUTCOMES.items())}

Value = Callable[["Told"], Cell]


@dataclass(frozen=True, slots=True)
class Told:
    """A case with what both tables ask of its Center."""

    case: Case
    center: Center
    hours: WorkingHours

    def stamp(self, moment: datetime | None) -> str:
        """The moment as «Инцидент Менеджмент» writes it: text, by the Center's clock."""
        return f"{moment.astimezone(self.center.tz):{_STAMP}}" if moment else ""

    def day(self, moment: datetime | None) -> str:
        """The day as ПОС writes it."""
        return f"{moment.astimezone(self.center.tz):{_DAY}}" if moment else _EMPTY

    @property
    def outcome(self) -> str:
        """The outcome in their word where they have one, else in ours."""
        code = self.case.message.outcome
        if word := _OUTCOMES.get(code):
            return word.capitalize()
        return next((str(one["name"]) for one in self.center.outcomes if one["code"] == code), "")

    @property
    def key(self) -> str:
        """What its source names the case by, ours where it has no name."""
        return self.case.message.external_id or self.case.message.number


def columns_of(shape: str, center: Center, hours: WorkingHours) -> tuple[SheetColumn, ...]:
    """The columns of «im» or «pos», each with how its cell is told."""
    table, values = (im.COLUMNS, _IM) if shape == "im" else (pos.COLUMNS, _POS)
    return tuple(_column(column, values, center, hours) for column in table)


def _column(column: Column, values: Mapping[str, Value], center: Center, hours: WorkingHours) -> SheetColumn:
    value = values.get(column.attribute)
    if value is None:
        return SheetColumn(column.title, _WIDTH, lambda case: "")
    return SheetColumn(column.title, _WIDTH, lambda case: value(Told(case, center, hours)))


def _number(words: str) -> Cell:
    """A whole number as one, which both systems write so; anything else as words."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 16 and not words.startswith("0") else words


def _text(words: str) -> str:
    """Free text behind an apostrophe, as «Инцидент Менеджмент» guards it: what begins like a formula stays text anywhere."""
    return f"'{words}" if words else ""


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return end - start if start and end and end >= start else None


def _worked(told: Told) -> timedelta | None:
    message = told.case.message
    if message.answered_at is None or message.answered_at < message.received_at:
        return None
    minutes = working_minutes(
        message.received_at, message.answered_at, hours=told.hours, tz=told.center.tz, calendar=calendars.current()
    )
    return timedelta(minutes=minutes)


def _step(told: Told) -> str:
    state = told.case.message.state
    if state == State.ANSWERED:
        return "Оценка удовлетворенности"
    return str(State(state).label) if state in OPEN else "Готово"


def _ended(told: Told) -> datetime | None:
    message = told.case.message
    return None if message.state in OPEN else message.closed_at or message.redirected_at or message.dismissed_at


def _executor(told: Told) -> str:
    message = told.case.message
    if message.recipient:
        return message.recipient.name
    return message.responsible.full_name if message.responsible else ""


def _account(told: Told) -> str:
    delivery = told.case.answer.delivery if told.case.answer else ""
    return delivery.removeprefix(_AS_ACCOUNT).rstrip("»") if delivery.startswith(_AS_ACCOUNT) else ""


def _answer(told: Told) -> str:
    return told.case.answer.text if told.case.answer else ""


def _block(told: Told) -> str:
    """The block the case is in: nothing for one that is not sorted yet, or the file would read back as handed over."""
    return told.case.message.block.name if told.case.message.block else ""


def _category(told: Told) -> str:
    """What the platform sorts by: its own word, else the block the case is in, of one that is not sorted yet its topic's."""
    topic = told.case.message.topic
    if topic is None and told.case.topic:
        return told.case.topic.partition(pos.WITHIN)[0]
    return _block(told) or (topic.block.name if topic else "")


def _subcategory(told: Told) -> str:
    """The topic, or what the platform said behind its category."""
    words = told.case.topic
    return (words if told.case.message.topic else words.partition(pos.WITHIN)[2]) or _EMPTY


def _score(told: Told) -> int | None:
    score = getattr(told.case.message, "score", None)
    return int(score) if score else None


def _tags(told: Told) -> str:
    return ", ".join(sorted(getattr(told.case.message, "tag_names", ())))


def _in_time(told: Told) -> str:
    if told.case.message.answered_at is None:
        return ""
    return _EMPTY if told.case.is_late else "Да"


_IM: Final[dict[str, Value]] = {
    "cabinet": lambda told: told.center.name,
    "number": lambda told: _number(told.key),
    "department": _block,
    "executor": _executor,
    "answered_at": lambda told: told.stamp(told.case.message.answered_at),
    "answer": lambda told: _text(_answer(told)),
    "took": lambda told: _between(told.case.message.received_at, told.case.message.answered_at),
    "took_working": _worked,
    "assigned_at": lambda told: told.stamp(told.case.message.handed_over_at),
    "own_answered_at": lambda told: told.stamp(told.case.message.answered_at),
    "own_took": lambda told: _between(told.case.message.handed_over_at, told.case.message.answered_at),
    "own_in_time": _in_time,
    "lasted": lambda told: _between(told.case.message.received_at, _ended(told)),
    "submitted_at": lambda told: told.stamp(told.case.message.submitted_at),
    "agreeing": lambda told: _between(told.case.message.submitted_at, told.case.message.agreed_at),
    "step": _step,
    "created_at": lambda told: told.stamp(told.case.message.received_at),
    "ended_at": lambda told: told.stamp(_ended(told)),
    "topic": lambda told: told.case.topic,
    "region": lambda told: told.center.region,
    "municipality": lambda told: told.center.district,
    "settlement": lambda told: told.case.place,
    "street": lambda told: told.case.address,
    "outcome": lambda told: told.outcome,
    "post_url": lambda told: told.case.message.url,
    "text": lambda told: _text(told.case.text),
    "own_answer": lambda told: _text(_answer(told)),
    "reason": _score,
    "author_url": lambda told: told.case.applicant.name if told.case.applicant else "",
    "account": _account,
    "tags": _tags,
}


def _stage(told: Told) -> str:
    return pos.DONE_STAGE if told.case.message.state in (State.ANSWERED, State.CLOSED) else "В работе"


def _status(told: Told) -> str:
    message = told.case.message
    if message.state in _STATUSES:
        return _STATUSES[message.state]
    if message.extended_at:
        return pos.PUT_OFF
    return "Назначен исполнитель" if message.block_id else _EMPTY


_STATUSES: Final = {
    State.ANSWERED.value: pos.ANSWERED,
    State.CLOSED.value: pos.ANSWERED,
    State.DISMISSED.value: pos.DISMISSED,
    State.REDIRECTED.value: "Передано в вышестоящую организацию",
}


def _yes(value: object) -> str:
    return "Да" if value else "Нет"


def _is_appeal(told: Told) -> bool:
    return told.case.message.regime == Regime.APPEAL


_POS: Final[dict[str, Value]] = {
    "number": lambda told: told.key,
    "epgu_number": lambda told: _EMPTY,
    "origin": lambda told: told.case.message.source.short,
    "cabinet": lambda told: told.center.name,
    "category": _category,
    "subcategory": _subcategory,
    "fact": lambda told: _EMPTY,
    "received_by": lambda told: told.center.name,
    "organisation": lambda told: told.case.message.recipient.name if told.case.message.recipient else told.center.name,
    "received_on": lambda told: told.day(told.case.message.received_at),
    "planned_on": lambda told: told.day(told.case.answer_due),
    "done_on": lambda told: told.day(told.case.message.answered_at),
    "stage": _stage,
    "status": _status,
    "overdue": lambda told: _yes(told.case.is_late),
    "fast_track": lambda told: _yes(told.case.message.fast_track),
    "law": lambda told: pos.APPEAL if _is_appeal(told) else pos.ORDINARY,
    # Whether the applicant himself chose the law is not known of an appeal.
    "by_law": lambda told: _EMPTY if _is_appeal(told) else "Нет",
    "decision": lambda told: told.outcome or _EMPTY,
    "by_email": lambda told: _EMPTY,
    "score": lambda told: str(_score(told) or _EMPTY),
    "again": lambda told: _yes(told.case.message.cycle),
    "coordinator": lambda told: _EMPTY,
    "executor": lambda told: told.case.message.responsible.full_name if told.case.message.responsible else _EMPTY,
    "head": lambda told: _EMPTY,
}
