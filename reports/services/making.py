"""Making a report: its figures counted and kept, once however many ask at once; a draft is counted anew in its own row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from blocks.actors import Actor, ActorKind
from blocks.models import Center, Source
from mcu.errors import Invalid, NotAllowed, WrongState
from reports import policies, schedule
from reports.compose import composed, searchable
from reports.kinds import Kind, Subject, plan_of
from reports.models import Report
from reports.periods import DAY, Period
from reports.services import told
from reports.services.history import record

Tell = Callable[[str], None]


def _silent(step: str) -> None:
    """Nobody watches."""


@transaction.atomic
def make(
    *,
    center: Center,
    kind: Kind,
    period: Period,
    source: Source | None = None,
    now: datetime,
    actor: Actor,
    tell: Tell = _silent,
) -> Report:
    """Count the period and keep its figures; a draft is written anew only if a figure changed.

    Two callers at once make one: the second waits for the first's row and finds nothing to change. ``tell`` is told of each
    step. Raises NotAllowed for whoever may not, Invalid for a period that is not over, WrongState for a signed report.
    """
    _demand(center, kind, source, actor)
    schedule.demand_over(kind, period, now)
    row = _locked_row(center=center, kind=kind, period=period, source=source, now=now, actor=actor)
    tell("Считаются показатели")
    figures = kind.count(Subject(center, period, source))
    tell("Записывается отчёт")
    digest = _digest(figures)
    is_new = row.made_at is None
    row.asked_at = row.asked_by = None
    if row.digest == digest and not is_new:
        row.save(update_fields=["asked_at", "asked_by"])
        return row
    row.figures, row.digest, row.made_at, row.made_by_id = figures, digest, now, _person(actor)
    row.content = searchable(composed(row))
    row.save()
    record(report=row, code="made", actor=actor, now=now, data={"digest": digest})
    if is_new:
        told.made(row, actor=actor, now=now)
    return row


@transaction.atomic
def ask(*, center: Center, kind: Kind, period: Period, source: Source | None = None, now: datetime, actor: Actor) -> Report:
    """Have a worker count the report, so that the page does not wait; the same demands as ``make``."""
    _demand(center, kind, source, actor)
    schedule.demand_over(kind, period, now)
    row = _locked_row(center=center, kind=kind, period=period, source=source, now=now, actor=actor)
    row.asked_at, row.asked_by_id = now, _person(actor)
    row.save(update_fields=["asked_at", "asked_by"])
    return row


def of_period(center: Center, kind: Kind, period: Period, source: Source | None) -> Any:
    """All versions of one report."""
    return Report.objects.filter(center=center, kind=kind.code, period_start=period.first, source=source)


def _demand(center: Center, kind: Kind, source: Source | None, actor: Actor) -> None:
    verdict = policies.may_make(actor, plan_of(center, kind), source.pk if source else None)
    if not verdict or actor.center_id != center.pk:
        raise NotAllowed(verdict.reason or "Это отчёт другого Центра.")
    if kind.sources == ("only" if source is None else "never"):
        raise Invalid(f"{kind.title} составляется {'по каждому источнику' if source is None else 'по Центру в целом'}.")


def _locked_row(*, center: Center, kind: Kind, period: Period, source: Source | None, now: datetime, actor: Actor) -> Report:
    """The open version's row, the first one made if need be. Whoever inserts second waits until the first has committed."""
    mine = of_period(center, kind, period, source)
    last = mine.select_for_update(of=("self",)).order_by("-version").first()
    if last is None:
        Report.objects.bulk_create(
            [
                Report(
                    center=center,
                    kind=kind.code,
                    source=source,
                    period_start=period.first,
                    period_end=period.last + DAY,
                )
            ],
            ignore_conflicts=True,
        )
        last = mine.select_for_update(of=("self",)).order_by("-version").get()
    if last.is_signed:
        raise WrongState(
            f"Отчёт уже утверждён {last.approved_at.astimezone(center.tz):%d.%m.%Y}: его показатели не пересчитываются. "
            "Если в них нужна поправка, сделайте исправленную версию."
        )
    if last.status == Report.Status.COMPLETED and actor.kind != ActorKind.SYSTEM:
        raise WrongState("Отчёт передан руководителю. Чтобы пересчитать, верните его на доработку.")
    return Report.objects.select_related("center", "source").get(pk=last.pk)


def _digest(figures: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(figures, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _person(actor: Actor) -> int | None:
    return actor.user_id if actor.kind == ActorKind.PERSON else None
