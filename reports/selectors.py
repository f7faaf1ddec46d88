"""Reads of the reports' pages; each says how many queries it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from blocks.actors import Actor
from blocks.models import Block, Center, CenterRow, Membership, Recipient, Settlement, Source, Topic
from blocks.roles import WHOLE_CENTER, Role
from mcu.models import User
from messages.models import Message, Regime
from messages.selectors.rows import for_rows
from messages.selectors.work import reached
from messages.workflow import State
from reports import cases, policies
from reports.cases import UNKNOWN
from reports.kinds import Kind
from reports.models import Report, ReportEvent
from reports.periods import Period

PAGE: Final = 50
ARCHIVE: Final = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Which report is meant: of a kind, a period, a source or the whole Center."""

    center: Center
    kind: Kind
    period: Period
    source: Source | None


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """Reports found, and the number of the next page (0: none)."""

    rows: list[Report]
    next: int


def archive(center: Center, *, actor: Actor, kind: str, words: str, page: int) -> ArchivePage:
    """The Center's reports that the actor may see, newest first; ``words`` are looked for in all they say. One query."""
    found = Report.objects.current().filter(center=center).select_related("center", "source", "made_by")
    if not policies.sees_drafts(actor):
        found = found.signed()
    if kind:
        found = found.filter(kind=kind)
    if words:
        found = found.filter(search=SearchQuery(words, config="russian", search_type="websearch"))
    first = (page - 1) * ARCHIVE
    rows = list(found.defer("content", "search", "words").order_by("-period_start", "-id")[first : first + ARCHIVE + 1])
    return ArchivePage(rows[:ARCHIVE], page + 1 if len(rows) > ARCHIVE else 0)


def report_of(place: Place, *, actor: Actor, version: int | None) -> Report | None:
    """The version asked for, else the last the actor may see. One query."""
    found = Report.objects.filter(
        center=place.center, kind=place.kind.code, period_start=place.period.first, source=place.source
    )
    if version is not None:
        found = found.filter(version=version)
    if not policies.sees_drafts(actor):
        found = found.signed()
    return found.select_related("center", "source").defer("content", "search").order_by("-version").first()


def history_of(report: Report) -> list[ReportEvent]:
    """What was done with the report. One query."""
    return list(report.events.select_related("user", "acting_for"))


def remark_on(history: list[ReportEvent]) -> ReportEvent | None:
    """The head's remark a report was returned with, until it is handed over again."""
    last = next((event for event in reversed(history) if event.code in ("returned", "completed")), None)
    return last if last is not None and last.code == "returned" and last.note else None


def versions_of(report: Report, *, actor: Actor) -> list[Report]:
    """All versions of the report that the actor may see, if there is more than one. One query."""
    found = Report.objects.filter(
        center=report.center, kind=report.kind, period_start=report.period_start, source=report.source
    )
    if not policies.sees_drafts(actor):
        found = found.signed()
    rows = list(found.only("version", "status", "approved_at", "correction").order_by("version"))
    return rows if len(rows) > 1 else []


def source_of(center: Center, code: str) -> Source | None:
    """A source of the Center by its code, closed ones too. One query."""
    return Source.objects.filter(center=center, code=code).first()


def names_of(people: Iterable[int]) -> list[str]:
    """Short names. One query."""
    return sorted(user.short_name for user in User.objects.filter(pk__in=list(people)))


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a figure's cases that the actor may see."""

    rows: list[Message]
    visible: int
    everything: int
    number: int
    has_next: bool

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of a number is looked at: a slice by the address's words, and what one role of the actor answers for."""

    by: dict[str, str]
    role: Role | None = None


def case_page(found: QuerySet[Message], *, order: tuple[str, ...], narrowed: Narrowed, actor: Actor, number: int) -> CasePage:
    """The cases of a figure in the order asked for, only those visible to the actor. Three queries."""
    every = cases.narrowed(found, narrowed.by)
    if narrowed.role is not None:
        every = every.filter(reached(actor.narrowed(narrowed.role)))
    everything = every.order_by().count()
    visible, seen = every, everything
    if not actor.has(*WHOLE_CENTER):
        visible = Message.objects.visible_to(actor).filter(pk__in=every.order_by().values("pk"))
        seen = visible.count()
    first = (number - 1) * PAGE
    shown = Message.objects.get_queryset().filter(pk__in=visible.order_by(*order).values("pk")[first : first + PAGE + 1])
    rows = list(for_rows(shown).select_related("center").order_by(*order))
    return CasePage(rows[:PAGE], seen, everything, number, len(rows) > PAGE)


def words_of(center: Center, by: dict[str, str]) -> list[str]:
    """What a slice is narrowed by, in words: names of rows of this Center. One query a word."""
    models: dict[str, type[CenterRow]] = {
        "block": Block,
        "recipient": Recipient,
        "source": Source,
        "topic": Topic,
        "settlement": Settlement,
    }
    words: list[str] = []
    for key, value in by.items():
        if value == UNKNOWN:
            words.append(_UNKNOWN[key])
        elif key == "regime":
            words += [str(label) for code, label in Regime.choices if code == value]
        elif key == "state":
            words += [str(label) for code, label in State.choices if code == value]
        elif key == "responsible" and cases.is_id(value):
            held = Membership.objects.filter(center=center, user=int(value)).select_related("user")[:1]
            words += [row.user.short_name for row in held]
        elif cases.is_id(value):
            words += models[key]._default_manager.filter(center=center, pk=value).values_list("name", flat=True)
    return words


_UNKNOWN: Final = {
    "block": "блок не назначен",
    "recipient": "получатель не назначен",
    "topic": "тема не указана",
    "settlement": "населённый пункт не указан",
    "source": "",
    "regime": "",
    "state": "",
    "responsible": "ответственный не назначен",
}
