"""What came due while the program did not work, told to each person in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from mcu import outbox
from mcu.models import Outbox
from mcu.outbox import Notice

SHOWN: Final = 20


def waits() -> bool:
    """Whether anybody is still to be told. One query."""
    return Outbox.objects.filter(gather=True).exists()


def gather(*, now: datetime) -> int:
    """Send the messages; returns how many. One query when nothing was missed."""
    return outbox.gather(now=now, summary=summary)


def summary(slug: str, rows: Sequence[Outbox]) -> Notice:
    """The one message in place of those: how many, the first lines of them, and the page with all that is overdue."""
    ids = ",".join(str(row.pk) for row in rows)
    lines = [row.subject for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(f"… и ещё {len(rows) - SHOWN}: все — в ваших уведомлениях в программе.")
    return Notice(
        key=f"missed:{sha256(ids.encode()).hexdigest()}:{rows[0].user_id}",
        kind="deadline_missed",
        user_id=rows[0].user_id,
        subject=f"Пока программа не работала, подошли сроки: {len(rows)}",
        body="\n".join((f"Пока программа не работала, подошли сроки: {len(rows)}.", "", *lines)),
        path=f"/{slug}/terms/overdue/",
        center_slug=slug,
    )
