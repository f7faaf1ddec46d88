"""What was measured, against its bars: a table on screen, the same as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

PAGE_BAR: Final = 0.150  # seconds, p95
SEARCH_BAR: Final = 0.200
SWEEP_BAR: Final = 5.0  # 10,000 terms due of 1,000,000 that run
EMPTY_SWEEP_BAR: Final = 0.050  # none of them due
GROWTH_BAR: Final = 1.2  # of the same sweep with ten times as many closed cases
QUERIES_BAR: Final = 15
WEEK_BAR: Final = 1.5  # seconds: the figures of a week with both comparisons
WEEK_GROWTH_BAR: Final = 1.5  # of the same week with ten times as many messages in the register
MONTH_BAR: Final = 2.0  # the month's indicators, year to date
YEAR_BAR: Final = 2.0  # the heat map of a year
DOCUMENTS_BAR: Final = 3.0  # all documents of a report together
SINGLE_BAR: Final = 150  # messages a second, each a call of its own
BULK_BAR: Final = 1500  # messages a second, thousands a call
FILE_BAR: Final = 60.0  # 20,000 rows of a brought file judged and put in
FILE_MEMORY_BAR: Final = 500  # MiB, the process that reads the workbook among it
MEMORY_BAR: Final = 400  # MiB, the most that a worker who did all this held at once


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Times are seconds; ``p95`` of a single run is that run."""

    name: str
    count: int
    p50: float
    p95: float
    bar: float | None = None
    queries: int | None = None
    queries_bar: int | None = None
    note: str = ""
    ratio: float | None = None
    """In place of times: how many times as long as with less data."""
    ratio_bar: float | None = None
    memory: int | None = None
    """In place of times: MiB at most."""
    memory_bar: int | None = None
    rate: float | None = None
    """Beside the times: how many a second, all clients together."""
    rate_bar: float | None = None

    @property
    def ok(self) -> bool:
        if self.memory is not None:
            return self.memory_bar is None or self.memory <= self.memory_bar
        if self.ratio is not None:
            return self.ratio_bar is None or self.ratio <= self.ratio_bar
        if self.rate is not None and self.rate_bar is not None and self.rate < self.rate_bar:
            return False
        in_time = self.bar is None or self.p95 <= self.bar
        return in_time and (self.queries is None or self.queries_bar is None or self.queries <= self.queries_bar)


@dataclass(slots=True)
class Results:
    size: int
    at: datetime
    figures: list[Figure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # of the preparation
    busy: float = field(default_factory=lambda: os.getloadavg()[0])  # the machine's load of the minute before

    @property
    def ok(self) -> bool:
        return all(figure.ok for figure in self.figures)

    def add(self, name: str, times: Sequence[float], **more: Any) -> None:
        self.figures.append(Figure(name, len(times), percentile(times, 0.5), percentile(times, 0.95), **more))

    def compare(self, name: str, ratio: float, *, bar: float) -> None:
        self.figures.append(Figure(name, 1, 0.0, 0.0, ratio=ratio, ratio_bar=bar))

    def hold(self, name: str, memory: int, *, bar: int) -> None:
        self.figures.append(Figure(name, 1, 0.0, 0.0, memory=memory, memory_bar=bar))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """How long a part of the preparation takes, said at once."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun
        print(f"{name}: {self.seconds[name]:.0f} с", file=sys.stderr)

    def table(self) -> str:
        """The table as people read it: milliseconds, queries, bars, the verdict."""
        head = ("что", "раз", "p50, мс", "p95, мс", "норма, мс", "запросов", "норма", "")
        rows = [head, *(_cells(figure) for figure in self.figures)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        lines = ["  ".join(_aligned(cell, width, place) for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
                 for row in rows]  # fmt: skip
        lines.insert(1, "─" * len(lines[0]))
        verdict = "Все нормы выдержаны." if self.ok else "Есть показатели мимо нормы."
        if self.busy > (os.cpu_count() or 1) / 2:
            verdict += f" Машина была занята другим (нагрузка {self.busy:.1f}): на свободной цифры лучше."
        return "\n".join([*(line.rstrip() for line in lines), verdict])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        words = {
            "size": self.size,
            "at": self.at.isoformat(),
            "ok": self.ok,
            "machine": {
                "cpus": os.cpu_count(),
                "python": platform.python_version(),
                "system": platform.platform(),
                "load_before": round(self.busy, 2),
            },
            "preparation_seconds": {name: round(value, 1) for name, value in self.seconds.items()},
            "figures": [{**asdict(figure), "ok": figure.ok} for figure in self.figures],
        }
        path.write_text(json.dumps(words, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by the share of all."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _cells(figure: Figure) -> tuple[str, ...]:
    if figure.memory is not None:
        verdict = "OK" if figure.ok else "МИМО"
        return (figure.name, "", f"{figure.memory} МиБ", "", f"{figure.memory_bar} МиБ", "", "", verdict)
    if figure.ratio is not None:
        return (figure.name, "", _times(figure.ratio), "", _times(figure.ratio_bar), "", "", "OK" if figure.ok else "МИМО")
    bars = (figure.bar, figure.queries_bar, figure.rate_bar)
    verdict = "" if bars == (None, None, None) else "OK" if figure.ok else "МИМО"
    return (
        figure.name,
        str(figure.count),
        _ms(figure.p50),
        _ms(figure.p95),
        _ms(figure.bar) if figure.rate_bar is None else f"{figure.rate_bar:.0f}/с",
        "" if figure.queries is None else str(figure.queries),
        "" if figure.queries_bar is None else str(figure.queries_bar),
        "  ".join(part for part in (verdict, figure.note) if part),
    )


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"×{ratio:.2f}".replace(".", ",")


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:,.0f}".replace(",", "\u00a0")


def _aligned(cell: str, width: int, place: int) -> str:
    return cell.ljust(width) if place in (0, 7) else cell.rjust(width)
