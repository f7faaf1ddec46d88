"""Reports that were made: the weekly problemator with its figures as they were counted, and its documents."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from blocks.models import Center
from mcu.models import User


class ProblematorQuerySet(models.QuerySet["Problemator"]):
    def latest_versions(self) -> ProblematorQuerySet:
        """Of every week the last version only: what lists and pages show."""
        newer = Problemator.objects.filter(
            center=models.OuterRef("center"), week_start=models.OuterRef("week_start"), version__gt=models.OuterRef("version")
        )
        return self.filter(~models.Exists(newer))


class Problemator(models.Model):
    """The problemator of one week (ОКТ Пол. 3.6): figures are kept as counted, so page and documents never disagree.

    A draft is counted anew in its own row; what was once signed is never rewritten: a correction is a new version.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "черновик"

    center = models.ForeignKey(Center, models.PROTECT, related_name="problemators")
    week_start = models.DateField("понедельник недели")  # a local day of the Center
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    made_at = models.DateTimeField("составлен")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # empty: by the schedule
    figures = models.JSONField(default=dict)  # reports.figures.Figures as plain data
    digest = models.CharField(max_length=64)  # SHA-256 of the figures: equal figures are not rendered again

    objects = ProblematorQuerySet.as_manager()

    class Meta:
        verbose_name = "проблематор"
        verbose_name_plural = "проблематоры"
        ordering: ClassVar = ["-week_start", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["center", "week_start", "version"], name="problemator_once"),
            models.CheckConstraint(condition=Q(week_start__iso_week_day=1), name="problemator_from_monday"),
        ]

    def __str__(self) -> str:
        return f"{self.center} {self.week}"

    def get_absolute_url(self) -> str:
        return reverse("reports:problemator", args=[self.center.slug, self.week])

    @property
    def week(self) -> str:
        """The ISO week as addresses and commands write it: «2026-W47»."""
        year, number, _ = self.week_start.isocalendar()
        return f"{year}-W{number:02d}"


class ReportFile(models.Model):
    """One document of a problemator, kept as it was made: a download repeats it byte for byte."""

    class Format(models.TextChoices):
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    problemator = models.ForeignKey(Problemator, models.CASCADE, related_name="files")
    format = models.CharField(max_length=10, choices=Format.choices)
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["problemator", "format"], name="report_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.problemator_id}.{self.format}"
