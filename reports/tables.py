"""The tables of a report: rows by source, block, recipient, topic and territory, days, spikes, the overdue."""

from __future__ import annotations

import functools
import itertools
import operator
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from blocks.charters.settings_schema import settings_of
from blocks.models import Block, Center, Recipient, Settlement, Source, Topic
from messages.models import Deadline, Message
from reports import spikes as spike
from reports.cases import UNKNOWN
from reports.counting import EXECUTOR
from reports.periods import Period
from reports.shape import Day, Executor, OverdueRow, Received, Row, SpikeRow
from reports.tally import Tally, values

OVERDUE_LINES: Final = 500  # of the longest overdue; their full number is among the counts
LONGEST_BY_DAYS: Final = 92  # a quarter; a longer period has no table of days

Named = QuerySet[Source] | QuerySet[Block] | QuerySet[Recipient] | QuerySet[Topic] | QuerySet[Settlement]


class Name(NamedTuple):
    """What a table says of a reference row."""

    name: str
    note: str
    is_closed: bool


def names(named: Named) -> dict[str, Name]:
    """Reference rows by key, in the charter's order, closed ones too: a past week may need them. One query."""
    ordered = named.order_by("order", "pk")
    return {str(row.pk): Name(_short(row), _note(row), row.closed_at is not None) for row in ordered}


def _short(row: Source | Block | Recipient | Topic | Settlement) -> str:
    if isinstance(row, Settlement):
        return f"{row.kind} {row.name}".strip()
    return row.name if isinstance(row, Topic) else row.short or row.name


def _note(row: Source | Block | Recipient | Topic | Settlement) -> str:
    if isinstance(row, Topic):
        return row.block.short
    return row.name if not isinstance(row, Settlement) and row.name != _short(row) else ""


def rows(tally: Tally, dimension: str, named: dict[str, Name], figures: Sequence[str], *, unknown: str = "") -> list[Row]:
    """A row for every open line of the charter and for closed ones with counts; ``unknown`` names the row of the rest."""
    found = [
        _row(tally, dimension, key, name, figures)
        for key, name in named.items()
        if not name.is_closed or tally.has(dimension, key)
    ]
    if unknown and tally.has(dimension, UNKNOWN):
        found.append(_row(tally, dimension, UNKNOWN, Name(unknown, "", False), figures))
    return found


def labelled(tally: Tally, dimension: str, key: str, label: str, figures: Sequence[str]) -> Row:
    """A row of what is no reference row: a regime, a state."""
    return Row(key=key, name=label, note="", counts=tally.counts(dimension, key, figures))


def _row(tally: Tally, dimension: str, key: str, name: Name, figures: Sequence[str]) -> Row:
    counts = tally.counts(dimension, key, figures)
    row = Row(key=key, name=name.name, note=name.note, counts=counts)
    if "scored" in figures:
        row["score"] = values(tally.ratio(dimension, key, "points", "scores", digits=2))
    return row


def by_size(found: list[Row]) -> list[Row]:
    """Rows with anything in them, most received first; what is unknown comes last."""
    alive = [row for row in found if any(any(pair.values()) for pair in row["counts"].values())]
    return sorted(alive, key=_size)


def _size(row: Row) -> tuple[bool, int, int, str]:
    pair = row["counts"]["received"]
    return row["key"] == UNKNOWN, -pair["now"], -pair["before"], row["name"]


def executors(tally: Tally, blocks: dict[str, Name], recipients: dict[str, Name]) -> list[Executor]:
    """Who has what is overdue, by block and recipient; most overdue first."""
    found: list[Executor] = []
    for key in tally.keys(EXECUTOR):
        counts = tally.counts(EXECUTOR, key, ("open", "overdue"))
        if any(counts["overdue"].values()):
            block, _, recipient = key.partition(" ")
            found.append(
                Executor(
                    block_key=block,
                    block=blocks[block].name if block in blocks else "",
                    recipient_key=recipient,
                    recipient=recipients[recipient].name if recipient in recipients else "",
                    counts=counts,
                )
            )
    return sorted(found, key=_overdue_size)


def _overdue_size(row: Executor) -> tuple[int, int, str, str]:
    pair = row["counts"]["overdue"]
    return -pair["now"], -pair["before"], row["block"], row["recipient"]


