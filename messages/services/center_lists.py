"""What intake reads of a Center with every message, kept by the process for as long as nobody has changed it.

Each time the database is asked whether it is still the same: one short query, by the marks that PostgreSQL itself puts on
every version of a row. So what is kept is never older than that question, whoever changed the rows and by whatever way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

from blocks.models import Center, DeadlineRule, Settlement, Topic
from mcu import memo
from mcu.models import CalendarYear
from messages.models import AutoRule

_OF_CENTER: Final = (DeadlineRule, Topic, Settlement, AutoRule)
# ``xmin`` is the transaction that wrote the version of the row, ``ctid`` where it stands: no two versions bear the same.
_MARK: Final = "(SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid)) FROM {}{})"
_STAMP: Final = "SELECT {}".format(
    ", ".join(
        [
            _MARK.format(CalendarYear._meta.db_table, ""),
            *(_MARK.format(model._meta.db_table, " WHERE center_id = %(center)s") for model in _OF_CENTER),
        ]
    )
)
_kept: Final[dict[int, tuple[tuple[object, ...], dict[Hashable, Any]]]] = {}


@contextmanager
def known(center: Center) -> Iterator[None]:
    """Within it ``memo.remembered`` gives what the process knows of the Center, read anew after any change. One query.

    For what is read of the Center itself, of its rules of terms, topics, settlements and auto-rules, and of the calendar.
    """
    # The Center's own row was read by the caller: what is made of it is kept only for one just like it.
    stamp = (*_marks(center), center.timezone, center.settings)
    kept = _kept.get(center.pk)
    if kept is None or kept[0] != stamp:
        # Read after the marks: what changes in between is noticed by the next call, which finds others.
        kept = _kept[center.pk] = (stamp, {})
    with memo.remembering(kept[1]):
        yield


def _marks(center: Center) -> tuple[str | None, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, {"center": center.pk})
        return tuple(cursor.fetchone())
