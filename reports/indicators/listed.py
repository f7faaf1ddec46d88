"""The indicators of any period for the list in the terminal, each counted of its two sets."""

from __future__ import annotations

from datetime import datetime

from blocks.models import Center, Indicator
from reports import wording
from reports.indicators import DEFINITIONS, Definition
from reports.listing import HEAD, Cells, Part
from reports.paper import Form, written
from reports.periods import Period, Stretch


def of_indicators(center: Center, period: Period, now: datetime) -> Part:
    """The indicators of the charter with numerator and denominator; two queries for each on each of three sides."""
    rows = Indicator.objects.filter(center=center, closed_at__isnull=True).order_by("number", "pk")
    sides: tuple[Stretch, ...] = (period.until(now), period.previous(), period.year_ago())
    lines = [
        (f"{row.number}. {DEFINITIONS[row.code].title}", _cells(DEFINITIONS[row.code], center, sides))
        for row in rows
        if row.code in DEFINITIONS
    ]
    return Part("Показатели деятельности", HEAD, lines)


def _cells(definition: Definition, center: Center, sides: tuple[Stretch, ...]) -> Cells:
    counted = [(definition.part.rows(center, side).count(), definition.whole.rows(center, side).count()) for side in sides]
    shares = tuple(wording.NO_DATA if not whole else written(part / whole, Form.PERCENT) for part, whole in counted)
    return (*shares, str(counted[0][0]), str(counted[0][1]))
