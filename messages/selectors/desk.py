"""«Мой стол»: what waits for this person, by role, nearest term first; for whoever watches over others, what presses there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.urls import reverse

from blocks.actors import Actor
from blocks.models import Center
from blocks.roles import Role
from messages.models import Message, MessageQuerySet
from messages.selectors.rows import Row, for_rows, rows_of
from messages.selectors.work import Work, own_work, reached, work_of_others
from messages.terms import chip
from messages.workflow import State


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work that waits; ``own`` is the person's, the others are watched over."""

    code: str
    title: str
    own: bool
    count: int
    rows: list[Row]
    more_url: str
    more_words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Sections with something in them, how many cases wait for the person, how many of these are overdue."""

    sections: list[Section]
    waiting: int
    late: int

    @property
    def foretells(self) -> bool:
        """Whether the forecast says of any case that it is likely to be late."""
        return any(row.forecast for section in self.sections for row in section.rows)


def desk(*, actor: Actor, center: Center, now: datetime) -> Desk:
    """The work of all the roles the actor has; pass ``actor.narrowed(role)`` for the desk of one role.

    Three queries however many roles a person has: the counts, the cases that stand first in each kind, their terms.
    What is the person's own is not repeated among what is watched over.
    """
    own, others = own_work(actor, center), work_of_others(actor, now)
    if not own and not others:
        return Desk([], 0, 0)
    counts = _counts(actor, own, others, now)
    shown = _first_of_each(actor, own, others)
    places = _sorted_out(actor, own, others, shown)
    rows = {row.pk: row for row in rows_of(shown, actor=actor, center_slug=center.slug, now=now, foretell=True)}
    facts = {message.pk: vars(message) for message in shown}
    sections, apart = [], 0
    for work in (*own, *others):
        if not (found := places[work.code]):
            continue
        count = counts.get(work.code, len(found))
        apart += len(found) if work.own and not work.is_open else 0
        say = _SAID.get(work.code, _as_it_is)
        listed = [say(rows[pk], facts[pk], now) for pk in found[: work.shown]]
        sections.append(Section(work.code, work.title, work.own, count, listed, *_more(work, center, count)))
    return Desk(sections, counts["own"] + apart, counts["own_late"])


def for_approval(actor: Actor) -> MessageQuerySet:
    """Cases whose draft waits for this person's agreement or approval, each by its own role. No query."""
    agreeing = reached(actor.narrowed(Role.BLOCK_CURATOR)) & Q(state=State.BLOCK_APPROVAL)
    approving = reached(actor.narrowed(Role.HEAD)) & Q(state=State.HEAD_APPROVAL)
    return Message.objects.get_queryset().open().filter(agreeing | approving)


def _first_of_each(actor: Actor, own: list[Work], others: list[Work]) -> list[Message]:
    """The cases with the nearest terms of each kind. One query, each part of it by its own index."""
    not_own = ~_any_of(own, actor) if own else Q()
    conditions = [*(work.waits_for(actor) & work.split for work in own), *(work.waits_for(actor) & not_own for work in others)]
    parts = [
        Message.objects.filter(condition).order_by("next_due_at", "id").values("pk")[: work.shown]
        for work, condition in zip((*own, *others), conditions, strict=True)
    ]
    first = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    marks = {work.mark: ExpressionWrapper(work.extra & work.split, BooleanField()) for work in own if work.mark}
    told = {name: value for work in own for name, value in work.told.items()}
    rows = for_rows(Message.objects.get_queryset().filter(pk__in=first)).annotate(**marks, **told)
    return list(rows.order_by("next_due_at", "id"))


def _sorted_out(actor: Actor, own: list[Work], others: list[Work], shown: list[Message]) -> dict[str, list[int]]:
    """Ids of the cases by kind, in their order: what is the person's own stands there only."""
    found: dict[str, list[int]] = defaultdict(list)
    for message in shown:
        kinds = [work for work in own if work.holds(actor, message)]
        for work in kinds or [work for work in others if work.holds(actor, message)]:
            found[work.code].append(message.pk)
    return found


def _any_of(kinds: list[Work], actor: Actor) -> Q:
    return reduce(or_, (work.waits_for(actor) for work in kinds))


def _counts(actor: Actor, own: list[Work], others: list[Work], now: datetime) -> dict[str, int]:
    """How many wait in each kind, ``own`` in all and ``own_late`` of these. One query over the open cases.

    What is under threat is not counted here: whoever watches over it has the number among the figures of the role.
    """
    in_work = [work for work in own if work.is_open]
    mine = _any_of(in_work, actor) if in_work else Q(pk__in=())
    totals = {"own": mine, "own_late": mine & Q(next_due_at__lt=now)}
    for work in in_work:
        totals[work.code] = work.waits_for(actor) & (Q() if work.rest_of else work.split)
    totals |= {work.code: work.waits_for(actor) & ~mine for work in others if work.term}
    open_cases = Message.objects.get_queryset().open().filter(center_id=actor.center_id)
    counts = open_cases.aggregate(**{f"n_{code}": Count("pk", filter=condition) for code, condition in totals.items()})
    found = {code: int(counts[f"n_{code}"]) for code in totals}
    for work in in_work:
        if work.rest_of:
            found[work.code] -= found[work.rest_of]
    return found


def _as_it_is(row: Row, facts: dict[str, Any], now: datetime) -> Row:
    return row


def _asked(row: Row, facts: dict[str, Any], now: datetime) -> Row:
    """The row of a case of which a part is asked for: with the question and the part's own term."""
    term = chip(
        due_at=facts["part_due_at"],
        started_at=facts["part_asked_at"],
        met_at=None,
        breached_at=facts["part_late_at"],
        threat_at=facts["part_asked_at"] + (facts["part_due_at"] - facts["part_asked_at"]) / 2,
        now=now,
    )
    return replace(row, text=facts["part_question"], chip=term, chip_title="срок части ответа")


def _scored(row: Row, facts: dict[str, Any], now: datetime) -> Row:
    """The row of a low score: with the score and what the applicant says."""
    said = f": {facts['score_text']}" if facts["score_text"] else ""
    return replace(row, text=f"Оценка {facts['score_score']}{said}")


_SAID: Final = {"part": _asked, "score": _scored}


def _more(work: Work, center: Center, count: int) -> tuple[str, str]:
    """Where the whole of it is, and in which words; whoever shows what is under threat knows its list."""
    if work.place:
        return reverse(work.place, args=[center.slug]), _PLACES[work.place]
    if count <= work.shown or work.code == "threat" or not work.is_open:
        return "", ""
    query = {"term": work.term} if work.term else {"state": work.states[0].value}
    return f"/{center.slug}/messages/?{urlencode(query)}", "показать все"


_PLACES: Final = {"messages:approval": "открыть «Согласование»", "messages:sorting": "открыть «Разбор»"}
