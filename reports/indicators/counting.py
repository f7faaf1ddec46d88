"""The seven indicators of a year up to a month: of each month and of the year to date, together and by block, in one pass.

The sets are those of ``reports.indicators.sets``; here each is read once for the whole year and laid out by month, so that
the count of queries does not grow with the months. An answer of a case that was reopened since is found by its history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Case, Count, F, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import ExtractMonth

from blocks.models import Center
from messages.models import Message, MessageEvent
from messages.workflow import REOPEN, SEND
from reports.answers import POSTED, last_answers
from reports.indicators import sets
from reports.models import Publication
from reports.periods import Period, month_of

YEAR: Final = 0  # the span from January to the report's month; the others are months by their number
ALL: Final = ""  # all blocks together
FAST, DELIVERY, INFORMING, DECISIONS, ROADMAP, CONTROL, HEARINGS = (
    "fast_track_share",
    "auto_delivery_share",
    "informing_recipients_share",
    "announced_decisions_share",
    "roadmap_share",
    "automated_control_share",
    "public_hearings_share",
)


@dataclass
class Divided:
    """What is divided, and of what."""

    part: int = 0
    whole: int = 0


@dataclass
class YearCount:
    """Counts by indicator, span (month or the year to date) and block."""

    center: Center
    month: Period
    counts: dict[tuple[str, int, str], Divided] = field(default_factory=lambda: defaultdict(Divided))
    newcomers: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # recipients whose first publication it was

    def __post_init__(self) -> None:
        self.year = self.month.year_to_date()
        last = [month_of(date(self.month.last.year, number, 1), self.month.tz).last for number in self.months]
        self.last_days = dict(zip(self.months, last, strict=True)) | {YEAR: self.month.last}

    @property
    def months(self) -> range:
        """Numbers of the months that are counted."""
        return range(1, self.month.last.month + 1)

    def everything(self) -> YearCount:
        """Read all sets of the year. Ten queries."""
        self._answers()
        self._deliveries()
        self._informing()
        self._decisions()
        self._hearings()
        return self

    def get(self, code: str, span: int, block: str = ALL) -> Divided:
        """One indicator's count; of nothing, zeros."""
        return self.counts.get((code, span, block)) or Divided()

    def _add(self, code: str, span: int, block: int | None, part: int, whole: int) -> None:
        for key in (ALL, "none" if block is None else str(block)):
            kept = self.counts[code, span, key]
            kept.part += part
            kept.whole += whole

    # 1, 5, 6: answers

    def _answers(self) -> None:
        measures = Measures(self.center, self.month.last)
        cube: Iterable[dict[str, Any]] = _plain(
            last_answers(self.center, self.year)
            .order_by()
            .annotate(
                month=ExtractMonth("answered_at", tzinfo=self.center.tz),
                of_topic=Case(When(topic__in=measures.topics, then=F("topic_id"))),
                of_place=Case(When(topic__in=measures.local_topics, then=F("settlement_id"))),
            )
            .values("month", "block_id", "of_topic", "of_place")
            .annotate(n=Count("pk"), fast=Count("pk", filter=Q(fast_track=True)), marked=Count("pk", filter=~Q(control="")))
        )
        for cell in cube:
            for span in (cell["month"], YEAR):
                self._answer(span, cell, measures)
        for cell, spans in _reopened(self.center, self.year):
            of_case = cell | {"of_topic": cell["topic_id"], "of_place": cell["settlement_id"], "n": 1}
            for span in spans:
                self._answer(span, of_case, measures)

    def _answer(self, span: int, cell: dict[str, Any], measures: Measures) -> None:
        number, block = cell["n"], cell["block_id"]
        self._add(FAST, span, block, cell["fast"], number)
        self._add(CONTROL, span, block, cell["marked"], number)
        is_done = measures.done(cell["of_topic"], cell["of_place"], self.last_days[span])
        self._add(ROADMAP, span, block, number if is_done else 0, number)

    # 2: hand-overs

    def _deliveries(self) -> None:
        first = sets.first_assigns(self.center, self.year)
        for cell in _by_month(first, self.center):
            for span in (cell["month"], YEAR):
                self._add(DELIVERY, span, cell["message__block_id"], 0, cell["n"])
        for cell in _by_month(sets.made_by_rule(first, self.year), self.center):
            for span in (cell["month"], YEAR):
                self._add(DELIVERY, span, cell["message__block_id"], cell["n"], 0)

    # 3: recipients

    def _informing(self) -> None:
        published: dict[int, set[int]] = defaultdict(set)
        lines = sets.publications(self.center, self.year).values_list("recipient_id", "published_on__month")
        for recipient, month in lines.distinct():
            published[recipient] |= {month, YEAR}
        blocks: dict[int, list[int | None]] = defaultdict(list)
        for recipient, block in _blocks_of_recipients(self.center):
            blocks[recipient].append(block)
        closed = dict(self.center.recipients.values_list("pk", "closed_at"))
        for recipient, closed_at in closed.items():
            mine = published.get(recipient, set())
            for span, day in self.last_days.items():
                if _is_closed(closed_at, day, self.month):
                    continue
                self._recipient(span, blocks[recipient], is_in=span in mine)
            if mine and not _is_closed(closed_at, self.month.last, self.month):
                self.newcomers[min(mine - {YEAR})] += 1

    def _recipient(self, span: int, blocks: list[int | None], *, is_in: bool) -> None:
        for key in (ALL, *(map(str, blocks) if blocks else ("none",))):
            kept = self.counts[INFORMING, span, key]
            kept.part += is_in
            kept.whole += 1

    # 4, 7: rows of registers

    def _decisions(self) -> None:
        said = Publication.objects.valid().filter(decision=OuterRef("pk"), published_on__gte=OuterRef("executed_on"))
        first = said.order_by().values("decision").annotate(day=Min("published_on")).values("day")
        rows = sets.decisions(self.center, self.year).annotate(said_on=Subquery(first))
        for row in rows.values("decided_on", "executed_on", "announced_on", "said_on"):
            told = min((day for day in (row["announced_on"], row["said_on"]) if day and row["executed_on"]), default=None)
            for span in (row["decided_on"].month, YEAR):
                self._total(DECISIONS, span, is_in=told is not None and told <= self.last_days[span])

    def _hearings(self) -> None:
        for held_on, with_pos in sets.hearings(self.center, self.year).values_list("held_on", "with_pos"):
            for span in (held_on.month, YEAR):
                self._total(HEARINGS, span, is_in=with_pos)

    def _total(self, code: str, span: int, *, is_in: bool) -> None:
        kept = self.counts[code, span, ALL]
        kept.part += is_in
        kept.whole += 1


