"""The live board of a wall screen: the day's flow, terms at risk, blocks, spikes, what waits where.

Every figure is one of ``reports.cases`` or ``reports.present``; here they are only laid out. Numbers of cases and topics
alone: a wall is read by whoever passes, so neither names nor texts of applicants are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.db.models import Case, Q, Value, When
from django.db.models.functions import ExtractHour

from blocks.models import Center, Settlement, Topic
from blocks.selectors.frame import sweep_alarm
from mcu.templatetags.mcu_ui import num
from messages.models import Deadline
from messages.selectors.pressure import running_terms, threatened_terms
from messages.selectors.rows import chip_of
from messages.terms import Chip
from messages.workflow import OPEN
from reports import cases, tables, wording
from reports.board_hours import Hours, hours_shown
from reports.counting import Counting
from reports.panels.links import Links
from reports.panels.marks import Marks
from reports.panels.measure import Measure
from reports.panels.names import names_of
from reports.panels.numbers import Branch, Numbers, count, kept
from reports.panels.parts import BlockLine, Mark
from reports.periods import Period, Span, day_of, last_days
from reports.shape import SpikeRow

T = TypeVar("T")

KEPT_FOR: Final = 10  # seconds: screens that ask one after another are told the same
SPIKES_KEPT_FOR: Final = 300
SPIKE_DAYS: Final = 7
SPIKES: Final = 3
TERMS: Final = 8
BLOCKS: Final = 12
_USUAL: Final = 4  # weeks that the usual day is the mean of
_NO_HOUR: Final = -1
_WEEK: Final = timedelta(days=7)
_PER_CASE: Final = 4  # a case has a few terms: so many rows are read for each case shown


@dataclass(frozen=True, slots=True)
class Term:
    """A case by the term of it that ends first."""

    number: str
    url: str
    chip: Chip
    topic: str
    block: str


@dataclass(frozen=True, slots=True)
class SpikeLine:
    """A topic that grew sharply in the last seven days."""

    topic: str
    place: str
    mark: Mark
    growth: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that the screen shows, as plain data that can be kept."""

    at: datetime
    alarm: str
    figures: list[Mark]
    hours: list[Hours]
    threatened: list[Term]
    following: list[Term]
    blocks: list[BlockLine]
    more_blocks: int
    queue: list[Mark]
    spikes: list[SpikeLine]


def board_of(center: Center, now: datetime) -> Board:
    """The board, kept some seconds for the Center's other screens. Seven queries, three more every five minutes."""
    return _kept(f"board:{center.pk}", KEPT_FOR, lambda: _count(center, now))


def _count(center: Center, now: datetime) -> Board:
    measure, links = Measure(center, now, Q(center=center)), Links(center.slug)
    numbers = count(
        [
            *measure.stock("open", "threat", "overdue", "today", by=("block_id", None)),
            measure.by_state("open"),
            *_by_hour(center, measure.today, ""),
        ]
    ).with_(kept(f"board:usual:{center.pk}:{measure.today.code}", lambda: _usual_branches(center, measure.today)))
    marks = Marks(numbers, measure, links)
    hours = _hours(numbers, measure, links)
    threatened, following = _terms(center, now, links)
    blocks = marks.blocks(names_of(center))
    return Board(
        at=now,
        alarm=sweep_alarm(now),
        figures=[*_flow(hours), marks.stock("today", "Срок сегодня"), marks.stock("threat", "Под угрозой"),
                 marks.stock("overdue", "Просрочено", bad=True)],
        hours=hours,
        threatened=threatened,
        following=following,
        blocks=blocks[:BLOCKS],
        more_blocks=max(0, len(blocks) - BLOCKS),
        queue=_queue(numbers, links),
        spikes=_kept(f"board:spikes:{center.pk}", SPIKES_KEPT_FOR, lambda: _spikes(center, now, links)),
    )  # fmt: skip


def _by_hour(center: Center, day: Period, of: str) -> list[Branch]:
    """Received and answered of a day by the local hour; an answer that the case no longer has is of no hour."""
    answered_at = When(day.holds("answered_at"), then=ExtractHour("answered_at", tzinfo=center.tz))
    return [
        Branch(f"received{of}", cases.received(center, day), ExtractHour("received_at", tzinfo=center.tz)),
        Branch(f"answered{of}", cases.with_answer(center, day), Case(answered_at, default=Value(_NO_HOUR))),
    ]


def _usual_branches(center: Center, today: Period) -> list[Branch]:
    """The same day of the weeks before; their mean is the usual day."""
    days = [day_of(today.first - back * _WEEK, today.tz) for back in range(1, _USUAL + 1)]
    return [branch for day in days for branch in _by_hour(center, day, "_usual")]


