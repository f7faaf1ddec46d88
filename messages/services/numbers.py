"""Numbers of cases, as the charter writes them: the Center's prefix, the year and a running number, «ОКТ-2026-000123»."""

from __future__ import annotations

from typing import Final

from django.db import connection

from blocks.models import Center
from messages.models import NumberSequence

# The table of NumberSequence. One statement makes the row, locks it and counts, which the ORM can not say.
_NEXT: Final = """
INSERT INTO mcu_messages_numbersequence AS sequence (center_id, series, year, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (center_id, series, year) DO UPDATE SET last = sequence.last + 1
RETURNING last
"""


def next_number(center: Center, year: int) -> str:
    """The next number of the Center's year for a case. One query; call it as late in the transaction as possible.

    The row stays locked until the transaction ends, so others of the same Center and year wait: a number given is
    never given twice, and one that is rolled back leaves no gap.
    """
    return NumberSequence.written(center, year, take(center, NumberSequence.Series.CASE, year))


def take(center: Center, series: NumberSequence.Series, year: int) -> int:
    """The next running number of a series in the Center's year, its row locked to the end of the transaction. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [center.pk, series, year])
        return int(cursor.fetchone()[0])
