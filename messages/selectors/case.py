"""The case page: one case with its answers, terms, history and the lists its forms choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, F, QuerySet, Value

from blocks.actors import Actor, ActorKind
from blocks.models import Block, Center, Recipient, Settlement, Topic
from messages.models import AutoRule, Deadline, Message, MessageEvent, Regime, Reply
from messages.selectors.extras import Extras, extras_of
from messages.selectors.forecast import explained
from messages.selectors.history import Line, cause_name, lines_of
from messages.selectors.rows import chip_of, rule_words, telling
from messages.terms import KIND_RU, PUT_OFF_BY_QUESTION, Chip, Kind
from messages.workflow import changes_hands


@dataclass(frozen=True, slots=True)
class Lists:
    """Open rows of the Center's lists as (id, name), blocks with short names; ``block_of`` says whose a topic is."""

    blocks: list[tuple[int, str]] = field(default_factory=list)
    topics: list[tuple[int, str]] = field(default_factory=list)
    settlements: list[tuple[int, str]] = field(default_factory=list)
    recipients: list[tuple[int, str]] = field(default_factory=list)
    block_of: dict[int, int] = field(default_factory=dict)

    @property
    def topics_by_block(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """Topics grouped by their block, for a list with headings."""
        groups: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for pk, name in self.topics:
            groups[self.block_of[pk]].append((pk, name))
        return [(name, groups[pk]) for pk, name in self.blocks if groups[pk]]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the case as a bar."""

    title: str
    chip: Chip | None
    rule: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    paused_until: datetime | None = None
    """Until when its clock stands at the longest, where it stands now."""
    chance: int | None = None
    """Per cent to be late, by the history of like cases; None: nothing is said, or it is decided."""
    why: str = ""
    explain: int | None = None
    """The id of a broken term, whose cause can be named (R69)."""
    cause: str = ""
    cause_note: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    message: Message
    replies: list[Reply]
    events: list[MessageEvent]
    extras: Extras
    lists: Lists
    history: list[Line]
    rules: dict[int, str] = field(default_factory=dict)
    """Names of the auto-rules that made any of the steps."""

    @property
    def latest(self) -> Reply | None:
        return self.replies[-1] if self.replies else None

    @property
    def holder_since(self) -> datetime:
        """Since when the case is with those who have it now."""
        moves = [event.at for event in self.events if changes_hands(event.code, event.from_state, event.to_state)]
        return max(moves, default=self.message.received_at)

    def chip(self, now: datetime) -> tuple[Chip | None, str]:
        deadline = telling(self._in_force())
        return chip_of(deadline, now), rule_words(deadline.rule) if deadline else ""

    def terms(self, now: datetime) -> list[Term]:
        """Terms of the present cycle in the order of the work; void ones are left to the history."""
        order = list(Kind)
        rows = sorted(self._in_force(), key=lambda row: order.index(Kind(row.kind)))
        return [
            Term(
                KIND_RU[Kind(row.kind)].capitalize(),
                chip_of(row, now),
                rule_words(row.rule),
                row.started_at,
                row.due_at,
                row.met_at,
                paused_until=row.paused_until if _stands(row, now) else None,
                **_foretold(row, now),
                explain=row.pk if (row.met_at or now) > row.due_at and not row.internal else None,
                cause=self._cause(row)[0],
                cause_note=self._cause(row)[1],
            )
            for row in rows
        ]

    def pausing(self) -> list[Deadline]:
        """Running terms whose clock a question to the applicant stops; the law's never."""
        if self.message.regime == Regime.APPEAL:
            return []
        return [row for row in self._in_force() if row.rule.pauses and row.kind in PUT_OFF_BY_QUESTION and row.met_at is None]

    def _cause(self, term: Deadline) -> tuple[str, str]:
        """Why the term was broken, as it was said last: the cause and the remark."""
        said = [event for event in self.events if event.code == "lateness" and event.data["term"] == term.pk]
        if not said:
            return "", ""
        return cause_name(self.message.center, said[-1].data["cause"]), said[-1].note.text if hasattr(said[-1], "note") else ""

    def _in_force(self) -> list[Deadline]:
        return [row for row in self.extras.deadlines if row.void_at is None and row.cycle == self.message.cycle]


def _foretold(row: Deadline, now: datetime) -> dict[str, Any]:
    """How likely the term is to be missed, and why."""
    told = explained(row, now=now)
    return {"chance": told.chance, "why": told.why} if told else {}


def _stands(row: Deadline, now: datetime) -> bool:
    """Whether the clock of the term stands now, while the applicant is asked."""
    return row.met_at is None and row.paused_until is not None and now < row.paused_until and now <= row.due_at


def find(*, actor: Actor, number: str) -> Message | None:
    """The case by its number, if the actor may see it. One query."""
    if "\x00" in number:  # which the database refuses even to compare with
        return None
    return (
        Message.objects.visible_to(actor)
        .select_related("center", "source", "topic", "settlement", "block", "recipient", "responsible", "applicant")
        .filter(number=number.upper())
        .first()
    )


def case_page(*, message: Message, center: Center) -> CasePage:
    """Everything the case page shows. Four queries: lists, history, answers, and all the rest together."""
    lists = lists_of(center)
    events = list(
        MessageEvent.objects.filter(message=message).select_related("user", "client", "acting_for", "note").order_by("at", "id")
    )
    rules = rules_in(events)
    return CasePage(
        message=message,
        replies=list(Reply.objects.filter(message=message).select_related("author").order_by("version")),
        events=events,
        extras=extras_of(message),
        lists=lists,
        history=lines_of(events, names_of(lists) | {"rule": rules}, center, appeal=message.regime == Regime.APPEAL),
        rules=rules,
    )


def lists_of(center: Center) -> Lists:
    """The Center's open blocks, topics, settlements and recipients. One query."""

    def part(kind: str, rows: QuerySet[Any], name: str, block: str = "") -> QuerySet[Any, Any]:
        found: QuerySet[Any, Any] = (
            rows.filter(center=center, closed_at__isnull=True)
            .order_by()
            .annotate(row_kind=Value(kind), row_name=F(name), row_block=F(block) if block else Value(0, BigIntegerField()))
            .values_list("row_kind", "row_block", "order", "pk", "row_name")
        )
        return found

    rows = part("block", Block.objects.all(), "short").union(
        part("topic", Topic.objects.all(), "name", "block_id"),
        part("settlement", Settlement.objects.all(), "name"),
        part("recipient", Recipient.objects.all(), "name"),
        all=True,
    )
    lists = Lists()
    places = {
        "block": lists.blocks,
        "topic": lists.topics,
        "settlement": lists.settlements,
        "recipient": lists.recipients,
    }
    for kind, block_id, _, pk, name in sorted(rows):
        places[kind].append((pk, name))
        if kind == "topic":
            lists.block_of[pk] = block_id
    return lists


def rules_in(events: Iterable[MessageEvent]) -> dict[int, str]:
    """Names of the rules that made any of the lines. One query, none where no rule did."""
    made = {event.data["rule"] for event in events if event.actor_kind == ActorKind.RULE and "rule" in event.data}
    return dict(AutoRule.objects.filter(pk__in=made).values_list("pk", "name")) if made else {}


def names_of(lists: Lists) -> dict[str, dict[int, str]]:
    """Names by list and id, for the words of the history."""
    return {
        "block": dict(lists.blocks),
        "topic": dict(lists.topics),
        "settlement": dict(lists.settlements),
        "recipient": dict(lists.recipients),
    }


def latest_replies(messages: Iterable[Message]) -> dict[int, Reply]:
    """The newest version of each case's answer. One query."""
    rows = (
        Reply.objects.filter(message__in=[message.pk for message in messages])
        .select_related("author")
        .order_by("message_id", "-version")
        .distinct("message_id")
    )
    return {row.message_id: row for row in rows}
