"""What intake reads of a Center with every message, kept by the process for as long as nobody has changed it.

Each time the database is asked whether it is still the same: one short query for the marks of the rows (``mcu.row_marks``).
So what is kept is never older than that question.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

from blocks.models import Center, DeadlineRule, Settlement, Topic
from mcu import memo, row_marks
from mcu.models import CalendarYear
from messages.models import AutoRule

_OF_CENTER: Final = (DeadlineRule, Topic, Settlement, AutoRule)
_STAMP: Final = "SELECT {}".format(
    ", ".join(
        [
            row_marks.of_rows(CalendarYear._meta.db_table),
            *(row_marks.of_rows(model._meta.db_table, "center_id = %(center)s") for model in _OF_CENTER),
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
        kept = _kept[center.pk] = (stamp, {})
    with memo.remembering(kept[1]):
        yield


def _marks(center: Center) -> tuple[str | None, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, {"center": center.pk})
        return tuple(cursor.fetchone())
