"""The figures of a problemator: the cases of ``reports.cases`` counted for the week and the week before.

Sixteen queries whatever the size; plain data out, so that page and documents show what was counted once and kept.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, cast

from django.db.models import Count, Exists, OuterRef, Q, Sum

from blocks.models import Block, Center, Settlement, Source, Topic
from messages.models import Message, Regime
from messages.selectors.pressure import overdue_terms_at, threatened_terms_at
from messages.workflow import OPEN
from reports import cases, tables
from reports.periods import Week
from reports.shape import Figures, MaybePair, Pair, Received, Row
from reports.tally import Tally


def count_week(center: Center, week: Week) -> Figures:
    """All figures of a Center's week, the week before beside each."""
    tally = Tally()
    rule = tables.spike_rule(center)
    cube = _count_received(tally, center, week, baseline_weeks=rule.baseline_weeks)
    seconds = _count_answered(tally, center, week)
    _count_moved(tally, center, week)
    _count_stocks(tally, center, week)
    _count_breaches(tally, center, week)
    sources = tables.names(Source.objects.filter(center=center))
    blocks = tables.names(Block.objects.filter(center=center))
    topics = tables.names(Topic.objects.filter(center=center).select_related("block"))
    settlements = tables.names(Settlement.objects.filter(center=center))
    work = ("received", "answered", "in_time", "late", "open", "overdue")
    totals = tally.counts("total", "all", tuple(cases.CASE_FIGURES))
    return Figures(
        totals=totals,
        in_time_share=MaybePair(now=_share(totals, "now"), before=_share(totals, "before")),
        answer_seconds=seconds,
        sources=tables.rows(tally, "source", sources, work),
        regimes=[_labelled(tally, "regime", value, str(label), "received") for value, label in Regime.choices],
        blocks=tables.rows(tally, "block", blocks, (*work, "breaches"), unknown="Блок не назначен"),
        states=[_labelled(tally, "state", state.value, str(state.label), "open") for state in OPEN],
        topics=tables.by_size(tables.rows(tally, "topic", topics, ("received",), unknown="Тема не указана")),
        settlements=tables.by_size(
            tables.rows(tally, "settlement", settlements, ("received",), unknown="Населённый пункт не указан")
        ),
        days=tables.days(center, week),
        spikes=tables.spikes(rule, cube, topics=topics, settlements=settlements),
        overdue=tables.overdue(center, week),
    )


def _count_received(tally: Tally, center: Center, week: Week, *, baseline_weeks: int) -> list[Received]:
    first = week.previous(baseline_weeks)
    cube = (
        Message.objects.filter(
            center=center, received_at__gte=min(first.start, week.previous().start), received_at__lt=week.end
        )
        .order_by()
        .values("source_id", "regime", "block_id", "topic_id", "settlement_id")
        .annotate(
            now=Count("pk", filter=week.holds("received_at")),
            before=Count("pk", filter=week.previous().holds("received_at")),
            baseline=Count("pk", filter=Q(received_at__gte=first.start, received_at__lt=week.start)),
        )
    )
    found = cast("list[Received]", list(cube))
    for cell in found:
        tally.add(
            "received",
            Pair(now=cell["now"], before=cell["before"]),
            source=cell["source_id"],
            regime=cell["regime"],
            block=cell["block_id"],
            topic=cell["topic_id"],
            settlement=cell["settlement_id"],
        )
    return found


def _count_answered(tally: Tally, center: Center, week: Week) -> MaybePair:
    """Answers by source and block; returns the mean time to the answer in seconds."""
    means: list[float | None] = []
    for is_now, period in ((True, week), (False, week.previous())):
        took, number = timedelta(), 0
        cube = (
            cases.answered(center, period)
            .order_by()
            .values("source_id", "block_id", "has_term", "is_late")
            .annotate(n=Count("pk"), took=Sum("answer_took"))
        )
        for cell in cube:
            pair = _one_side(cell["n"], is_now=is_now)
            keys = {"source": cell["source_id"], "block": cell["block_id"]}
            kept = "no_term" if not cell["has_term"] else "late" if cell["is_late"] else "in_time"
            tally.add("answered", pair, **keys)
            tally.add(kept, pair, **keys)
            took, number = took + cell["took"], number + cell["n"]
        means.append(round(took.total_seconds() / number) if number else None)
    return MaybePair(now=means[0], before=means[1])


def _count_moved(tally: Tally, center: Center, week: Week) -> None:
    names = {"redirect": "redirected", "dismiss": "dismissed", "close": "closed", "reopen": "reopened"}
    for is_now, period in ((True, week), (False, week.previous())):
        numbers = cases.moves(center, period).order_by().values("code").annotate(n=Count("message", distinct=True))
        for row in numbers:
            tally.add(names[row["code"]], _one_side(row["n"], is_now=is_now))


def _count_stocks(tally: Tally, center: Center, week: Week) -> None:
    """What was in work, and what of it overdue, at the end of the week and at its beginning."""
    for is_now, moment in ((True, week.end), (False, week.start)):
        cube = (
            cases.open_at(center, moment)
            .annotate(
                is_overdue=Exists(overdue_terms_at(moment).filter(message=OuterRef("pk"))),
                is_threatened=Exists(threatened_terms_at(moment).filter(message=OuterRef("pk"))),
            )
            .order_by()
            .values("source_id", "block_id", "state_at", "is_overdue", "is_threatened")
            .annotate(n=Count("pk"))
        )
        for cell in cube:
            pair = _one_side(cell["n"], is_now=is_now)
            keys = {"source": cell["source_id"], "block": cell["block_id"], "state": cell["state_at"]}
            tally.add("open", pair, **keys)
            if cell["is_overdue"]:
                tally.add("overdue", pair, **keys)
            if cell["is_threatened"]:
                tally.add("threat", pair, **keys)


def _count_breaches(tally: Tally, center: Center, week: Week) -> None:
    for is_now, period in ((True, week), (False, week.previous())):
        numbers = (
            cases.breached_terms(center, period)
            .order_by()
            .values("message__block_id")
            .annotate(n=Count("message", distinct=True))
        )
        for row in numbers:
            tally.add("breaches", _one_side(row["n"], is_now=is_now), block=row["message__block_id"])


def _one_side(number: int, *, is_now: bool) -> Pair:
    return Pair(now=number if is_now else 0, before=0 if is_now else number)


def _share(totals: dict[str, Pair], side: Literal["now", "before"]) -> float | None:
    """Answered in time of all answered that had a term; None where there were none (an empty denominator is no data)."""
    kept, broken = totals["in_time"][side], totals["late"][side]
    return round(kept / (kept + broken), 4) if kept + broken else None


def _labelled(tally: Tally, dimension: str, key: str, label: str, figure: str) -> Row:
    return Row(key=key, name=label, note="", counts=tally.counts(dimension, key, (figure,)))
