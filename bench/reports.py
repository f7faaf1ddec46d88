"""What reports cost: a week's figures, a month's indicators, a year's heat map, documents; in a worker of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bench.results import (
    DOCUMENTS_BAR,
    MEMORY_BAR,
    MONTH_BAR,
    WEEK_BAR,
    WEEK_GROWTH_BAR,
    YEAR_BAR,
    Results,
)
from blocks.models import Center
from reports.periods import last_full_week

TIMES: Final = 10  # so many times the messages of the bench at the end
_BASELINE: Final = 5  # weeks before the counted one that its figures look at
_BARS: Final = {
    "week": ("неделя", WEEK_BAR),
    "old_week": ("неделя полгода назад", WEEK_BAR),
    "month": ("показатели месяца", MONTH_BAR),
    "year": ("тепловая карта года", YEAR_BAR),
    "documents": ("документы недели", DOCUMENTS_BAR),
}


def measure(center: Center, size: int, results: Results) -> float:
    """All of it with so many messages; returns the median of a week's time. Bars hold at whatever size."""
    ran = subprocess.run([sys.executable, "-m", "bench.worker", center.slug], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"Отчёты не посчитаны: {ran.stderr[-2000:]}")
    told = json.loads(ran.stdout)
    where = f"сообщений {size:,}".replace(",", "\u00a0")
    for code, (name, bar) in _BARS.items():
        results.add(f"Отчёты: {name}, {where}", told["seconds"][code], bar=bar)
    results.hold(f"Отчёты: память, {where}", told["memory"], bar=MEMORY_BAR)
    return float(median(told["seconds"]["week"]))


def compare(center: Center, few: float, size: int, results: Results) -> None:
    """The same with many more messages, and how much longer the week takes than it did."""
    lots = measure(center, size, results)
    results.compare("Отчёты: неделя, рост от закрытых", lots / few, bar=WEEK_GROWTH_BAR)


def spared(center: Center, now: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches of time that the last week's figures look at: what came and went in them must stay as much as it was."""
    week = last_full_week(now, center.tz)
    year = week.year_ago()
    return [(week.previous(_BASELINE).start, now), (year.previous().start, year.end + timedelta(days=1))]
