"""The branches that panels share: each number by the definition of reports.cases or reports.present, within a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Aggregate, Avg, Case, Count, FloatField, Max, Q, QuerySet, Value, When
from django.db.models.functions import Extract

from blocks.models import Center
from messages.models import Completeness, Message, Satisfaction
from messages.selectors.forecast import last_check
from messages.workflow import OPEN
from reports import cases, present
from reports.panels.numbers import Branch
from reports.periods import Period, Span, Stretch, day_of, last_days, so_far

QUALITY_DAYS = 28
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Measure:
    """A Center at a moment, narrowed to the cases that one role answers for."""

    center: Center
    now: datetime
    scope: Q

    @cached_property
    def week(self) -> Span:
        return so_far(self.now, self.center.tz)

    @cached_property
    def week_before(self) -> Span:
        """To the same hour of the week before."""
        return self.week.shifted(-_WEEK)

    @cached_property
    def today(self) -> Period:
        return day_of(self.now.astimezone(self.center.tz).date(), self.center.tz)

    @cached_property
    def quality(self) -> Period:
        return last_days(QUALITY_DAYS, self.now, self.center.tz)

    def stock(self, *figures: str, by: tuple[str | None, str | None] = ("block_id", "responsible_id")) -> list[Branch]:
        """What stands now, by two keys."""
        return [Branch(name, self._now(name), *by) for name in figures]

    def by_state(self, figure: str) -> Branch:
        """What stands now by the place of its state in the table."""
        place = Case(*(When(state=state, then=Value(number)) for number, state in enumerate(OPEN, start=1)))
        return Branch(f"{figure}_by_state", self._now(figure), place)

    def received(self) -> list[Branch]:
        return [
            Branch("received", self._in(cases.received, self.week)),
            Branch("received_today", self._in(cases.received, self.today)),
        ]

    def received_before(self) -> list[Branch]:
        """To the same hour of the week before."""
        return [Branch("received_before", self._in(cases.received, self.week_before))]

    def answered_today(self) -> Branch:
        return Branch("answered_today", self._in(cases.with_answer, self.today))

    def in_time(self) -> list[Branch]:
        """Answers with a term: their number, and as value how many were in time."""
        return [self._in_time("in_time", self.week), self._in_time("in_time_before", self.week_before)]

    def breaches(self) -> Branch:
        return Branch("breaches", self._in(cases.breached, self.week), "block_id")

    def medians(self) -> Branch:
        """Median time to the answer by block, in seconds."""
        seconds = _Median(Extract("answer_took", "epoch"))
        return Branch("median", self._in(cases.answered, self.quality), "block_id", value=seconds)

    def satisfaction(self) -> list[Branch]:
        """How many scores were given, and their mean."""
        return [self._scores("score", self.week), self._scores("score_before", self.week_before)]

    def forecast(self) -> Branch:
        """How the forecast did when last tried: terms, late ones, those named, and as value how many of these were late."""
        return Branch("forecast", last_check(self.center), "terms", "late", value=Max("hits"), n=Max("named"))

    def of_quality(self) -> list[Branch]:
        """Of the last four weeks: in time, complete answers, returns, scores."""
        answered = self._in(cases.with_answer, self.quality)
        full = Count("pk", filter=Q(completeness=Completeness.FULL))
        return [
            self._in_time("quality_in_time", self.quality),
            Branch("quality_full", answered.filter(completeness__isnull=False), value=full),
            Branch("quality_returns", self._in(cases.returned, self.quality)),
            self._scores("quality_score", self.quality),
        ]

    def _in_time(self, name: str, period: Stretch) -> Branch:
        rows = cases.answered(self.center, period).filter(self.scope).filter(Q(has_term=True) | Q(is_late=True))
        return Branch(name, rows, value=Count("pk", filter=Q(is_late=False)))

    def _scores(self, name: str, period: Stretch) -> Branch:
        rows = Satisfaction.objects.filter(
            period.holds("at"), message__in=Message.objects.filter(self.scope, center=self.center)
        )
        return Branch(name, rows, value=Avg("score"))

    def _now(self, figure: str) -> QuerySet[Message]:
        return present.PRESENT_FIGURES[figure].cases(self.center, self.now).filter(self.scope)

    def _in(self, figure: Any, period: Stretch) -> QuerySet[Message]:
        found: QuerySet[Message] = figure(self.center, period)
        return found.filter(self.scope)


class _Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()
    allow_distinct = False
