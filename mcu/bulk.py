"""Many rows at once by COPY, where making a model object of each would cost most of the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from django.db import IntegrityError, connection
from django.db.models import Model
from psycopg import sql
from psycopg.adapt import Transformer

_LINES: Final = 2000  # sent at a time


def copy_in(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows in the caller's transaction; a row that is already there fails it. One statement.

    Columns left out become NULL. JSON is given as text, an array as a list of numbers: nothing is prepared here as a
    model's field would.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)
    # The driver's own errors would pass by whoever waits for IntegrityError.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        lines: list[str] = []
        for row in rows:
            # Put together here: a cursor would look up how to write each value anew, and that was half of the sweep.
            lines.append("\t".join(map(_text, row)))
            if len(lines) == _LINES:
                copy.write("\n".join(lines) + "\n")
                lines.clear()
        if lines:
            copy.write("\n".join(lines) + "\n")


def insert_all(tables: Iterable[tuple[type[Model], Sequence[str], Sequence[Sequence[Any]]]]) -> None:
    """The same for a few rows of several tables: all of them in one exchange with the server, where COPY needs two a table.

    A row of the first table that is there already is IntegrityError, too, but no error to the server: two who bring the same
    at once are nothing that has to stand in its log.
    """
    tables = list(tables)
    if not tables:
        return
    with connection.cursor() as cursor:
        # Values are written by the driver, but not sought by it among hundreds of placeholders: that took longer than to write.
        literal = Transformer(connection.connection).as_literal
        first, *others = [
            _insert(model, tuple(columns)) + b", ".join(b"(%b)" % b", ".join(map(literal, map(_plain, row))) for row in rows)
            for model, columns, rows in tables
        ]
        cursor.execute(b"; ".join([first + b" ON CONFLICT DO NOTHING", *others]).decode())
        if cursor.rowcount != len(tables[0][2]):
            raise IntegrityError(f"a row of {tables[0][0]._meta.db_table} is there already")


@lru_cache(maxsize=256)
def _insert(model: type[Model], columns: Sequence[str]) -> bytes:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("INSERT INTO {} ({}) VALUES ").format(sql.Identifier(model._meta.db_table), names).as_bytes()


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _text(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, str):
        # Four searches for what is seldom there are quicker than one look at every letter.
        return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    if isinstance(value, list):
        return f"{{{','.join(map(str, value))}}}"
    return value.isoformat() if isinstance(value, datetime) else str(value)