class Measures:
    """Since when a topic has a measure done, in the whole district or in a settlement. One query."""

    def __init__(self, center: Center, day: date) -> None:
        self._done: dict[tuple[int, int | None], date] = {}
        rows = sets.done_measures(center, day).order_by().values_list("topic_id", "settlement_id")
        for topic, settlement, done_on in rows.annotate(day=Min("done_on")):
            self._done[topic, settlement] = done_on

    @property
    def topics(self) -> set[int]:
        """Topics with any measure done."""
        return {topic for topic, _ in self._done}

    @property
    def local_topics(self) -> set[int]:
        """Topics with a measure in some settlement: only of these is it asked where a case is from."""
        return {topic for topic, settlement in self._done if settlement is not None}

    def done(self, topic: int | None, settlement: int | None, day: date) -> bool:
        """Whether a measure for the topic was done there, or everywhere, by the end of the day."""
        if topic is None:
            return False
        everywhere, there = self._done.get((topic, None)), self._done.get((topic, settlement))
        return any(done_on is not None and done_on <= day for done_on in (everywhere, there))


def _reopened(center: Center, year: Period) -> Iterable[tuple[dict[str, Any], set[int]]]:
    """Cases reopened since an answer of the year, with the spans that their present answer does not stand for. One query."""
    back = MessageEvent.objects.filter(code=REOPEN.name, at__gte=year.start, message__center=center)
    sent = MessageEvent.objects.filter(code=SEND.name, at__gte=year.start, message__in=back.values("message"))
    lines = sent.annotate(posted=POSTED).filter(year.holds("posted"))
    cases: dict[int, dict[str, Any]] = {}
    spans: dict[int, set[int]] = defaultdict(set)
    for line in lines.values("message_id", "posted", *(f"message__{name}" for name in _OF_CASE)):
        case = {name: line[f"message__{name}"] for name in _OF_CASE}
        cases[line["message_id"]] = case | {"fast": int(case["fast_track"]), "marked": int(case["control"] != "")}
        spans[line["message_id"]] |= {line["posted"].astimezone(center.tz).month, YEAR}
    for key, case in cases.items():
        yield case, spans[key] - _present(case["answered_at"], year)


_OF_CASE: Final = ("answered_at", "block_id", "topic_id", "settlement_id", "fast_track", "control")


def _present(answered_at: datetime | None, year: Period) -> set[int]:
    if answered_at is None or not year.start <= answered_at < year.end:
        return set()
    return {answered_at.astimezone(year.tz).month, YEAR}


def _by_month(first: QuerySet[MessageEvent], center: Center) -> Iterable[dict[str, Any]]:
    months = first.order_by().annotate(month=ExtractMonth("at", tzinfo=center.tz))
    return _plain(months.values("month", "message__block_id").annotate(n=Count("pk")))


def _blocks_of_recipients(center: Center) -> Iterable[tuple[int, int | None]]:
    return center.recipients.filter(blocks__isnull=False).values_list("pk", "blocks")


def _plain(rows: Any) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows
    return found


def _is_closed(closed_at: datetime | None, day: date, month: Period) -> bool:
    return closed_at is not None and closed_at < Period(day, day, month.tz).end


def begun(center: Center) -> datetime | None:
    """When the Center's first message came: before it there was nothing to count. One query."""
    first = Message.objects.filter(center=center).order_by("received_at", "pk").values_list("received_at", flat=True)
    return first.first()
