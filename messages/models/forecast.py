"""What the forecast of lateness learns from, what it said, and how it did."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from blocks.models import Block, Center, Source, Topic
from messages.models.deadline import Deadline


class Pace(models.Model):
    """How long cases of a kind have stood before a term was met, by where they stood: what the forecast is made from.

    ``quantiles`` are seconds from entering the stage to the end of the work that the term asks for, from the 0th to the
    100th per cent in equal steps. Block and topic are None in the wider groups. The seconds are those of a clock that runs
    as fast as work is done at the hour: the row without a state holds its ``hours`` for the kind.
    """

    center = models.ForeignKey(Center, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="+")
    block = models.ForeignKey(Block, models.CASCADE, null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, blank=True, related_name="+")
    count = models.PositiveIntegerField()
    stage_median = models.PositiveIntegerField()  # seconds in this stage alone
    stage_p90 = models.PositiveIntegerField()
    quantiles = ArrayField(models.PositiveIntegerField())
    hours = ArrayField(models.FloatField(), default=list)  # pace of work by the part of a working day, then of a day off
    computed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["center", "kind", "state", "source", "block", "topic"], nulls_distinct=False, name="pace_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class ThreatSpan(models.Model):
    """From when to when the forecast held a term for threatened, so that a report can look back to any moment."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="threats")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline"], condition=Q(until__isnull=True), name="threat_span_one_open"),
        ]
        indexes: ClassVar = [models.Index(fields=["deadline", "since"], name="threat_span_of_deadline")]

    def __str__(self) -> str:
        return f"{self.since:%d.%m.%Y %H:%M}"


class ForecastCheck(models.Model):
    """How the forecast did on past terms: learned before ``since``, tried on terms that ended from then ``until``."""

    center = models.ForeignKey(Center, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    terms = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    named = models.PositiveIntegerField()  # held for threatened beforehand
    hits = models.PositiveIntegerField()  # named, and late

    class Meta:
        indexes: ClassVar = [models.Index(fields=["center", "-at"], name="forecast_check_at")]

    def __str__(self) -> str:
        return f"{self.center} {self.at:%d.%m.%Y}"
