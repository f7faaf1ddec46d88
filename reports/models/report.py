"""Reports that were made: figures as they were counted, the words written to them, and what was signed, kept for good."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import ClassVar, Final

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from blocks.models import Block, Center, Source
from mcu.append_only import append_only
from mcu.models import User


class ReportQuerySet(models.QuerySet["Report"]):
    def current(self) -> ReportQuerySet:
        """All but versions that a signed correction has replaced: what lists and pages show."""
        return self.filter(replaced_at__isnull=True)

    def signed(self) -> ReportQuerySet:
        """Those the head has approved."""
        return self.filter(status__in=Report.SIGNED)


# Whatever a signed report says and of what it is: nothing of it changes, whoever asks.
_SIGNED_STAYS: Final = (
    "center", "kind", "source", "period_start", "period_end", "version", "figures", "digest", "words", "signature",
    "correction", "content", "made_at", "made_by", "completed_at", "completed_by", "approved_at", "approved_by",
)  # fmt: skip


def _written_once(name: str) -> pgtrigger.Q:
    """The moment is set once: what was presented or replaced stays so."""
    return pgtrigger.Q(**{f"old__{name}__isnull": False, f"old__{name}__df": pgtrigger.F(f"new__{name}")})


class Report(models.Model):
    """One report of a period: counted into a draft, completed in words, approved by the head, presented (ОКТ Пол. 3.3, 3.6).

    A draft is counted anew in its own row. With the approval figures and words freeze: the database itself refuses to change
    them, and a correction is a new version.
    """

    class Kind(models.TextChoices):
        PROBLEMATOR = "problemator", "Проблематор"
        INDICATORS = "indicators", "Отчёт о достигнутых показателях"
        NOTE = "note", "Аналитическая записка"
        SOURCE_WEEK = "source-week", "Анализ источника"
        RATING = "rating", "Рейтинг ответственных получателей"

    class Status(models.TextChoices):
        DRAFT = "draft", "черновик"
        COMPLETED = "completed", "на утверждении"
        APPROVED = "approved", "утверждён"
        PRESENTED = "presented", "представлен"

    SIGNED: ClassVar = (Status.APPROVED, Status.PRESENTED)
    OPEN: ClassVar = (Status.DRAFT, Status.COMPLETED)

    center = models.ForeignKey(Center, models.PROTECT, related_name="reports", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    period_start = models.DateField("первый день")  # local days of the Center, half-open
    period_end = models.DateField("день после последнего")
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)

    asked_at = models.DateTimeField(null=True, blank=True)  # waits to be counted by a worker
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # empty: the schedule
    made_at = models.DateTimeField("составлен", null=True, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # empty: by the schedule
    figures = models.JSONField(default=dict)  # of the kind, plain data
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the figures: equal ones are not written again
    words = models.JSONField(default=list)  # the texts as they were signed; while it is a draft they stand in ReportText
    signature = models.JSONField(default=dict)  # {post, name, curator} as signed
    correction = models.TextField("что исправлено", blank=True)  # of a second and later version

    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    presented_at = models.DateTimeField(null=True, blank=True)
    presented_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)  # a corrected version was signed
    content = models.TextField(blank=True)  # what it says, for the search of the archive: names, topics, words
    search = models.GeneratedField(
        expression=SearchVector("content", config="russian"), output_field=SearchVectorField(), db_persist=True
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "отчёт"
        verbose_name_plural = "отчёты"
        ordering: ClassVar = ["-period_start", "kind", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["center", "kind", "period_start", "source", "version"], nulls_distinct=False, name="report_once"
            ),
            models.UniqueConstraint(
                fields=["center", "kind", "period_start", "source"],
                condition=Q(status__in=("draft", "completed")),
                nulls_distinct=False,
                name="report_one_open",
            ),
            models.CheckConstraint(condition=Q(period_end__gt=models.F("period_start")), name="report_period_forward"),
            models.CheckConstraint(
                condition=~Q(kind__in=("problemator", "note", "source-week")) | Q(period_start__iso_week_day=1),
                name="report_week_from_monday",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("approved", "presented"))
                | Q(approved_at__isnull=False, approved_by__isnull=False, made_at__isnull=False),
                name="report_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="presented") | Q(presented_at__isnull=False), name="report_presented_has_time"
            ),
            models.CheckConstraint(condition=Q(version=1) | ~Q(correction=""), name="report_correction_says_why"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["center", "-period_start", "-id"], condition=Q(replaced_at__isnull=True), name="report_archive"
            ),
            models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False), name="report_to_make"),
            GinIndex(fields=["search"], name="report_search"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=("approved", "presented"))
                & (
                    reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in _SIGNED_STAYS))
                    | reduce(or_, (_written_once(name) for name in ("presented_at", "presented_by", "replaced_at")))
                    | pgtrigger.Q(new__status__in=("draft", "completed"))
                    | pgtrigger.Q(old__status="presented", new__status="approved")
                ),
            ),
            pgtrigger.Protect(
                name="signed_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__status__in=("approved", "presented")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.center} {self.kind} {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("reports:report", args=[self.center.slug, self.kind, self.code])

    @property
    def code(self) -> str:
        """The period as addresses and commands write it, and the source: «2026-W47», «2026-10», «2026-W47.im»."""
        period = self.week if self.is_weekly else f"{self.period_start:%Y-%m}"
        return f"{period}.{self.source.code}" if self.source else period

    @property
    def is_weekly(self) -> bool:
        return self.kind in (self.Kind.PROBLEMATOR, self.Kind.NOTE, self.Kind.SOURCE_WEEK)

    @property
    def week(self) -> str:
        """The ISO week: «2026-W47»."""
        year, number, _ = self.period_start.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def is_signed(self) -> bool:
        return self.status in self.SIGNED


_TEXTS_OF_SIGNED: Final = """
IF EXISTS (
    SELECT 1 FROM reports_report
    WHERE id IN (NEW.report_id, OLD.report_id) AND status IN ('approved', 'presented')
) THEN
    RAISE EXCEPTION 'pgtrigger: the texts of a signed report stay as they are';
END IF;
RETURN COALESCE(NEW, OLD);
"""


class ReportText(models.Model):
    """Words written to a report that is not signed yet: at a place of it, of a block where the place asks each block (R52)."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="texts")
    place = models.CharField(max_length=20)
    block = models.ForeignKey(Block, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)  # two writers at once: the second is shown what the first wrote
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "place", "block"], nulls_distinct=False, name="report_text_once"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="not_of_a_signed_report",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_TEXTS_OF_SIGNED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.place}"


class ReportDocument(models.Model):
    """One document of a signed report, kept as it was made: a download repeats it byte for byte."""

    class Format(models.TextChoices):
        XLSX = "xlsx", "XLSX"
        DOCX = "docx", "DOCX"
        PDF = "pdf", "PDF"
        CSV = "csv", "CSV"

    report = models.ForeignKey(Report, models.PROTECT, related_name="documents", db_index=False)
    format = models.CharField(max_length=10, choices=Format.choices)
    without_names = models.BooleanField(default=False)  # for an observer (ЦУР): no names, no numbers of cases
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "format", "without_names"], name="report_document_once"),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.report_id}.{self.format}"


class ReportEvent(models.Model):
    """What was done with a report, only ever added to."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField()
    code = models.CharField(max_length=20)  # made, text, completed, returned, approved, presented, corrected, read, download
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20, blank=True)
    acting_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["report", "at", "id"], name="report_event_of")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.code} {self.at:%d.%m.%Y %H:%M}"
