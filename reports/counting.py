"""The cases of ``reports.cases`` counted by all dimensions at once, for a period, the one before and the same a year ago.

Cells of one query are added up to totals and rows; a case that may stand in a cell twice is counted as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, Sum

from blocks.models import Center, Source
from messages.models import Completeness
from messages.workflow import OPEN, REOPEN
from reports import answers, cases, stocks
from reports.periods import Period, Span, Stretch
from reports.shape import SIDES, Received, Side
from reports.tally import Tally

DIMENSIONS: Final = {
    "source": "source_id",
    "regime": "regime",
    "block": "block_id",
    "recipient": "recipient_id",
    "topic": "topic_id",
    "settlement": "settlement_id",
}
EXECUTOR: Final = "executor"  # a recipient in a block
_MARKS: Final = {Completeness.FULL: "complete", Completeness.PART: "part", Completeness.FORMAL: "formal"}
_MICROSECOND: Final = timedelta(microseconds=1)
_OPEN: Final = frozenset(OPEN)


@dataclass(frozen=True)
class Counting:
    """What is counted of which period; a period that goes on, up to ``now``."""

    center: Center
    period: Period
    source: Source | None = None
    now: datetime | None = None
    tally: Tally = field(default_factory=Tally)
    overdue: list[tuple[int, int]] = field(default_factory=list)  # cases with their longest overdue term, longest first

    def everything(self) -> None:
        """Fill the tally and the list of the overdue. Seven queries a side."""
        for side, stretch in self.sides.items():
            self._received(side, stretch)
            self._answered(side, stretch)
            self._moved(side, stretch)
            self._stocks(side, stretch.end)
            self._breaches(side, stretch)
            self._scores(side, stretch)

    @property
    def sides(self) -> dict[Side, Stretch]:
        present = self.period if self.now is None else self.period.until(self.now)
        return dict(zip(SIDES, (present, self.period.previous(), self.period.year_ago()), strict=True))

    def scope(self, of: str = "") -> Q:
        """The filter of the source, for rows that lead to the case by ``of``."""
        return Q() if self.source is None else Q(**{f"{of}source": self.source})

    def topics(self, baseline: Stretch) -> list[Received]:
        """What came in by topic and settlement, in the period and in the weeks a spike is measured against. One query."""
        whole = cases.received(self.center, Span(baseline.start, self.period.end))
        cube = (
            whole.filter(self.scope(), topic__isnull=False)
            .order_by()
            .values("topic_id", "settlement_id")
            .annotate(
                now=Count("pk", filter=self.period.holds("received_at")),
                baseline=Count("pk", filter=baseline.holds("received_at")),
            )
        )
        return [Received(**cell) for cell in cube]

    def _received(self, side: Side, stretch: Stretch) -> None:
        rows = cases.received(self.center, stretch).filter(self.scope())
        for cell in rows.order_by().values(*DIMENSIONS.values()).annotate(n=Count("pk")):
            self.tally.add(side, {"received": cell["n"]}, _keys(cell))

    def _answered(self, side: Side, stretch: Stretch) -> None:
        rows = answers.answered(self.center, stretch).filter(self.scope())
        cube = (
            rows.order_by()
            .values(*DIMENSIONS.values(), "completeness", "has_term", "is_late")
            .annotate(n=Count("pk"), took=Sum("answer_took"))
        )
        for cell in cube:
            number = cell["n"]
            kept = "late" if cell["is_late"] else "in_time" if cell["has_term"] else "no_term"
            found = {"answered": number, kept: number, "took": cell["took"] // _MICROSECOND}
            if cell["completeness"] is not None:
                found[_MARKS[cell["completeness"]]] = number
            self.tally.add(side, found, _keys(cell))

    def _moved(self, side: Side, stretch: Stretch) -> None:
        once = Count("message", distinct=True)
        lines = cases.moves(self.center, stretch).filter(self.scope("message__"))
        counted = lines.order_by().values("code", **_of_message()).annotate(
            n=once, back=Count("message", distinct=True, filter=Q(from_state__in=cases.WITH_ANSWER))
        )  # fmt: skip
        for cell in counted:
            found = {cases.MOVES[cell["code"]]: cell["n"]}
            if cell["code"] == REOPEN.name:
                found["repeats"] = cell["back"]
            self.tally.add(side, found, _keys(cell))

    def _stocks(self, side: Side, moment: datetime) -> None:
        """Case by case: the state at the moment is worked out once for each, then told here whether it was open."""
        terms = stocks.pressing_at(self.center, moment, self.scope()).order_by("due_at", "pk")
        late: dict[int, int] = {}  # cases with their longest overdue term, longest first
        threatened: set[int] = set()
        for term, message, due_at in terms.values_list("pk", "message_id", "due_at"):
            if due_at < moment:
                late.setdefault(message, term)
            else:
                threatened.add(message)
        rows = stocks.rows_at(self.center, moment, self.scope(), ("pk", *DIMENSIONS.values()))
        open_ones: set[int] = set()
        for row in rows:
            pk = row["pk"]
            if row["state_at"] in _OPEN:
                open_ones.add(pk)
                keys = _keys(row) | {"state": row["state_at"], EXECUTOR: executor(row["block_id"], row["recipient_id"])}
                self.tally.add(side, {"open": 1, "overdue": int(pk in late), "threat": int(pk in threatened)}, keys)
        if side == "now":
            self.overdue.extend((message, term) for message, term in late.items() if message in open_ones)

    def _breaches(self, side: Side, stretch: Stretch) -> None:
        terms = cases.breached_terms(self.center, stretch).filter(self.scope("message__"))
        for cell in _by_case(terms, breaches=Count("message", distinct=True)):
            self.tally.add(side, {"breaches": cell["breaches"]}, _keys(cell))

    def _scores(self, side: Side, stretch: Stretch) -> None:
        given = answers.scores(self.center, stretch).filter(self.scope("message__"))
        low = Q(score__lte=answers.low_score(self.center))
        cube = _by_case(
            given,
            scored=Count("message", distinct=True),
            low=Count("message", distinct=True, filter=low),
            scores=Count("pk"),
            points=Sum("score"),
        )
        for cell in cube:
            self.tally.add(side, {name: cell[name] for name in ("scored", "low", "scores", "points")}, _keys(cell))


def executor(block: object, recipient: object) -> str:
    """The key of a recipient in a block."""
    return f"{cases.UNKNOWN if block is None else block} {cases.UNKNOWN if recipient is None else recipient}"


def _of_message() -> dict[str, F]:
    return {name: F(f"message__{name}") for name in DIMENSIONS.values()}


def _by_case(rows: Any, **counted: Any) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.order_by().values(**_of_message()).annotate(**counted)
    return found


def _keys(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {dimension: cell[column] for dimension, column in DIMENSIONS.items()}
