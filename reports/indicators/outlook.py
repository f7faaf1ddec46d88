"""What a year's indicator is worth against its plan, and what December brings if it goes on as in the last months. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reports.indicators.counting import Divided

LAST: Final = 3  # months whose mean is carried on


def share(of: Divided) -> float | None:
    """The share; None where there is nothing to divide by."""
    return round(of.part / of.whole, 6) if of.whole else None


def reaches(of: Divided, plan: float | None) -> bool | None:
    """Whether the share reaches the plan (in percent), compared without rounding; None where either is missing."""
    if plan is None or not of.whole:
        return None
    return of.part * 100 >= plan * of.whole


def forecast(year: Divided, months: Sequence[Divided], left: int) -> float | None:
    """The share of the whole year if the ``left`` months to come are like the mean of the last of ``months``.

    Months before the Center began are not among them. What is divided and what it is divided of go on separately, so that
    a month with little in it weighs little.
    """
    last = months[-LAST:]
    each = left / len(last) if last else 0.0
    part = year.part + each * sum(month.part for month in last)
    whole = year.whole + each * sum(month.whole for month in last)
    return round(part / whole, 6) if whole else None


def forecast_of_stock(year: Divided, newcomers: Sequence[int], left: int) -> float | None:
    """The same of recipients: who published once stays counted, and so many more join each month; never more than all."""
    if not year.whole:
        return None
    last = newcomers[-LAST:]
    more = sum(last) / len(last) * left if last else 0.0
    return round(min(year.part + more, year.whole) / year.whole, 6)
