"""Millions of rows out of a few, by the database itself: cases closed long ago, terms far from their end, terms just due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import GeneratedField, Max, Model

from bench.load import copy
from bench.people import Staff
from blocks.models import DeadlineRule
from blocks.roles import Role
from mcu.models import Outbox
from messages.models import Deadline, DeadlineStep, Message, MessageEvent, Regime, Satisfaction
from messages.terms import Kind
from messages.workflow import OPEN, State

_TABLES: Final[tuple[type[Model], ...]] = (Message, Deadline, DeadlineStep, MessageEvent, Satisfaction, Outbox)
# Kinds that one case may have running at once: as many terms as here to one open case.
KINDS: Final = (Kind.AGREE, Kind.APPROVE, Kind.PUBLISH, Kind.ANSWER)
_LIVED: Final[tuple[type[Model], ...]] = (Message, Deadline, MessageEvent, Satisfaction)
_PLAIN: Final = "Не горит фонарь."
_PLAIN_INDEXES: Final = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisunique
"""
_REFERENCES: Final = """
SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'
"""


def more_years(size: int, spared: Sequence[tuple[datetime, datetime]] = ()) -> None:
    """Copies of cases done with, of their terms, history and scores, up to so many messages in the whole register.

    Only of those whose whole life lies outside the stretches of time: what came and went in these stays as much as it was.
    Their words are few: only their number matters.
    """
    touched = (
        "false"
        if not spared
        else " OR ".join(f"(old.received_at < '{end}' AND old.changed_at >= '{start}')" for start, end in spared)
    )
    wanted = f"old.state NOT IN ({', '.join(_quoted(state) for state in sorted(OPEN))}) AND NOT ({touched})"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE kept AS SELECT id FROM mcu_messages_message AS old WHERE {wanted}")  # noqa: S608
        cursor.execute("CREATE UNIQUE INDEX ON kept (id); ANALYZE kept")
        cursor.execute("SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM mcu_messages_message)")
        kept, everything = cursor.fetchone() or (0, 0)
    times = max(size - everything, 0) // max(kept, 1)
    step = _last(Message) + 1
    copied = {"id": f"old.id + n * {step}", "number": f"'ЗАКР-' || (old.id + n * {step})", "external_id": "''"}
    with _unchecked(*_LIVED):
        _multiply(Message, f"FROM mcu_messages_message AS old JOIN kept USING (id), generate_series(1, {times}) AS n",
                  copied | {"text": _quoted(_PLAIN), "address": "''"})  # fmt: skip
        for model in _LIVED[1:]:
            _multiply(
                model,
                f"FROM {model._meta.db_table} AS old JOIN kept ON kept.id = old.message_id, generate_series(1, {times}) AS n",
                {"id": f"old.id + n * {_last(model) + 1}", "message_id": f"old.message_id + n * {step}"},
            )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kept")
    _settle()


