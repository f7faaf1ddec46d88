"""The figures of a report: the cases of ``reports.cases`` counted for a period, the one before and the same a year ago.

A fixed number of queries whatever the size and the period; plain data out, so that page and documents show what was
counted once and kept. A figure is nowhere counted but here (docs/figures.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from blocks.models import Block, Center, Recipient, Settlement, Source, Topic
from messages.models import Regime
from messages.workflow import OPEN
from reports import tables
from reports.cases import CASE_FIGURES
from reports.counting import Counting
from reports.periods import Kind, Period, Span
from reports.shape import Figures, Ratio, Side, SpikeRow
from reports.tally import ALL, TOTAL, Tally, values

WORK: Final = ("received", "answered", "in_time", "late", "open", "overdue")
_MICROSECONDS: Final = 1_000_000  # in a second
QUALITY: Final = ("complete", "part", "formal", "repeats", "scored", "low")


def count_period(center: Center, period: Period, *, source: Source | None = None, now: datetime | None = None) -> Figures:
    """All figures of a Center's period, or those of one source, with the period before and a year ago beside each.

    A period that goes on is counted up to ``now``.
    """
    counting = Counting(center, period, source, now)
    counting.everything()
    tally, scope = counting.tally, counting.scope()
    ratios = _ratios(tally)
    sources = tables.names(Source.objects.filter(center=center, **({} if source is None else {"pk": source.pk})))
    blocks = tables.names(Block.objects.filter(center=center))
    recipients = tables.names(Recipient.objects.filter(center=center))
    topics = tables.names(Topic.objects.filter(center=center).select_related("block"))
    settlements = tables.names(Settlement.objects.filter(center=center))
    return Figures(
        totals=tally.counts(TOTAL, ALL, CASE_FIGURES),
        in_time_share=values(ratios["in_time_share"]),
        complete_share=values(ratios["complete_share"]),
        score=values(ratios["score"]),
        answer_seconds=values(ratios["answer_seconds"]),
        ratios=ratios,
        sources=tables.rows(tally, "source", sources, (*WORK, *QUALITY)),
        regimes=[tables.labelled(tally, "regime", value, str(label), ("received",)) for value, label in Regime.choices],
        blocks=tables.rows(tally, "block", blocks, (*WORK, *QUALITY, "breaches"), unknown="Блок не назначен"),
        recipients=tables.by_size(
            tables.rows(tally, "recipient", recipients, (*WORK, *QUALITY), unknown="Получатель не назначен")
        ),
        states=[tables.labelled(tally, "state", state.value, str(state.label), ("open",)) for state in OPEN],
        topics=tables.by_size(tables.rows(tally, "topic", topics, (*WORK, *QUALITY), unknown="Тема не указана")),
        settlements=tables.by_size(
            tables.rows(tally, "settlement", settlements, (*WORK, *QUALITY), unknown="Населённый пункт не указан")
        ),
        days=tables.days(center, period, scope),
        spikes=_spikes(counting, topics, settlements),
        overdue=tables.overdue(counting.overdue, counting.sides["now"].end),
        overdue_by=tables.executors(tally, blocks, recipients),
    )


def _spikes(counting: Counting, topics: dict[str, tables.Name], settlements: dict[str, tables.Name]) -> list[SpikeRow]:
    """Of a week only: the rule compares seven days with the weeks before them."""
    if counting.period.kind is not Kind.WEEK:
        return []
    rule = tables.spike_rule(counting.center)
    baseline = Span(counting.period.previous(rule.baseline_weeks).start, counting.period.start)
    return tables.spikes(rule, counting.topics(baseline), topics=topics, settlements=settlements)


def _ratios(tally: Tally) -> dict[str, dict[Side, Ratio]]:
    """Shares and means of all cases: in time of answered with a term, in full of marked, the mean score, the mean time."""
    return {
        "in_time_share": tally.ratio(TOTAL, ALL, "in_time", "in_time", "late"),
        "complete_share": tally.ratio(TOTAL, ALL, "complete", "complete", "part", "formal"),
        "score": tally.ratio(TOTAL, ALL, "points", "scores", digits=2),
        "answer_seconds": tally.ratio(TOTAL, ALL, "took", "answered", digits=0, unit=_MICROSECONDS),
    }
