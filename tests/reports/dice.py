"""Thousands of random lives of cases, written straight into the tables: every step leaves what its service would leave.

Only what figures are counted from is told: states and their moments, history, terms, scores. Many moments lie exactly on
borders of weeks and months.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from django.db import connection

from blocks.actors import ActorKind
from blocks.models import Block, Center, DeadlineRule, Recipient, Settlement, Source, Topic
from messages.models import Deadline, Message, MessageEvent, Regime, Satisfaction, ThreatSpan
from messages.terms import Kind
from messages.workflow import State

NOW: Final = datetime(2026, 12, 15, 5, tzinfo=UTC)
# What may come next, with its weight; the walk ends where the luck runs out.
_NEXT: Final[dict[str, dict[str, int]]] = {
    "received": {"assign": 12, "redirect": 2, "dismiss": 1, "merge": 1, "extend": 1},
    "assigned": {"start": 12, "decline": 1, "take_back": 1, "redirect": 1, "dismiss": 1, "interim": 1, "assign": 1, "merge": 1},
    "drafting": {"submit": 12, "interim": 2, "extend": 1, "merge": 1, "redirect": 1},
    "block_approval": {"agree": 8, "return": 2, "recall": 1},
    "head_approval": {"approve": 8, "return": 2, "recall": 1},
    "approved": {"send": 12, "recall": 1},
    "answered": {"close": 8, "reopen": 4},
    "closed": {"reopen": 1, "": 5},
    "redirected": {"reopen": 1, "take_back": 1, "": 6},
    "dismissed": {"reopen": 1, "take_back": 1, "": 6},
    "merged": {"split": 1, "follow": 3},
}
_TARGETS: Final = {
    "assign": "assigned", "start": "drafting", "decline": "received", "take_back": "received", "submit": "block_approval",
    "return": "drafting", "recall": "drafting", "approve": "approved", "send": "answered", "close": "closed",
    "redirect": "redirected", "dismiss": "dismissed", "merge": "merged", "follow": "approved",
}  # fmt: skip
_GONE: Final = ("answered_at", "sent_recorded_at", "closed_at", "redirected_at", "dismissed_at")
_STOPS: Final = 0.04  # of all steps: the case is left where it is
_UNTOLD: Final = 0.02  # cases without history, as an import may leave them


@dataclass
class Lists:
    """The Center's reference rows, of which some are chosen often and some never."""

    center: Center
    chance: Random
    sources: list[Source] = field(init=False)
    blocks: list[Block] = field(init=False)
    recipients: list[Recipient] = field(init=False)
    topics: list[Topic] = field(init=False)
    settlements: list[Settlement] = field(init=False)
    rule: DeadlineRule = field(init=False)

    def __post_init__(self) -> None:
        of = {"center": self.center}
        self.sources, self.blocks = list(Source.objects.filter(**of)), list(Block.objects.filter(**of))
        self.recipients, self.topics = list(Recipient.objects.filter(**of)[:12]), list(Topic.objects.filter(**of)[:15])
        self.settlements = list(Settlement.objects.filter(**of)[:5])
        self.rule = DeadlineRule.objects.filter(**of)[:1].get()


@dataclass
class Rows:
    messages: list[Message] = field(default_factory=list)
    events: list[MessageEvent] = field(default_factory=list)
    terms: list[Deadline] = field(default_factory=list)
    spans: list[ThreatSpan] = field(default_factory=list)
    scores: list[Satisfaction] = field(default_factory=list)

    def store(self) -> None:
        Message.objects.bulk_create(self.messages[1:], batch_size=2000)
        MessageEvent.objects.bulk_create(self.events, batch_size=5000)
        Deadline.objects.bulk_create(self.terms, batch_size=5000)
        ThreatSpan.objects.bulk_create(self.spans)
        Satisfaction.objects.bulk_create(self.scores)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # or the database would plan for empty tables


def throw(center: Center, cases: int, seed: int) -> None:
    """So many random cases of a Center."""
    chance = Random(seed)
    lists, rows = Lists(center, chance), Rows()
    for _ in range(cases):
        Life(lists, rows).live()
        if len(rows.messages) == 1:
            rows.messages[0].save()  # others will be merged under it
    rows.store()


