"""Making a problemator: the figures of a week counted and kept with their documents, once however many ask at once."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from django.db import transaction

from blocks.actors import Actor, ActorKind
from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from mcu.errors import Invalid, NotAllowed
from messages.models import Message
from reports import documents, policies
from reports.documents.heading import heading_of
from reports.figures import count_week
from reports.models import Problemator, ReportFile
from reports.periods import Week, last_full_week
from reports.shape import Figures

FIRST_VERSION = 1


@transaction.atomic
def make_problemator(*, center: Center, week: Week, now: datetime, actor: Actor) -> Problemator:
    """Count the week and keep figures and documents; a draft is made anew in its row, and only if a figure changed.

    Two callers at once make one: the second waits for the first's row and finds nothing to change. About 25 queries.
    Raises NotAllowed for whoever may not, Invalid for a week that is not over (ОКТ Пол. 3.6, R65).
    """
    verdict = policies.may_make(actor)
    if not verdict or actor.center_id != center.pk:
        raise NotAllowed(verdict.reason or "Это проблематор другого Центра.")
    if week.end > now:
        problem = f"Неделя {week.code} ещё не закончилась: проблематор составляется с понедельника после неё."
        raise Invalid(problem, {"week": problem})
    row = _locked_row(center=center, week=week, now=now, actor=actor)
    figures = count_week(center, week)
    digest = _digest(figures)
    if row.digest == digest and row.files.count() == len(ReportFile.Format):
        return row
    row.figures, row.digest, row.made_at, row.made_by_id = dict(figures), digest, now, _person(actor)
    row.save()
    heading = heading_of(center=center, week=week, status=row.get_status_display(), made_at=now)
    for form, content in documents.render(heading=heading, figures=figures).items():
        ReportFile.objects.update_or_create(problemator=row, format=form, defaults={"content": content, "made_at": now})
    return row


def due_week(center: Center, now: datetime) -> Week:
    """The last week whose draft should be there at ``now``: drafts are made at the charter's weekday and local time."""
    settings = settings_of(center.settings).problemator
    week = last_full_week(now, center.tz)
    day = week.monday + timedelta(days=7 + settings.draft_weekday - 1)
    return week if now >= datetime.combine(day, settings.draft_at, tzinfo=center.tz) else week.previous()


def lacks_problemator(center: Center, week: Week) -> bool:
    """Whether the week waits for its problemator; a Center without a single message by then has nothing to report."""
    if Problemator.objects.filter(center=center, week_start=week.monday).exists():
        return False
    return Message.objects.filter(center=center, received_at__lt=week.end).exists()


def _locked_row(*, center: Center, week: Week, now: datetime, actor: Actor) -> Problemator:
    """The draft's row, made if need be. Whoever inserts second waits here until the first has committed."""
    found, _ = Problemator.objects.get_or_create(
        center=center,
        week_start=week.monday,
        version=FIRST_VERSION,
        defaults={"made_at": now, "made_by_id": _person(actor)},
    )
    return Problemator.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _digest(figures: Figures) -> str:
    return hashlib.sha256(json.dumps(figures, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _person(actor: Actor) -> int | None:
    return actor.user_id if actor.kind == ActorKind.PERSON else None
