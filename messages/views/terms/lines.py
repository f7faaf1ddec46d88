"""A term as a line of a page, and the line of filters above it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from blocks.access import CenterRequest
from blocks.actors import Actor
from blocks.selectors import Roster
from messages.masking import mask_for
from messages.models import Deadline, Message
from messages.selectors.register.words import Names
from messages.selectors.rows import chip_of, rule_words
from messages.selectors.terms.filters import ME, TermFilters, kinds_shown, people_of
from messages.services.notices import holders
from messages.terms import IN_HOURS, KIND_RU, Chip, Kind
from messages.workflow import State

NAMES: Final = 2  # of those who hold a case; the others are counted
DAYS_RU: Final = ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")


@dataclass(frozen=True, slots=True)
class Line:
    """A term with its case."""

    pk: int
    url: str
    number: str
    chip: Chip | None
    rule: str
    kind: str
    hour: str
    """Of a term that ends at an hour; empty where it ends with the day."""
    source: str
    topic: str
    block: str
    state: str
    holder: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A selector of the line of filters; set, it is a word that can be taken away."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> str:
        return next((choice.label for choice in self.choices if choice.value == self.value), self.value)


def lines_of(terms: Iterable[Deadline], *, request: CenterRequest, roster: Roster, now: datetime) -> list[Line]:
    """Terms read by ``with_cases`` as lines. No query."""
    return [_line(term, request.actor, request.center.slug, roster, now) for term in terms]


def filters_line(filters: TermFilters, names: Names, roster: Roster, actor: Actor, which: Iterable[str]) -> list[Filter]:
    """The selectors of the page, in its order. No query."""
    people = tuple(Choice(str(pk), name) for pk, name in people_of(roster) if pk != actor.user_id)
    choices = {
        "block": ("Блок", tuple(Choice(code, name) for code, name, _ in names.listed["block"])),
        "source": ("Источник", tuple(Choice(code, name) for code, name, _ in names.listed["source"])),
        "kind": ("Что в срок", tuple(Choice(value, label) for value, label in kinds_shown())),
        "person": ("У кого", (Choice(ME, "у меня"), *people)),
    }
    return [Filter(name, label, getattr(filters, name), of) for name, (label, of) in choices.items() if name in which]


def holder_words(message: Message, roster: Roster) -> str:
    """Who has the case now, in short names; nothing where nobody has it."""
    state = State(message.state)
    if state == State.MERGED:
        return "ждёт ответа на ведущее"
    if not message.is_open:
        return ""
    names = roster.names_of(holders(message, roster))
    rest = f" и ещё {len(names) - NAMES}" if len(names) > NAMES else ""
    return (", ".join(names[:NAMES]) + rest) or "никто не назначен"


def topic_words(message: Message, actor: Actor) -> str:
    """The topic, or the source's words for it as this person may read them."""
    return (message.topic.name if message.topic else mask_for(actor, message, message.topic_words)) or "Тема не указана"


def day_of(value: str, today: date) -> date:
    """The day of the address; today where it names none. Years the calendar cannot show are none."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return today
    return day if 2000 <= day.year < 2100 else today


def _line(term: Deadline, actor: Actor, slug: str, roster: Roster, now: datetime) -> Line:
    message = term.message
    ends_at_hour = term.rule.unit in IN_HOURS
    return Line(
        pk=term.pk,
        url=f"/{slug}/messages/{message.number}/",
        number=message.number,
        chip=chip_of(term, now),
        rule=rule_words(term.rule),
        kind=KIND_RU[Kind(term.kind)],
        hour=f"{timezone.localtime(term.due_at):%H:%M}" if ends_at_hour else "",
        source=message.source.short,
        topic=topic_words(message, actor),
        block=message.block.short if message.block else "",
        state=State(message.state).label,
        holder=holder_words(message, roster),
        is_met=term.met_at is not None,
    )
