"""Reports of one Center counted and written as the product does it, with their times and the most memory they held."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any, Final

from blocks import actors
from blocks.models import Center
from blocks.roles import Role
from mcu.clock import utc_now
from mcu.models import User
from reports.documents import FORMATS
from reports.figures import count_period
from reports.heat.cube import Axis, Scope, counted
from reports.indicators.counted import count_month
from reports.kinds import KINDS
from reports.periods import last_full_month, last_full_week, range_of
from reports.services.files import rendered
from reports.services.making import make

_ROUNDS: Final = 7
_HALF_A_YEAR: Final = 26  # weeks


def run(slug: str) -> dict[str, Any]:
    """Seconds of every round, and MiB at most."""
    center, now = Center.objects.get(slug=slug), utc_now()
    week, month = last_full_week(now, center.tz), last_full_month(now, center.tz)
    days = range_of(week.previous(51).first, week.last, center.tz)
    head = User.objects.filter(memberships__center=center, memberships__role=Role.HEAD)[:1].get()
    scope = Scope(center, days, actors.person(user=head, center=center, now=now), now)
    report = make(center=center, kind=KINDS["problemator"], period=week, now=now, actor=actors.system(center))
    seconds = {
        "week": _times(lambda: count_period(center, week)),
        "old_week": _times(lambda: count_period(center, week.previous(_HALF_A_YEAR))),
        "month": _times(lambda: count_month(center, month)),
        "year": _times(lambda: counted(scope, Axis.SETTLEMENT)),
        "documents": _times(lambda: [rendered(report, form) for form in FORMATS]),
    }
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": seconds, "memory": most // 1024}


def _times(work: Callable[[], object]) -> list[float]:
    """Of each round but the first, which warms up."""
    found = []
    for _ in range(_ROUNDS + 1):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return found[1:]
