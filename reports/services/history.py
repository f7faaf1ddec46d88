"""The one writer of a report's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from blocks.actors import Actor, Grant
from mcu.text import clean_text
from reports.models import Report, ReportEvent


def record(
    *,
    report: Report,
    code: str,
    actor: Actor,
    now: datetime,
    grant: Grant | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> ReportEvent:
    """Add a line: who did what with the report, in which role."""
    return ReportEvent.objects.create(
        report=report,
        at=now,
        code=code,
        user_id=actor.user_id,
        role=grant.role if grant else "",
        acting_for_id=grant.acting_for_id if grant else None,
        note=clean_text(note),
        data=data or {},
    )
