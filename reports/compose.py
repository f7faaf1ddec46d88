"""A report as a Paper: what was counted and kept, laid out by its kind, under its heading, with the words written to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, TypedDict

from blocks.charters.settings_schema import settings_of
from blocks.models import Membership
from blocks.roles import Role
from mcu.models import User
from reports import schedule, wording
from reports.kinds import KINDS, Kind, Word, Words
from reports.models import Report
from reports.paper import Cell, Figures, Heading, Paper, Part, Prose, Section, Signature, Table
from reports.periods import Period

_STATUS: Final = {
    Report.Status.DRAFT: "Черновик",
    Report.Status.COMPLETED: "На утверждении",
    Report.Status.APPROVED: "Утверждён",
    Report.Status.PRESENTED: "Утверждён",
}


class Signed(TypedDict):
    """Who signs and under which head, as the report keeps it: later renamings do not reach what was signed."""

    post: str
    name: str
    curator: str
    center: str
    letterhead: list[str]
    title: str


def composed(report: Report) -> Paper:
    """The report's Paper. A signed one is laid out of what was kept alone; of a draft the texts and the signer are read."""
    kind = KINDS[report.kind]
    words = Words(report.words if report.is_signed else words_of(report))
    signed: Signed = report.signature if report.is_signed else signature_of(report, day=_local_day(report, made_at_of(report)))
    sections = kind.sections(report.figures, words)
    if report.source_id is not None:
        sections = tuple(_of_source(section, str(report.source_id)) for section in sections)
    return Paper(
        heading=heading_of(report, kind, signed),
        sections=sections,
        signature=Signature(signed["post"], signed["name"], _signed_on(report)),
        marks=tuple(_marks(report)),
    )


def _marks(report: Report) -> Iterator[str]:
    if not report.is_signed:
        yield "Черновик: цифры и тексты ещё меняются"
    if report.correction:
        yield f"Исправленная версия {report.version}: {report.correction}"


def _of_source(section: Section, source: str) -> Section:
    """The same with numbers that open the cases of the one source."""
    return replace(section, parts=tuple(_part_of_source(part, source) for part in section.parts))


def _part_of_source(part: Part, source: str) -> Part:
    match part:
        case Table():
            return replace(part, rows=tuple(tuple(_cell_of_source(cell, source) for cell in row) for row in part.rows))
        case Figures():
            figures = (replace(figure, value=_cell_of_source(figure.value, source)) for figure in part.figures)
            return replace(part, figures=tuple(figures))
    return part


def _cell_of_source(cell: Cell, source: str) -> Cell:
    if cell.cases is None or cell.cases.case or "source" in dict(cell.cases.by):
        return cell
    return replace(cell, cases=replace(cell.cases, by=(*cell.cases.by, ("source", source))))


def title_of(report: Report) -> str:
    """«Проблематор», «Анализ источника «ПОС»»."""
    title = KINDS[report.kind].title
    if report.source is None:
        return title
    return f"{title} «{report.source.short}»"


def period_of(report: Report) -> Period:
    """The report's period in its Center's zone."""
    return schedule.of_report(report.period_start, weekly=report.is_weekly, tz=report.center.tz)


def heading_of(report: Report, kind: Kind, signed: Signed) -> Heading:
    """Words of the heading; moments in the Center's local time."""
    center = report.center
    made_at = report.approved_at if report.is_signed and report.approved_at else made_at_of(report)
    status = _STATUS[Report.Status(report.status)]
    made = (
        f"{status} {wording.moment(made_at, center.tz)}"
        if report.is_signed
        else (f"{status}. Составлен {wording.moment(made_at, center.tz)}")
    )
    return Heading(
        center=signed["center"],
        title=signed["title"],
        period=wording.period(period_of(report)),
        code=report.code,
        made=made,
        note=kind.how,
        made_at=made_at,
        to=kind.to,
        curator=signed["curator"],
        letterhead=tuple(signed["letterhead"]),
    )


def words_of(report: Report) -> list[Word]:
    """The texts of a draft in the order of their blocks. One query."""
    rows = report.texts.select_related("block", "by").order_by("block__order", "block__pk", "pk")
    return [
        Word(
            place=row.place,
            block=str(row.block_id or ""),
            block_name=row.block.short if row.block else "",
            text=row.text,
            by=row.by.short_name,
            at=row.at.isoformat(),
        )
        for row in rows
    ]


def made_at_of(report: Report) -> datetime:
    """When the figures were counted. Raises ValueError where they never were: there is nothing to lay out."""
    if report.made_at is None:
        raise ValueError(f"report {report.pk} is not counted yet")
    return report.made_at


def signature_of(report: Report, *, day: date, signer_id: int | None = None) -> Signed:
    """The head who signs, or would on that local day, and the curator of the Center (ОКТ Пол. 3.2 ¶1). Two queries at most.

    Whoever signs without holding the role himself stands in for the head.
    """
    center = report.center
    held = Membership.objects.in_force_on(day).filter(center=center, role__in=(Role.HEAD, Role.CURATOR))
    rows = list(held.select_related("user").order_by("pk"))
    heads = [row for row in rows if row.role == Role.HEAD]
    head = next((row for row in heads if signer_id in (None, row.user_id)), None)
    curator = next((row for row in rows if row.role == Role.CURATOR), None)
    return Signed(
        post=_capital(head.post) or "Руководитель Центра" if head else "Исполняющий обязанности руководителя Центра",
        name=head.user.signed_name if head else _name_of(signer_id),
        curator=f"{_capital(curator.post) or 'Куратор Центра'} {curator.user.signed_name}" if curator else "",
        center=center.name,
        letterhead=settings_of(center.settings).letters.letterhead,
        title=title_of(report),
    )


def _name_of(user_id: int | None) -> str:
    user = User.objects.filter(pk=user_id or 0).first()
    return user.signed_name if user else ""


def file_name(report: Report, form: str) -> str:
    """«Проблематор ОКТ 2026-W47.pdf»; a corrected version says so."""
    version = f" (версия {report.version})" if report.version > 1 else ""
    return f"{KINDS[report.kind].title} {report.center.prefix} {report.code}{version}.{form}"


def searchable(paper: Paper) -> str:
    """All words of a Paper, for the search of the archive."""
    return "\n".join(dict.fromkeys(_words(paper)))[:200_000]


def _words(paper: Paper) -> Any:
    yield from (paper.heading.title, paper.heading.period, paper.heading.code)
    for section in paper.sections:
        yield from _words_of(section)


def _words_of(section: Section) -> Any:
    yield section.title
    for part in section.parts:
        match part:
            case Prose():
                yield from part.paragraphs
            case Table():
                yield from (cell.value for row in part.rows for cell in row if isinstance(cell.value, str) and not cell.private)
            case Figures():
                yield from (figure.name for figure in part.figures)


def _signed_on(report: Report) -> str:
    return wording.moment(report.approved_at, report.center.tz) if report.approved_at and report.is_signed else ""


def _local_day(report: Report, moment: datetime) -> date:
    return moment.astimezone(report.center.tz).date()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
