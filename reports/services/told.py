"""Whom to tell of a report: who completes it, the head, those to whom it is presented. Written with the change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from blocks.actors import Actor
from blocks.roles import Role
from blocks.selectors import roster_of
from mcu import outbox
from mcu.outbox import Notice
from reports import wording
from reports.compose import period_of, title_of
from reports.kinds import KINDS, plan_of
from reports.models import Report

KIND = "report"


def made(report: Report, *, actor: Actor, now: datetime) -> None:
    """A draft is there: its texts are to be written."""
    kind = KINDS[report.kind]
    blocks = any(place.by_block for place in kind.places)
    body = "Черновик составлен. Допишите тексты и передайте руководителю."
    if blocks:
        body += " Кураторы блоков пишут причины и предложения своего блока."
    people = {*_by_plan(report, now), *(_in_roles(report, now, Role.BLOCK_CURATOR) if blocks else ())}
    _tell(report, people, "черновик готов", body, step="made", actor=actor, now=now)


def completed(report: Report, *, actor: Actor, now: datetime) -> None:
    """The head is to look at it."""
    _tell(
        report,
        _in_roles(report, now, Role.HEAD),
        "ждёт вашего утверждения",
        "Отчёт дополнен. Напишите выводы и утвердите или верните с замечанием.",
        step=f"completed:{now.timestamp():.0f}",
        actor=actor,
        now=now,
    )


def returned(report: Report, *, actor: Actor, now: datetime) -> None:
    """Whoever completed it reads the remark in the program: it may name people."""
    people = [report.completed_by_id] if report.completed_by_id else _by_plan(report, now)
    _tell(
        report,
        people,
        "возвращён на доработку",
        "Замечание руководителя — на странице отчёта.",
        step=f"returned:{now.timestamp():.0f}",
        actor=actor,
        now=now,
    )


def presented(report: Report, *, actor: Actor, now: datetime, path: str, name: str) -> list[int]:
    """Tell those whom the charter names, in the program and by letter with the PDF. Their ids."""
    plan = plan_of(report.center, KINDS[report.kind])
    people = _in_roles(report, now, *(Role(role) for role in plan.to)) if plan else ()
    kind = KINDS[report.kind]
    lines = [f"{words}: {value}" for words, value in kind.summary(report.figures)]
    body = "\n".join(
        [f"{title_of(report)} за {wording.period(period_of(report))}.", "", *lines, "", "Документ PDF — во вложении."]
    )
    _tell(
        report, people, "представлен вам", body, step=f"presented:{report.version}", actor=actor, now=now, attached=(path, name)
    )
    return sorted(set(people))


def _by_plan(report: Report, now: datetime) -> Iterable[int]:
    plan = plan_of(report.center, KINDS[report.kind])
    if plan is None:
        return ()
    roles = {Role(role) for role in plan.by}
    posts = roster_of(report.center, now).posts
    return sorted(
        {
            post.user_id
            for post in posts
            if post.grant.role in roles and (report.source_id is None or post.grant.source_id in (None, report.source_id))
        }
    )


def _in_roles(report: Report, now: datetime, *roles: Role) -> tuple[int, ...]:
    return roster_of(report.center, now).in_roles(*roles)


def _tell(
    report: Report,
    users: Iterable[int],
    what: str,
    body: str,
    *,
    step: str,
    actor: Actor,
    now: datetime,
    attached: tuple[str, str] = ("", ""),
) -> None:
    outbox.put(
        (
            Notice(
                key=f"report:{report.pk}:{step}:{user}",
                kind=KIND,
                user_id=user,
                subject=f"{title_of(report)} за {wording.period(period_of(report))}: {what}",
                body=body,
                path=report.get_absolute_url(),
                center_slug=report.center.slug,
                attached=attached[0],
                attached_name=attached[1],
            )
            for user in sorted(set(users))
            if user != actor.user_id
        ),
        now=now,
    )