def days(center: Center, period: Period, scope: Q) -> list[Day]:
    """Received by local day, beside it the same days of the period before and of a year ago. One query."""
    if period.length > LONGEST_BY_DAYS:
        return []
    sides = (period, period.previous(), period.year_ago())
    any_of_them = functools.reduce(operator.or_, (side.holds("received_at") for side in sides))
    day = TruncDate("received_at", tzinfo=period.tz)
    counted = Message.objects.filter(any_of_them, scope, center=center).order_by().values(day=day).annotate(n=Count("pk"))
    by_day = {row["day"]: row["n"] for row in counted}
    three = itertools.zip_longest(*(side.days[: period.length] for side in sides))
    return [Day(day=day.isoformat(), now=by_day.get(day, 0), before=by_day.get(before, 0), year=by_day.get(year, 0))
            for day, before, year in three]  # fmt: skip


def spike_rule(center: Center) -> spike.SpikeRule:
    """The charter's numbers for a spike; the window of a problemator is its week."""
    settings = settings_of(center.settings).spike
    return spike.SpikeRule(
        baseline_weeks=settings.baseline_weeks,
        min_messages=settings.min_messages,
        min_growth=settings.min_growth,
        max_probability=settings.max_probability,
    )


def spikes(
    rule: spike.SpikeRule, cube: Iterable[Received], *, topics: dict[str, Name], settlements: dict[str, Name]
) -> list[SpikeRow]:
    """Topics, and topics in one settlement, that grew sharply (ОКТ Пол. 3.8 ¶5); the least probable first.

    A topic that is a spike in one settlement only, with all its messages there, is named once, with the settlement.
    """
    counted: dict[tuple[int, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for cell in cube:
        topic, settlement = cell["topic_id"], cell["settlement_id"]
        if topic is None:
            continue
        for key in {(topic, None), (topic, settlement)}:
            counted[key][0] += cell["now"]
            counted[key][1] += cell["baseline"]
    found = {key: spike.find(rule, count=now, before=before) for key, (now, before) in counted.items()}
    named_closer = {
        topic
        for (topic, settlement), one in found.items()
        if settlement is not None and one and one.count == counted[topic, None][0]
    }
    told = [
        (one, topic, settlement)
        for (topic, settlement), one in found.items()
        if one and not (settlement is None and topic in named_closer)
    ]
    told.sort(key=lambda row: (row[0].probability, -row[0].count, row[1], row[2] or 0))
    return [
        SpikeRow(
            topic=topics[str(topic)].name,
            topic_key=str(topic),
            settlement=settlements[str(settlement)].name if settlement else "",
            settlement_key=str(settlement or ""),
            count=one.count,
            mean=round(one.mean, 2),
            growth=None if one.growth is None else round(one.growth, 4),
        )
        for one, topic, settlement in told
    ]


def overdue(longest: Sequence[tuple[int, int]], moment: datetime) -> list[OverdueRow]:
    """Cases overdue at the moment, each named with its longest overdue term, in their order. Two queries."""
    named = longest[:OVERDUE_LINES]
    found = Message.objects.select_related("source", "topic", "block", "recipient", "responsible").only(*_OF_OVERDUE)
    messages = found.in_bulk([message for message, _ in named])
    terms = Deadline.objects.select_related("rule").in_bulk([term for _, term in named])
    return [_overdue_row(messages[message], terms[term], moment) for message, term in named]


_OF_OVERDUE: Final = (
    "number",
    "topic__name",
    "topic_words",
    "source__short",
    "block__short",
    "recipient__short",
    "recipient__name",
    "responsible__full_name",
    "responsible__username",
)


def _overdue_row(message: Message, term: Deadline, moment: datetime) -> OverdueRow:
    return OverdueRow(
        number=message.number,
        topic=message.topic.name if message.topic else message.topic_words,
        source=message.source.short,
        block_key=UNKNOWN if message.block_id is None else str(message.block_id),
        block=message.block.short if message.block else "",
        recipient_key=UNKNOWN if message.recipient_id is None else str(message.recipient_id),
        recipient=_short(message.recipient) if message.recipient else "",
        responsible=message.responsible.short_name if message.responsible else "",
        term=term.rule.name,
        clause=term.rule.clause,
        due_at=term.due_at.isoformat(),
        late_seconds=round((moment - term.due_at).total_seconds()),
    )
