"""The shape of the figures of a period: plain data, as they are kept in the database and shown everywhere.

What was kept before a figure or a side was added lacks it: whoever reads kept figures asks with ``.get``.
"""

from __future__ import annotations

from typing import Final, Literal, NotRequired, TypedDict

Side = Literal["now", "before", "year"]
SIDES: Final[tuple[Side, ...]] = ("now", "before", "year")


class Pair(TypedDict):
    """A count of the period, of the one before and of the same a year ago; of a stock, as of the ends of the three."""

    now: int
    before: int
    year: NotRequired[int]


class MaybePair(TypedDict):
    """The same where there may be no data."""

    now: float | None
    before: float | None
    year: NotRequired[float | None]


class Ratio(TypedDict):
    """A share or a mean with what it was divided of; no value where there is nothing to divide by (no data, never 0)."""

    value: float | None
    numerator: float
    denominator: int


class Row(TypedDict):
    """A line of a table: what it counts (key for the address, name, a word beside it) and its counts by figure."""

    key: str
    name: str
    note: str
    counts: dict[str, Pair]
    score: NotRequired[MaybePair]  # mean of the scores given; None where there were none


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
    recipient_key: NotRequired[str]
    recipient: NotRequired[str]
    responsible: str
    term: str
    clause: str
    due_at: str  # ISO 8601, UTC
    late_seconds: int  # as of the period's end


class Executor(TypedDict):
    """A recipient in a block: who has what is in work and overdue; «none» is the key of what is not assigned."""

    block_key: str
    block: str
    recipient_key: str
    recipient: str
    counts: dict[str, Pair]  # open, overdue


class Day(TypedDict):
    day: str
    now: int
    before: int
    year: NotRequired[int]


class Figures(TypedDict):
    """Everything counted of a period. ``totals`` has the figures of ``reports.cases.CASE_FIGURES``."""

    totals: dict[str, Pair]
    in_time_share: MaybePair  # of 1; None where nothing with a term was answered
    complete_share: NotRequired[MaybePair]  # of 1: answered in full of all answered with a mark
    score: NotRequired[MaybePair]  # mean of the scores given, 1 to 5
    ratios: NotRequired[dict[str, dict[Side, Ratio]]]  # these four by name, with numerator and denominator
    answer_seconds: MaybePair  # mean time from receipt (or reopening) to the answer; None where nothing was answered
    sources: list[Row]
    regimes: list[Row]
    blocks: list[Row]
    recipients: NotRequired[list[Row]]  # those with anything counted; «не назначен» last
    states: list[Row]
    topics: list[Row]  # most received first; «не указана» last
    settlements: list[Row]  # the same
    days: list[Day]  # of a period of a quarter at most
    spikes: list[SpikeRow]  # of a week only
    overdue: list[OverdueRow]  # longest overdue first
    overdue_by: NotRequired[list[Executor]]  # most overdue first


class Received(TypedDict):
    """A cell of what was received: in the week, and in the weeks a spike is measured against."""

    topic_id: int | None
    settlement_id: int | None
    now: int
    baseline: int