def more_open(staff: Staff, terms: int, now: datetime) -> None:
    """So many running terms, none of them due for days; each case has one of every kind."""
    case, term = _sample(staff, now)
    first, first_term = case + 1, term + 1
    cases = -(-terms // len(KINDS))
    kinds = ", ".join(_quoted(kind) for kind in KINDS)
    until = "old.due_at + interval '30 days' * (n % 9973 + 100) / 10000"
    with _unchecked(Message, Deadline):
        _multiply(
            Message,
            f"FROM mcu_messages_message AS old, generate_series(0, {cases - 1}) AS n WHERE old.id = {case}",
            {"id": f"{first} + n", "number": "old.number || '-' || n", "next_due_at": until.replace("due_at", "next_due_at")},
        )
        _multiply(
            Deadline,
            f"FROM mcu_messages_deadline AS old, generate_series(0, {terms - 1}) AS n WHERE old.id = {term}",
            {
                "id": f"{first_term} + n",
                "message_id": f"{first} + n / {len(KINDS)}",
                "kind": f"(ARRAY[{kinds}])[n % {len(KINDS)} + 1]",
                "due_at": until,
                "threat_at": f"{until} - interval '1 hour'",
                "next_step_at": f"{until} - interval '2 hours'",
            },
        )
    _settle()


def make_due(staff: Staff, count: int, now: datetime) -> None:
    """Cases of social networks that nobody swept: handed over between one and a half and eight hours ago."""
    case, term = _sample(staff, now)
    blocks = staff_blocks(staff)
    ids = ", ".join(str(pk) for pk in blocks)
    begun = f"(old.received_at - interval '1 hour' * (1.51 + 6.49 * (n * 7919 % {count}) / {count}))"
    ago = begun.replace("received_at", "started_at")
    _multiply(
        Message,
        f"FROM mcu_messages_message AS old, generate_series(1, {count}) AS n WHERE old.id = {case}",
        {
            "id": "old.id + n",
            "number": "old.number || '-' || n",
            "block_id": f"(ARRAY[{ids}])[n % {len(blocks)} + 1]",
            **dict.fromkeys(("received_at", "registered_at", "handed_over_at", "created_at", "changed_at"), begun),
            "next_due_at": f"{begun} + interval '3 hours'",
        },
    )
    _multiply(
        Deadline,
        f"FROM mcu_messages_deadline AS old, generate_series(1, {count}) AS n WHERE old.id = {term}",
        {
            "id": "old.id + n",
            "message_id": "old.message_id + n",
            "started_at": ago,
            "due_at": f"{ago} + interval '3 hours'",
            "threat_at": f"{ago} + interval '144 minutes'",
            "next_step_at": f"{ago} + interval '90 minutes'",
        },
    )
    _settle()


def staff_blocks(staff: Staff) -> list[int]:
    """The blocks that have a responsible."""
    places = [staff.of(role, code).memberships.get() for role, code in staff.users if role == Role.BLOCK_RESPONSIBLE]
    return [place.block_id for place in places if place.block_id]


def _sample(staff: Staff, now: datetime) -> tuple[int, int]:
    """A case of social networks just handed over, with its running term: the keys of both, the last of their tables."""
    rule = DeadlineRule.objects.get(center=staff.center, code="im_agree", closed_at=None)
    block_id = staff_blocks(staff)[0]
    case, term = _last(Message) + 1, _last(Deadline) + 1
    due = now + timedelta(hours=3)
    message = Message(
        id=case,
        center=staff.center,
        number=f"{staff.center.prefix}-{now.year}-T{case}",
        source=rule.source,
        regime=Regime.MESSAGE,
        state=State.ASSIGNED,
        text=_PLAIN,
        block_id=block_id,
        next_due_at=due,
        **dict.fromkeys(("received_at", "registered_at", "handed_over_at", "created_at", "changed_at"), now),
    )
    running = Deadline(
        id=term,
        message=message,
        center=staff.center,
        rule=rule,
        kind=rule.kind,
        started_at=now,
        due_at=due,
        threat_at=now + timedelta(minutes=144),
        next_step_at=now + timedelta(minutes=90),
    )
    copy([message, running])
    return case, term


def _multiply(model: type[Model], origin: str, changes: Mapping[str, str]) -> None:
    """Insert what the origin gives, every column as it is in ``old`` but for the changes."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, GeneratedField)]
    columns = [str(field.column) for field in fields]
    values = ", ".join(changes.get(column, f"old.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} {origin}")


@contextmanager
def _unchecked(*models: type[Model]) -> Iterator[None]:
    """Rows made of rows that were checked need no looking up of what they refer to, and indexes are built at once later.

    References stand again afterwards for whatever is written then; unique indexes are never dropped.
    """
    undo: list[str] = []
    with connection.cursor() as cursor:
        for model in models:
            table = model._meta.db_table
            cursor.execute(_PLAIN_INDEXES, [table])
            for name, definition in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")
                undo.append(definition)
            cursor.execute(_REFERENCES, [table])
            for name, definition in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                undo.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
        yield
        for statement in undo:
            cursor.execute(statement)


def _settle() -> None:
    """As after a quiet night: keys counted on, vacuumed, analysed."""
    with connection.cursor() as cursor:
        for table, last in ((model._meta.db_table, _last(model)) for model in _LIVED):
            if last:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
        for model in _TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


def _last(model: type[Model]) -> int:
    found: dict[str, Any] = model._base_manager.aggregate(last=Max("pk"))
    return int(found["last"] or 0)


def _quoted(word: str) -> str:
    return f"'{word}'"
