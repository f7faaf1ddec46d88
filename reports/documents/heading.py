"""The heading of every document: whose it is, of which week, when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from blocks.models import Center
from reports import wording
from reports.periods import Week


@dataclass(frozen=True, slots=True)
class Heading:
    """Words of the heading and the moment the document is dated with (aware)."""

    center: str
    title: str
    period: str
    week: str
    made: str
    stocks: str
    made_at: datetime


def heading_of(*, center: Center, week: Week, status: str, made_at: datetime) -> Heading:
    """The heading of a Center's problemator; moments in its local time."""
    return Heading(
        center=center.name,
        title="Проблематор",
        period=wording.period(week),
        week=week.code,
        made=f"{status.capitalize()}. Составлен {wording.moment(made_at, center.tz)}",
        stocks=f"Поступления и ответы — за неделю; «в работе» и «просрочено» — на {wording.moment(week.end, center.tz)}",
        made_at=made_at,
    )