class Life:
    """One case from its receipt to wherever it stands at NOW."""

    def __init__(self, lists: Lists, rows: Rows) -> None:
        self.chance, self.lists, self.rows = lists.chance, lists, rows
        source = self.chance.choice(lists.sources[:3])
        self.at = self._receipt()
        self.message = Message(
            center=lists.center,
            number=f"{lists.center.prefix}-{lists.center.pk}-{len(rows.messages) + 1:06d}",
            source=source,
            regime=self.chance.choice(Regime.values),
            text="Текст",
            topic=self._perhaps(lists.topics),
            settlement=self._perhaps(lists.settlements),
            received_at=self.at,
            created_at=self.at,
            changed_at=self.at,
        )
        self.is_told = self.chance.random() >= _UNTOLD
        self.begun = self.at
        rows.messages.append(self.message)

    def live(self) -> None:
        self._line("created", "", {})
        while self.chance.random() >= _STOPS:
            choice = _NEXT[self.message.state]
            step = self.chance.choices(list(choice), list(choice.values()))[0]
            at = self._later(self.at)
            if not step or at >= NOW:
                break
            self.at = at
            self._make(step)
        self._terms()
        self._threaten()

    def _make(self, step: str) -> None:
        message, at = self.message, self.at
        data: dict[str, Any] = {}
        to = _TARGETS.get(step, message.state)
        match step:
            case "assign":
                message.block, message.recipient = self.chance.choice(self.lists.blocks), self._perhaps(self.lists.recipients)
                message.registered_at = message.registered_at or at
                message.handed_over_at = message.handed_over_at or at
            case "decline" | "take_back":
                message.block = message.recipient = message.redirected_at = message.dismissed_at = None
            case "agree":
                to = self.chance.choice(("head_approval", "approved"))
                self._agreed(at, self.chance.choice((2, 2, 1, 0)))
            case "follow":
                self._agreed(at, 2)
                self._in_block(at)
            case "send":
                posted = self._posted()
                message.answered_at, message.sent_recorded_at = posted, at
                data = {"posted_at": posted.isoformat()} if posted != at or self.chance.random() < 0.9 else {}
            case "close":
                message.closed_at, message.outcome = at, "done"
            case "redirect":
                message.redirected_at, message.redirected_to = at, "Ростехнадзор"
            case "dismiss":
                message.dismissed_at, message.dismissal_ground = at, "ground"
            case "merge":
                if len(self.rows.messages) < 2:
                    return
                message.leading, message.merged_from = self.rows.messages[0], {"state": message.state}
            case "split":
                to, message.leading, message.merged_from = message.merged_from["state"], None, {}
            case "reopen":
                to = self._again()
        self._line(step, to, data)

    def _again(self) -> str:
        message = self.message
        self._terms()
        if message.state in ("answered", "closed") and self.chance.random() < 0.5:
            self._score()
        was_answered = message.state in ("answered", "closed")
        if was_answered:
            message.completeness = 0
        else:
            message.block = message.recipient = None
        message.handed_over_at = self.at if was_answered else None
        for name in _GONE:
            setattr(message, name, None)
        message.cycle, message.reopened_at, self.begun = message.cycle + 1, self.at, self.at
        return "assigned" if was_answered else "received"

    def _line(self, code: str, to: str, data: dict[str, Any]) -> None:
        message = self.message
        if self.is_told:
            self.rows.events.append(
                MessageEvent(
                    message=message, at=self.at, code=code, actor_kind=ActorKind.SYSTEM,
                    from_state=message.state if to else "", to_state=to, data=data,
                )
            )  # fmt: skip
        if to:
            vars(message)["state"] = State(to)  # protected from everybody but its transitions
        message.changed_at = self.at

    def _terms(self) -> None:
        """Terms of the cycle that is ending: any end, any way of being met or falling away."""
        for kind in self.chance.sample([Kind.AGREE, Kind.ANSWER, Kind.REDIRECT, Kind.PUBLISH], self.chance.randint(0, 3)):
            due = self._border(self.begun + timedelta(hours=self.chance.choice((3, 24, 240, 600)) * self.chance.random()))
            met = self.chance.choice((None, due, due + timedelta(hours=1), self.begun + (due - self.begun) / 2, self.at))
            void = self.chance.choice((None, None, None, due, due + timedelta(minutes=1), self.at))
            self.rows.terms.append(
                Deadline(
                    message=self.message, center=self.lists.center, rule=self.lists.rule, kind=kind, cycle=self.message.cycle,
                    internal=self.chance.random() < 0.15, started_at=self.begun, due_at=due, met_at=met, void_at=void,
                    threat_at=self.begun + (due - self.begun) * 0.8,
                    paused_until=self._border(due - timedelta(hours=2)) if self.chance.random() < 0.1 else None,
                )
            )  # fmt: skip
        if self.message.answered_at and self.chance.random() < 0.4:
            self._score()

    def _threaten(self) -> None:
        """Some terms were forecast to be late for a while."""
        for term in self.rows.terms[-1:]:
            if term.message is self.message and self.chance.random() < 0.2:
                since = self.begun + (term.due_at - self.begun) * 0.3
                until = self.chance.choice((None, since + timedelta(days=3)))
                self.rows.spans.append(ThreatSpan(deadline=term, since=since, until=until))

    def _score(self) -> None:
        key = (self.message, self.message.cycle)
        if not any((one.message, one.cycle) == key for one in self.rows.scores[-2:]):
            at = self._border(self.at + timedelta(days=self.chance.random() * 10))
            score = Satisfaction(
                message=self.message, cycle=self.message.cycle, score=self.chance.randint(1, 5), via="link", at=at
            )
            self.rows.scores.append(score)

    def _agreed(self, at: datetime, mark: int) -> None:
        self.message.agreed_at, self.message.agreed_version, self.message.completeness = at, 1, mark
        self.message.approved_at = at

    def _in_block(self, at: datetime) -> None:
        self.message.block = self.message.block or self.chance.choice(self.lists.blocks)
        self.message.registered_at = self.message.registered_at or at
        self.message.handed_over_at = self.message.handed_over_at or at

    def _posted(self) -> datetime:
        """Often before it was recorded, but never before the answer was approved."""
        approved = self.message.approved_at or self.at
        share = self.chance.choice((0.0, 0.0, self.chance.random(), 1.0))
        return max(approved, min(self.at, self._border(self.at - (self.at - approved) * share)))

    def _receipt(self) -> datetime:
        """Most of them around the weeks that are counted, and around the same a year ago."""
        year = self.chance.choices((2026, 2025), (3, 1))[0]
        return self._border(datetime(year, 9, 1, tzinfo=UTC) + timedelta(days=self.chance.random() * 100))

    def _later(self, at: datetime) -> datetime:
        hours = self.chance.choice((0.5, 3, 20, 80, 300)) * self.chance.random()
        return max(at, self._border(at + timedelta(hours=hours)))

    def _border(self, at: datetime) -> datetime:
        """One in eight on a local midnight."""
        if self.chance.random() < 0.125:
            local = at.astimezone(self.lists.center.tz)
            return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return at.replace(microsecond=0)

    def _perhaps(self, rows: list[Any]) -> Any:
        return self.chance.choice(rows) if self.chance.random() < 0.8 else None
