"""The shape of a problemator's figures: plain data, as they are kept in the database and shown everywhere."""

from __future__ import annotations

from typing import TypedDict


class Pair(TypedDict):
    """A count of the week and of the week before; for a stock, as of the week's end and of its beginning."""

    now: int
    before: int


class MaybePair(TypedDict):
    """The same where there may be no data."""

    now: float | None
    before: float | None


class Row(TypedDict):
    """A line of a table: what it counts (key for the address, name, a word beside it) and its counts by figure."""

    key: str
    name: str
    note: str
    counts: dict[str, Pair]


class SpikeRow(TypedDict):
    topic: str
    topic_key: str
    settlement: str
    settlement_key: str
    count: int
    mean: float
    growth: float | None


class OverdueRow(TypedDict):
    number: str
    topic: str
    source: str
    block_key: str
    block: str
    responsible: str
    term: str
    clause: str
    due_at: str  # ISO 8601, UTC
    late_seconds: int  # as of the week's end


class Day(TypedDict):
    day: str
    now: int
    before: int


class Figures(TypedDict):
    """Everything a problemator shows. ``totals`` has the figures of ``reports.cases.CASE_FIGURES``."""

    totals: dict[str, Pair]
    in_time_share: MaybePair  # of 1; None where nothing with a term was answered
    answer_seconds: MaybePair  # mean time from receipt (or reopening) to the answer; None where nothing was answered
    sources: list[Row]
    regimes: list[Row]
    blocks: list[Row]
    states: list[Row]
    topics: list[Row]  # most received first; «не указана» last
    settlements: list[Row]  # the same
    days: list[Day]
    spikes: list[SpikeRow]
    overdue: list[OverdueRow]  # longest overdue first


class Received(TypedDict):
    """A cell of what was received: in the week, the week before, and the weeks a spike is measured against."""

    source_id: int
    regime: str
    block_id: int | None
    topic_id: int | None
    settlement_id: int | None
    now: int
    before: int
    baseline: int
