"""Numbers of cases, as the charter writes them: the Center's prefix, the year and a running number, «ОКТ-2026-000123»."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection

from blocks.models import Center
from messages.models import Message, NumberSequence

# The table of NumberSequence. One statement makes the row, locks it and counts, which the ORM can not say.
_NEXT: Final = """
INSERT INTO mcu_messages_numbersequence AS sequence (center_id, series, year, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (center_id, series, year) DO UPDATE SET last = sequence.last + EXCLUDED.last
RETURNING last
"""


def year_of(message: Message) -> int:
    """The year of receipt by the Center's clock: a message of December pushed in January keeps its year."""
    return message.received_at.astimezone(message.center.tz).year


def next_numbers(center: Center, year: int, count: int) -> list[str]:
    """The next numbers of the Center's year for cases, in order. One query; call it as late in the transaction as possible.

    The row stays locked until the transaction ends, so others of the same Center and year wait: a number given is
    never given twice, and one that is rolled back leaves no gap.
    """
    last = take(center, NumberSequence.Series.CASE, year, count)
    return [NumberSequence.written(center, year, number) for number in range(last - count + 1, last + 1)]


def hold(center: Center, years: Iterable[int]) -> None:
    """Wait until nobody else gives numbers of these years of the Center, until the end of the transaction. One query a year."""
    for year in sorted(years):
        take(center, NumberSequence.Series.CASE, year, 0)


def take(center: Center, series: NumberSequence.Series, year: int, count: int = 1) -> int:
    """The last of so many running numbers of a series in the Center's year, its row locked to the end of the transaction.

    One query. Several years are taken in their order, so that nobody waits in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [center.pk, series, year, count])
        return int(cursor.fetchone()[0])
