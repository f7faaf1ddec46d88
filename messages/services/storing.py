"""Many new cases at once, whole: numbers, history, changes, answers and terms by COPY, as if each had been taken in alone.

The caller decides what each case is and whether it is known already; here it is only written. ``plan`` reads and works
everything out and may be called outside of the transaction, ``store`` writes it within one; ``store_many`` does both.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import GeneratedField, JSONField, Model

from blocks import actors
from blocks.actors import Actor
from blocks.models import Center
from mcu import memo
from mcu.bulk import copy_in, insert_all
from mcu.text import clean_text
from messages.models import (
    Applicant,
    AutoRule,
    AutoWaiting,
    Change,
    Deadline,
    DeadlineStep,
    EventNote,
    Message,
    MessageEvent,
    Reply,
    Satisfaction,
)
from messages.services import numbers
from messages.services.deadlines import BREACH, breach_data
from messages.services.first_terms import FirstTerm, FirstTerms, nearest_end
from messages.services.history import COLUMNS, Entry, entry_of
from messages.services.new_case import NewCase
from messages.services.term_book import TermBook

# Keys are fetched before the rows that need each other's: one query for all tables.
_KEYED: Final[tuple[type[Model], ...]] = (Message, MessageEvent, Deadline)
# OFFSET 0 keeps the sequence from being looked up anew for each key.
_KEYS: Final = (
    "ARRAY(SELECT nextval(sequence) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) AS found, "
    "generate_series(1, %s))"
)


_FEW: Final = 40  # rows: up to so many a single statement is quicker than COPY


@dataclass(frozen=True, slots=True)
class Plan:
    """Cases with their terms, worked out and not yet written."""

    center: Center
    actor: Actor
    now: datetime
    cases: Sequence[NewCase]
    terms: Sequence[tuple[FirstTerm, ...]]
    asks_rules: bool

    @property
    def years(self) -> set[int]:
        """Whose numbers are needed."""
        return {numbers.year_of(case.message) for case in self.cases}

    def only(self, wanted: Container[tuple[int, str]]) -> Plan:
        """Those whose source and outside number are among the wanted."""
        both = zip(self.cases, self.terms, strict=True)
        kept = [(case, terms) for case, terms in both if (case.message.source_id, case.message.external_id) in wanted]
        return replace(self, cases=[case for case, _ in kept], terms=[terms for _, terms in kept])


def store_many(*, center: Center, cases: Sequence[NewCase], actor: Actor, book: TermBook, now: datetime) -> list[Message]:
    """Write new cases of one Center at once, in one transaction; the messages, now with number and key, in their order.

    One query a table however many they are, and one for every year of receipt among them. A case whose source and outside
    number are known already fails all of them with IntegrityError: look before, or take them one by one then.
    """
    return store(plan(center=center, cases=cases, actor=actor, book=book, now=now))


def plan(*, center: Center, cases: Sequence[NewCase], actor: Actor, book: TermBook, now: datetime) -> Plan:
    """Everything that needs no lock. One query, none for history."""
    first = FirstTerms(book, now)
    found = [first.of(case.message, quiet=case.quiet) for case in cases]
    for case, of_case in zip(cases, found, strict=True):
        case.message.next_due_at = nearest_end(of_case, case.message)
    asks_rules = any(not case.quiet for case in cases) and has_rules(center)
    return Plan(center, actor, now, cases, found, asks_rules)


@transaction.atomic
def store(planned: Plan) -> list[Message]:
    """Write what was planned. Numbers are taken last: their row is what others of the Center wait for."""
    if not planned.cases:
        return []
    events = [_lines(case, planned.actor) for case in planned.cases]
    message_keys, event_keys, term_keys = (iter(keys) for keys in _keys(_counts(planned)))
    rows = _Rows()
    for case, lines, found in zip(planned.cases, events, planned.terms, strict=True):
        message = case.message
        message.pk = next(message_keys)
        for entry, note in lines + _terms(rows, message, found, term_keys, planned):
            rows.event(next(event_keys), entry, note, message)
        rows.said(case)
        if planned.asks_rules and not case.quiet:
            rows.add(AutoWaiting, (message.pk, planned.now, 0))
    _number(planned)
    for case in planned.cases:
        rows.add(Message, _message(case.message))
    rows.write()
    return [case.message for case in planned.cases]


def has_rules(center: Center) -> bool:
    """Whether any auto-rule of the Center is switched on: only then a new case waits for them. One query."""
    return memo.remembered(("auto_rules", center.pk), lambda: _has_rules(center))


def _has_rules(center: Center) -> bool:
    return AutoRule.objects.filter(center=center, enabled_at__isnull=False, closed_at__isnull=True).exists()


def _counts(planned: Plan) -> list[int]:
    lines = sum(len(case.events) for case in planned.cases)
    breaches = sum(one.breached_at is not None for found in planned.terms for one in found)
    return [len(planned.cases), lines + breaches, sum(map(len, planned.terms))]


def _keys(counts: Sequence[int]) -> Sequence[list[int]]:
    asked = [value for model, count in zip(_KEYED, counts, strict=True) for value in (model._meta.db_table, count)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([_KEYS] * len(_KEYED))}", asked)
        row: Sequence[list[int]] = cursor.fetchone()
    return row


def _number(planned: Plan) -> None:
    """Numbers by the year of receipt on the Center's clock: a message of December pushed in January keeps its year."""
    by_year: dict[int, list[Message]] = defaultdict(list)
    for case in planned.cases:
        by_year[numbers.year_of(case.message)].append(case.message)
    for year, messages in sorted(by_year.items()):
        for message, number in zip(messages, numbers.next_numbers(planned.center, year, len(messages)), strict=True):
            message.number = number


