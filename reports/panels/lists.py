"""The short lists of a panel: the last problemator, low scores that wait, parts that other blocks ask for. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from blocks.actors import Actor
from blocks.models import Center
from mcu.templatetags.mcu_ui import num, percent
from messages.masking import mask_for
from messages.models import Part, Satisfaction
from reports import wording
from reports.models import Problemator
from reports.panels.links import Links
from reports.panels.measure import Measure
from reports.panels.parts import Asked, Mark, Reported, Scored
from reports.periods import Week, last_full_week
from reports.present import low_scores

SHOWN = 6
TEXT = 160


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
        Problemator.objects.filter(center=center)
        .order_by("-week_start", "-version")
        .values_list("week_start", "figures__totals", "figures__in_time_share__now")
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


def scores_that_wait(measure: Measure, actor: Actor, links: Links) -> list[Scored]:
    """Low scores nobody has settled, newest first."""
    rows = (
        low_scores(measure.center)
        .filter(_of_message(measure.scope))
        .select_related("message__topic")
        .defer("message__search")
        .order_by("-at", "-pk")[:SHOWN]
    )
    return [_scored(row, actor, links) for row in rows]


def parts_asked(actor: Actor, links: Links, now: datetime) -> list[Asked]:
    """Parts of other blocks' answers that this person's block still owes, nearest term first."""
    mine = [
        Q(block_id=grant.block_id) | Q(recipient_id=grant.recipient_id)
        if grant.block_id and grant.recipient_id
        else Q(block_id=grant.block_id)
        if grant.block_id
        else Q(recipient_id=grant.recipient_id)
        for grant in actor.grants
        if grant.block_id or grant.recipient_id
    ]
    if not mine:
        return []
    rows = (
        Part.objects.filter(reduce(or_, mine), given_at__isnull=True, void_at__isnull=True, message__center_id=actor.center_id)
        .select_related("message__block")
        .defer("message__search", "message__text")
        .order_by("due_at", "pk")[: 2 * SHOWN]
    )
    return [
        Asked(
            row.message.number,
            links.case(row.message.number),
            row.question,
            row.message.block.short if row.message.block else "",
            row.due_at,
            row.due_at < now,
        )
        for row in rows
    ]


def _scored(row: Satisfaction, actor: Actor, links: Links) -> Scored:
    topic = row.message.topic.name if row.message.topic else row.message.topic_words
    text = mask_for(actor, row.message, row.text)
    return Scored(row.message.number, links.case(row.message.number), row.score, topic, text[:TEXT], row.at)


def _of_message(scope: Q) -> Q:
    """The scope of cases, said of what belongs to a case."""
    return Q.create(
        [_of_message(one) if isinstance(one, Q) else (f"message__{one[0]}", one[1]) for one in scope.children],
        connector=scope.connector,
        negated=scope.negated,
    )