def _hours(numbers: Numbers, measure: Measure, links: Links) -> list[Hours]:
    local = measure.now.astimezone(measure.center.tz)
    named = {"received": "Поступило сегодня", "answered": "Отвечено сегодня"}
    counts = {name: numbers.by_first(name) for figure in named for name in (figure, f"{figure}_usual")}
    shown = hours_shown(*counts.values())
    return [
        Hours(
            figure=figure,
            title=title,
            total=numbers.total(figure),
            url=links.period(figure, measure.today.code),
            now=counts[figure],
            usual={hour: n / _USUAL for hour, n in counts[f"{figure}_usual"].items()},
            hour=local.hour,
            minute=local.minute,
            shown=shown,
        )
        for figure, title in named.items()
    ]


def _flow(hours: list[Hours]) -> list[Mark]:
    return [
        Mark(one.title, num(one.total), one.url, f"обычно к этому часу {num(round(one.usual_so_far))}" if one.usual else "")
        for one in hours
    ]


def _terms(center: Center, now: datetime, links: Links) -> tuple[list[Term], list[Term]]:
    """Cases under threat, the nearest end first; where they are few, whose terms end next. Two queries."""
    read = Deadline.objects.select_related("message__topic", "message__block").filter(message__state__in=OPEN)
    nearest = read.defer("message__text").order_by("due_at", "pk")
    seen: set[int] = set()

    def first(rows: list[Deadline], most: int) -> list[Term]:
        found: list[Term] = []
        for row in rows:
            if row.message_id not in seen and len(found) < most:
                seen.add(row.message_id)
                found.append(_term(row, now, links))
        return found

    limit = TERMS * _PER_CASE
    under = first(list(nearest.filter(pk__in=threatened_terms(center_id=center.pk, now=now).values("pk"))[:limit]), TERMS)
    if len(under) == TERMS:
        return under, []
    coming = running_terms(center.pk).filter(due_at__gte=now).order_by("due_at").values("pk")[: limit * 2]
    return under, first(list(nearest.filter(pk__in=coming)), TERMS - len(under))


def _term(row: Deadline, now: datetime, links: Links) -> Term:
    message, chip = row.message, chip_of(row, now)
    if chip is None:
        raise AssertionError(f"term {row.pk} has no chip")
    return Term(
        number=message.number,
        url=links.case(message.number),
        chip=chip,
        topic=message.topic.name if message.topic else "Тема не указана",
        block=message.block.short if message.block else "Блок не назначен",
    )


def _queue(numbers: Numbers, links: Links) -> list[Mark]:
    """What waits in each open state, in the order of the work."""
    found = numbers.by_first("open_by_state")
    return [
        Mark(str(state.label), num(n), links.now("open", state=state.value) if n else "")
        for place, state in enumerate(OPEN, start=1)
        for n in (found.get(place, 0),)
    ]


def _spikes(center: Center, now: datetime, links: Links) -> list[SpikeLine]:
    """«Резкий рост» by the charter's rule, of the last seven days with today's. Three queries."""
    rule, period = tables.spike_rule(center), last_days(SPIKE_DAYS, now, center.tz)
    baseline = Span(period.previous(rule.baseline_weeks).start, period.start)
    found = tables.spikes(
        rule,
        Counting(center, period, now=now).topics(baseline),
        topics=tables.names(Topic.objects.filter(center=center).select_related("block")),
        settlements=tables.names(Settlement.objects.filter(center=center)),
    )
    return [_spike(row, period, links) for row in found[:SPIKES]]


def _spike(row: SpikeRow, period: Period, links: Links) -> SpikeLine:
    by = {"topic": row["topic_key"], **({"settlement": row["settlement_key"]} if row["settlement"] else {})}
    mark = Mark("", num(row["count"]), links.period("received", period.code, **by))
    return SpikeLine(row["topic"], row["settlement"], mark, wording.growth(row["growth"]))


@dataclass(slots=True)
class _Held:
    """What this process has read last."""

    until: float
    value: Any


_held: dict[str, _Held] = {}


def forget() -> None:
    """Read anew what this process keeps."""
    _held.clear()


def _kept(key: str, seconds: int, read: Callable[[], T]) -> T:
    """What ``read`` gives, kept for the other screens: in Redis for all processes; should it be away, in this one."""
    found: T | None = cache.get(key)
    if found is not None:
        return found
    own = _held.get(key)
    if own is None or time.monotonic() >= own.until:
        own = _held[key] = _Held(time.monotonic() + seconds, read())
        cache.set(key, own.value, seconds)
    value: T = own.value
    return value