def _lines(case: NewCase, actor: Actor) -> list[tuple[Entry, str]]:
    return [
        (
            entry_of(
                line.actor or actor,
                code=line.code,
                at=line.at,
                grant=line.grant,
                from_state=line.from_state,
                to_state=line.to_state,
                data=line.data,
            ),
            clean_text(line.note) if line.note else "",
        )
        for line in case.events
    ]


def _terms(
    rows: _Rows, message: Message, found: Iterable[FirstTerm], keys: Iterator[int], planned: Plan
) -> list[tuple[Entry, str]]:
    """Adds the terms and the steps that count as made; the breaches, those of what was done late first: the program tells."""
    late: list[tuple[Entry, str]] = []
    missed: list[tuple[Entry, str]] = []
    for one in found:
        pk = next(keys)
        rows.add(Deadline, (pk, message.pk, message.center_id, message.cycle, *_TERM(one)))
        for code, at in one.steps:
            rows.add(DeadlineStep, (pk, code, at, planned.now))
        if one.breached_at is not None:
            data = breach_data(one.kind, one.due_at, pk)
            entry = entry_of(actors.system(planned.center), code=BREACH, at=planned.now, data=data)
            (missed if one.met_at is None else late).append((entry, ""))
    return late + missed


_MESSAGE_FIELDS: Final = [field for field in Message._meta.concrete_fields if not isinstance(field, GeneratedField)]
_MESSAGE_COLUMNS: Final = [field.attname for field in _MESSAGE_FIELDS]
_MESSAGE_JSON: Final = [number for number, field in enumerate(_MESSAGE_FIELDS) if isinstance(field, JSONField)]
_MESSAGE_VALUES: Final = attrgetter(*_MESSAGE_COLUMNS)
_TERM_COLUMNS: Final = (
    "rule_id", "kind", "internal", "started_at", "due_at", "threat_at", "met_at", "void_at", "paused_until", "breached_at",
    "next_step_at",
)  # fmt: skip
_TERM: Final = attrgetter(*_TERM_COLUMNS)
_ENTRY_COLUMNS: Final = tuple(name for name in COLUMNS if name != "data")
_ENTRY: Final = attrgetter(*_ENTRY_COLUMNS)
_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode
# In the order of writing: what is pointed to comes first.
_COLUMNS: Final[dict[type[Model], Sequence[str]]] = {
    Message: _MESSAGE_COLUMNS,
    Applicant: ("message_id", "type", "name", "email", "phone"),
    MessageEvent: ("id", "message_id", *_ENTRY_COLUMNS, "data"),
    EventNote: ("event_id", "text"),
    Change: ("message_id", "event_id", "source_id", "client_id"),
    Reply: (
        "message_id", "version", "text", "author_role", "saved_at", "completeness", "posted_at", "recorded_at", "url",
        "delivery",
    ),
    Satisfaction: ("message_id", "cycle", "score", "text", "via", "at", "settled_at"),
    Deadline: ("id", "message_id", "center_id", "cycle", *_TERM_COLUMNS),
    DeadlineStep: ("deadline_id", "step", "planned_at", "made_at"),
    AutoWaiting: ("message_id", "at", "attempts"),
}  # fmt: skip


def _message(message: Message) -> Sequence[Any]:
    values = list(_MESSAGE_VALUES(message))
    for number in _MESSAGE_JSON:
        values[number] = _JSON(values[number]) if values[number] else "{}"
    return values


class _Rows:
    """The rows of every table, gathered to be copied."""

    def __init__(self) -> None:
        self._rows: dict[type[Model], list[Sequence[Any]]] = {model: [] for model in _COLUMNS}

    def add(self, model: type[Model], row: Sequence[Any]) -> None:
        self._rows[model].append(row)

    def event(self, pk: int, entry: Entry, note: str, message: Message) -> None:
        """A line of history, with what clients are told and the words said with it."""
        self.add(MessageEvent, (pk, message.pk, *_ENTRY(entry), _JSON(entry.data)))
        if entry.is_told:
            self.add(Change, (message.pk, pk, message.source_id, message.client_id))
        if note:
            self.add(EventNote, (pk, note))

    def said(self, case: NewCase) -> None:
        """What the applicant and the staff said: who wrote, the answers, the score."""
        message, applicant, score = case.message, case.applicant, case.satisfaction
        if applicant is not None:
            self.add(Applicant, (message.pk, applicant.type, applicant.name, applicant.email, applicant.phone))
        for version, reply in enumerate(case.replies, start=1):
            sent = (reply.completeness, reply.posted_at, reply.recorded_at, reply.url, reply.delivery)
            self.add(Reply, (message.pk, version, reply.text, "", reply.recorded_at, *sent))
        if score is not None:
            told = (score.score, score.text, score.via, score.at, score.settled_at)
            self.add(Satisfaction, (message.pk, message.cycle, *told))

    def write(self) -> None:
        tables = [(model, columns, rows) for model, columns in _COLUMNS.items() if (rows := self._rows[model])]
        if sum(len(rows) for _, _, rows in tables) <= _FEW:
            insert_all(tables)
            return
        for model, columns, rows in tables:
            copy_in(model, columns, rows)
