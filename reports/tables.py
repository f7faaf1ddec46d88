"""The tables of a problemator: rows by source, block, topic and territory, days, spikes, the list of the overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from blocks.charters.settings_schema import settings_of
from blocks.models import Block, Center, Settlement, Source, Topic
from messages.models import Deadline, Message
from messages.selectors.pressure import overdue_terms_at
from reports import cases
from reports import spikes as spike
from reports.cases import UNKNOWN
from reports.periods import WEEK, Week
from reports.shape import Day, OverdueRow, Received, Row, SpikeRow
from reports.tally import Tally

OVERDUE_LINES: Final = 500  # of the longest overdue; their full number is among the counts


class Name(NamedTuple):
    """What a table says of a reference row."""

    name: str
    note: str
    is_closed: bool


def names(named: QuerySet[Source] | QuerySet[Block] | QuerySet[Topic] | QuerySet[Settlement]) -> dict[str, Name]:
    """Reference rows by key, in the charter's order, closed ones too: a past week may need them. One query."""
    ordered = named.order_by("order", "pk")
    return {str(row.pk): Name(_short(row), _note(row), row.closed_at is not None) for row in ordered}


def _short(row: Source | Block | Topic | Settlement) -> str:
    if isinstance(row, Settlement):
        return f"{row.kind} {row.name}".strip()
    return row.short if isinstance(row, Source | Block) else row.name


def _note(row: Source | Block | Topic | Settlement) -> str:
    if isinstance(row, Topic):
        return row.block.short
    return row.name if isinstance(row, Source | Block) and row.name != row.short else ""


def rows(tally: Tally, dimension: str, named: dict[str, Name], figures: Sequence[str], *, unknown: str = "") -> list[Row]:
    """A row for every open line of the charter and for closed ones with counts; ``unknown`` names the row of the rest."""
    found = [
        Row(key=key, name=name.name, note=name.note, counts=tally.counts(dimension, key, figures))
        for key, name in named.items()
        if not name.is_closed or tally.has(dimension, key)
    ]
    if unknown and tally.has(dimension, UNKNOWN):
        found.append(Row(key=UNKNOWN, name=unknown, note="", counts=tally.counts(dimension, UNKNOWN, figures)))
    return found


def by_size(found: list[Row]) -> list[Row]:
    """Rows with messages in either week, most received first; what is unknown comes last."""
    alive = [row for row in found if row["counts"]["received"]["now"] or row["counts"]["received"]["before"]]
    return sorted(alive, key=_size)


def _size(row: Row) -> tuple[bool, int, int, str]:
    pair = row["counts"]["received"]
    return row["key"] == UNKNOWN, -pair["now"], -pair["before"], row["name"]


def days(center: Center, week: Week) -> list[Day]:
    """Received by local day, the same weekday of the week before beside it. One query."""
    both = Message.objects.filter(center=center, received_at__gte=week.previous().start, received_at__lt=week.end)
    counted = both.order_by().values(day=TruncDate("received_at", tzinfo=week.tz)).annotate(n=Count("pk"))
    by_day = {row["day"]: row["n"] for row in counted}
    return [Day(day=day.isoformat(), now=by_day.get(day, 0), before=by_day.get(day - WEEK, 0)) for day in week.days]


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


def overdue(center: Center, week: Week) -> list[OverdueRow]:
    """The cases overdue at the week's end, each with its longest overdue term. Two queries."""
    worst = overdue_terms_at(week.end).filter(message=OuterRef("pk")).order_by("due_at", "pk")
    found = list(
        cases.overdue_at(center, week.end)
        .select_related("source", "topic", "block", "responsible")
        .annotate(term=Subquery(worst.values("pk")[:1]), term_due_at=Subquery(worst.values("due_at")[:1]))
        .order_by("term_due_at", "pk")[:OVERDUE_LINES]
    )
    terms = Deadline.objects.select_related("rule").in_bulk([message.term for message in found])
    return [_overdue_row(message, terms[message.term], week) for message in found]


def _overdue_row(message: Message, term: Deadline, week: Week) -> OverdueRow:
    return OverdueRow(
        number=message.number,
        topic=message.topic.name if message.topic else message.topic_words,
        source=message.source.short,
        block_key=UNKNOWN if message.block_id is None else str(message.block_id),
        block=message.block.short if message.block else "",
        responsible=message.responsible.short_name if message.responsible else "",
        term=term.rule.name,
        clause=term.rule.clause,
        due_at=term.due_at.isoformat(),
        late_seconds=round((week.end - term.due_at).total_seconds()),
    )
