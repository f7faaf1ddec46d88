"""The marks that PostgreSQL puts on every version of a row: while they are the same, what was read of the rows still holds.

``xmin`` is the transaction that wrote the version, ``ctid`` where it stands: no two versions bear the same. Whoever changed
a row and by whatever way, its mark is another. Read the marks first and the rows after them: what changes in between is
noticed by the next look, which finds other marks.
"""

from __future__ import annotations

from typing import Final

_ALL: Final = "(SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid)) FROM {}{})"


def of_row(alias: str) -> str:
    """SQL for the mark of the one row that the alias stands for."""
    return f"{alias}.ctid::text || {alias}.xmin::text"


def of_rows(table: str, where: str = "") -> str:
    """SQL for the marks of all rows of a table, or of those that the condition names."""
    return _ALL.format(table, f" WHERE {where}" if where else "")
