"""Fills the register: cases of three years in both Centers, copied into the tables by thousands."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Any, Final

from django.db import connection
from django.db.models import GeneratedField, JSONField, Max, Model
from psycopg import sql
from tqdm import tqdm

from bench.cases import Case, Keys, World
from bench.people import Staff
from mcu.models import Outbox
from messages.models import Applicant, Deadline, DeadlineStep, Message, MessageEvent, NumberSequence, Reply

_MODELS: Final[tuple[type[Model], ...]] = (Message, Applicant, Reply, MessageEvent, Deadline, DeadlineStep, Outbox)
_BATCH: Final = 2000
_OLDEST_DAYS: Final = 3 * 365
# Of the youngest letters half are open; a few of the last months are long overdue.
_FRESH_DAYS, _FRESH_SHARE = 30, 0.5
_STALE_DAYS, _STALE_SHARE = 120, 0.06
_CENTER_SHARES: Final = (0.6, 0.4)
_SEED: Final = 2026


def fill(staffs: list[Staff], size: int, now: datetime) -> None:
    """Load ``size`` cases, oldest first, the same ones at every run but for the moment they end at."""
    chance, keys = Random(_SEED), Keys()
    worlds = [World(staff.center, staff, now, keys, chance) for staff in staffs]
    cases = _cases(worlds, size, now, chance)
    with tqdm(total=size, desc="Сообщения", unit=" шт.", mininterval=1) as bar:
        while batch := _take(cases):
            copy(batch)
            bar.update(sum(isinstance(row, Message) for row in batch))
    for world in worlds:
        NumberSequence.objects.bulk_create(
            NumberSequence(center=world.center, year=year, last=last) for year, last in world.numbers.items()
        )
    settle()


def copy(rows: Iterable[Model]) -> None:
    """Store rows with their own keys by COPY."""
    by_model: dict[type[Model], list[Model]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row)
    for model in _MODELS:
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, GeneratedField)]
        columns = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
        places = [(field.attname, isinstance(field, JSONField)) for field in fields]
        with connection.cursor() as cursor, cursor.copy(statement) as out:
            for row in by_model[model]:
                out.write_row([_value(vars(row)[name], is_json=is_json) for name, is_json in places])


def settle() -> None:
    """Let the tables look as they would after a quiet night: keys counted on, vacuumed, analysed."""
    with connection.cursor() as cursor:
        for model in _MODELS:
            last = model._base_manager.aggregate(last=Max("pk"))["last"]
            if model is not Applicant and last:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, last])
        cursor.execute("VACUUM ANALYZE")


def _cases(worlds: list[World], size: int, now: datetime, chance: Random) -> Iterator[list[Model]]:
    """More letters of late than long ago: the number grows from year to year."""
    ages = sorted((chance.random() ** 2 * _OLDEST_DAYS for _ in range(size)), reverse=True)
    for age in ages:
        world = chance.choices(worlds, _CENTER_SHARES)[0]
        share = _FRESH_SHARE if age < _FRESH_DAYS else _STALE_SHARE if age < _STALE_DAYS else 0
        received_at = now - timedelta(days=age, minutes=1)
        yield Case(world, received_at, is_open=chance.random() < share).write()


def _take(cases: Iterator[list[Model]]) -> list[Model]:
    batch: list[Model] = []
    for _, rows in zip(range(_BATCH), cases, strict=False):
        batch += rows
    return batch


def _value(value: Any, *, is_json: bool) -> Any:
    if is_json:
        return json.dumps(value)
    return value.value if isinstance(value, Enum) else value
