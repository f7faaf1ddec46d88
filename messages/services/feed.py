"""The order of the changes feed, given after the commit by one writer at a time, so that no follower ever misses a change.

A number given while a change is being written could be seen after a later one: whoever had read up to that one would never
meet it. Here only committed rows are numbered, one batch after another; what is committed late comes late.
"""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from messages.models import Change

BATCH: Final = 5000
_ONE_WRITER: Final = 0x4645_4544  # a number of our own among advisory locks
# Ids of one case grow under its lock, so each case's changes keep their order.
_NUMBER: Final = """
UPDATE mcu_messages_change AS change SET position = last.position + new.place
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM mcu_messages_change WHERE position IS NULL ORDER BY id LIMIT %s) AS waiting
) AS new, (SELECT coalesce(max(position), 0) AS position FROM mcu_messages_change) AS last
WHERE change.id = new.id
"""


def number_changes(*, batches: int = 1000) -> int:
    """Give places to what has been committed since; how many. One query when there is nothing, three more a batch.

    To be called outside of transactions: places are seen by others when this has committed.
    """
    numbered = 0
    for _ in range(batches):
        if not Change.objects.filter(position__isnull=True).exists():
            break
        placed = _batch()
        numbered += placed
        if placed < BATCH:
            break
    return numbered


@transaction.atomic
def _batch() -> int:
    with connection.cursor() as cursor:
        # A statement of its own: the next one sees all that the writer before has committed.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_WRITER])
        cursor.execute(_NUMBER, [BATCH])
        return int(cursor.rowcount)
