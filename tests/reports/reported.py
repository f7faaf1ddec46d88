"""Reports for tests of other things: a problemator made, and one that the head has signed."""

from __future__ import annotations

from datetime import datetime

from blocks.actors import Actor
from blocks.models import Center
from reports.kinds import KINDS
from reports.models import Report
from reports.periods import Period
from reports.services import way
from reports.services.making import make
from tests.cast import Cast


def make_problemator(*, center: Center, week: Period, now: datetime, actor: Actor) -> Report:
    """The draft of a week."""
    return make(center=center, kind=KINDS["problemator"], period=week, now=now, actor=actor)


def signed_problemator(cast: Cast, week: Period, now: datetime) -> Report:
    """The same, approved by the head."""
    report = make_problemator(center=cast.center, week=week, now=now, actor=cast.system)
    return way.approve(
        report_id=report.pk, actor=cast.actor("head", now), seen=way.read_as(report), without_texts=True, now=now
    )
