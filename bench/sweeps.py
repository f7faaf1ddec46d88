"""The sweep of terms where much is closed and where very much is open: its own bars, and whether it grows with the closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Final

from bench import mass
from bench.people import Staff
from bench.reports import spared
from bench.results import EMPTY_SWEEP_BAR, GROWTH_BAR, SWEEP_BAR, Results
from mcu.clock import utc_now
from messages.services.sweep import sweep

_TIMES: Final = 10  # so many times the messages of the bench are closed at the end, and so many terms run
_DUE_SHARE: Final = 0.1  # of the messages of the bench; of the running terms a hundredth
_ROUNDS: Final = 5
_EMPTY: Final = 10  # sweeps with nothing due after each of the others


def measure(staff: Staff, size: int, results: Results, *, grown: Callable[[], None]) -> None:
    """With ``size`` closed cases, with ten times as many, then with as many running terms too.

    ``grown`` is called where the register has ten times as many messages and nothing else yet.
    """
    sweep(now=utc_now())  # what came due meanwhile
    due, many = max(int(size * _DUE_SHARE), 100), size * _TIMES
    few = _phase(staff, due, f"закрыто {_short(size)}", results)
    with results.timed(f"ещё {_short(many - size)} закрытых"):
        mass.more_years(many, spared(staff.center, utc_now()))
    lots = _phase(staff, due, f"закрыто {_short(many)}", results)
    grown()
    for name, before, after in zip(("с работой", "впустую"), few, lots, strict=True):
        results.compare(f"Обход {name}: рост от закрытых", after / before, bar=GROWTH_BAR)
    with results.timed(f"ещё {_short(many)} идущих сроков"):
        mass.more_open(staff, many, utc_now())
    _phase(staff, due, f"идёт {_short(many)}", results, bars=True)


def _phase(staff: Staff, due: int, where: str, results: Results, *, bars: bool = False) -> tuple[float, float]:
    """The medians of a sweep with so many terms due and of one with none."""
    full: list[float] = []
    empty: list[float] = []
    steps = 0
    for _ in range(_ROUNDS):
        mass.make_due(staff, due, utc_now())
        begun = time.perf_counter()
        steps = sweep(now=utc_now()).steps
        full.append(time.perf_counter() - begun)
        for _ in range(_EMPTY):
            begun = time.perf_counter()
            sweep(now=utc_now())
            empty.append(time.perf_counter() - begun)
    results.add(f"Обход: {_short(due)} сроков, {where}", full, bar=SWEEP_BAR if bars else None, note=f"шагов {steps}")
    results.add(f"Обход: ничего, {where}", empty, bar=EMPTY_SWEEP_BAR if bars else None)
    return median(full), median(empty)


def _short(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")
