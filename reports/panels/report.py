"""The last problemator beside a panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blocks.models import Center
from mcu.templatetags.mcu_ui import num, percent
from reports import wording
from reports.models import Report as Made
from reports.panels.links import Links
from reports.panels.parts import Mark, Reported
from reports.periods import Week, last_full_week


@dataclass(frozen=True, slots=True)
class Report:
    """What the last problemator keeps: its week and its totals."""

    week: Week
    totals: dict[str, Any]
    in_time: float | None
    is_last: bool  # of the last full week, so that its stocks are this Monday's

    @property
    def monday(self) -> dict[str, int]:
        """What stood this Monday at 00:00; nothing if that week was not counted, or not this figure."""
        return {name: pair["now"] for name, pair in self.totals.items()} if self.is_last else {}


def last_report(center: Center, now: datetime) -> Report | None:
    """Only what is needed of the figures, which are many."""
    row = (
        Made.objects.filter(center=center, kind=Made.Kind.PROBLEMATOR, made_at__isnull=False)
        .order_by("-period_start", "-version")
        .values_list("period_start", "figures__totals", "figures__in_time_share__now")
        .first()
    )
    if row is None:
        return None
    week = Week(row[0], center.tz)
    return Report(week, row[1], row[2], week == last_full_week(now, center.tz))


def reported(report: Report | None, links: Links) -> Reported | None:
    """The last problemator in a line of figures."""
    if report is None:
        return None
    names = (("received", "Поступило"), ("answered", "Отвечено"), ("overdue", "Просрочено"), ("breaches", "Нарушений"))
    marks = [Mark(name, num(report.totals[figure]["now"]), links.period(figure, report.week.code)) for figure, name in names]
    marks.insert(2, Mark("В срок", percent(report.in_time), links.period("in_time", report.week.code)))
    return Reported(wording.period(report.week), links.week(report.week.code), marks)
