"""Reads of the reports' pages; each says how many queries it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from blocks.actors import Actor
from blocks.models import Block, Center, CenterRow, Membership, Settlement, Source, Topic
from blocks.roles import WHOLE_CENTER, Role
from messages.models import Message, Regime
from messages.selectors.rows import for_rows
from messages.selectors.work import reached
from messages.workflow import State
from reports import cases
from reports.cases import UNKNOWN
from reports.models import Problemator, ReportFile
from reports.periods import Week

PAGE: Final = 50
ARCHIVE: Final = 104  # two years of weeks on one page


def archive(center: Center) -> list[Problemator]:
    """The last versions of the Center's problemators, newest first. One query."""
    return list(Problemator.objects.latest_versions().filter(center=center).select_related("made_by")[:ARCHIVE])


def problemator_of(center: Center, week: Week) -> Problemator | None:
    """The last version of a week, if made. One query."""
    found = Problemator.objects.filter(center=center, week_start=week.monday).select_related("center", "made_by")
    return found.order_by("-version").first()


def document_of(center: Center, week: Week, form: str) -> ReportFile | None:
    """The document of a week's last version, if made. One query."""
    found = ReportFile.objects.filter(problemator__center=center, problemator__week_start=week.monday, format=form)
    return found.order_by("-problemator__version").first()


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
    models: dict[str, type[CenterRow]] = {"block": Block, "source": Source, "topic": Topic, "settlement": Settlement}
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
    "topic": "тема не указана",
    "settlement": "населённый пункт не указан",
    "source": "",
    "regime": "",
    "state": "",
    "responsible": "ответственный не назначен",
}
