"""One case as the services would have left it: facts, history, answers, terms and notices, all as unsaved rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.db.models import Model

from bench import texts
from bench.people import Staff
from blocks.actors import ActorKind
from blocks.models import Block, Center, Settlement, Source, Topic
from blocks.roles import Role
from mcu.models import Outbox, User
from messages import terms
from messages.models import NO_TERM, Applicant, Deadline, DeadlineStep, Message, MessageEvent, Regime, Reply
from messages.services.deadlines import BREACH, next_step
from messages.services.term_book import TermBook, book_of, facts_of
from messages.terms import Kind, Rule
from messages.workflow import OPEN, State

_CHAIN: Final = ("assign", "start", "submit", "agree", "approve", "send", "close")
# How long each step takes, in minutes from the one before, for sources with terms in hours and for those with days.
_HOURS: Final = {
    "assign": (10, 170),
    "start": (5, 40),
    "submit": (30, 90),
    "agree": (5, 40),
    "approve": (5, 55),
    "send": (5, 50),
}
_DAYS: Final = {
    "assign": (300, 3600), "start": (60, 1500), "submit": (1500, 16000), "agree": (60, 2500), "approve": (60, 1500),
    "send": (60, 2000),
}  # fmt: skip
_CLOSING: Final = (3000, 14400)
_WEIGHTS: Final = {"im": 45, "pos": 30, "fz59": 12}  # what is not named here: 8
_LATE, _REDIRECTED, _DISMISSED, _TWICE = 0.07, 0.02, 0.01, 0.2
_STATE_AFTER: Final = {
    "": State.RECEIVED, "assign": State.ASSIGNED, "start": State.DRAFTING, "submit": State.BLOCK_APPROVAL,
    "approve": State.APPROVED, "send": State.ANSWERED, "close": State.CLOSED, "redirect": State.REDIRECTED,
    "dismiss": State.DISMISSED,
}  # fmt: skip
READ_AFTER: Final = timedelta(days=1)


class Keys:
    """Row numbers given out by ourselves, so that rows may refer to each other before they are stored."""

    def __init__(self) -> None:
        self._last: dict[type[Model], int] = {}

    def next(self, model: type[Model]) -> int:
        self._last[model] = self._last.get(model, 0) + 1
        return self._last[model]


@dataclass(slots=True)
class World:
    """One Center's lists and people, read once."""

    center: Center
    staff: Staff
    now: datetime
    keys: Keys
    chance: Random
    stock: texts.Stock = field(init=False)
    book: TermBook = field(init=False)
    sources: list[Source] = field(init=False)
    weights: list[int] = field(init=False)
    blocks: dict[str, Block] = field(init=False)
    topics: dict[str, Topic] = field(init=False)
    settlements: dict[str, Settlement] = field(init=False)
    numbers: dict[int, int] = field(default_factory=dict)
    _rules: dict[tuple[str, int, bool], dict[Kind, tuple[Rule, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stock = texts.Stock.of(self.center.slug)
        self.book = book_of(self.center)
        self.sources = list(Source.objects.filter(center=self.center))
        self.weights = [_WEIGHTS.get(source.code, 8) for source in self.sources]
        self.blocks = {row.code: row for row in Block.objects.filter(center=self.center)}
        self.topics = {row.code: row for row in Topic.objects.filter(center=self.center)}
        self.settlements = {row.code: row for row in Settlement.objects.filter(center=self.center)}

    def number(self, received_at: datetime) -> str:
        year = received_at.astimezone(self.center.tz).year
        self.numbers[year] = self.numbers.get(year, 0) + 1
        return f"{self.center.prefix}-{year}-{self.numbers[year]:06d}"

    def rules(self, message: Message) -> dict[Kind, tuple[Rule, ...]]:
        """No charter's rule of terms looks at the topic, so cases of one kind share theirs."""
        key = (message.regime, message.source_id, message.fast_track)
        if key not in self._rules:
            self._rules[key] = terms.match(
                self.book.rules, regime=key[0], source=key[1], fast_track=key[2], topic=message.topic_id
            )
        return self._rules[key]


class Case:
    """Plans one case: received at a moment, and open if it is to stand somewhere in the middle today."""

    def __init__(self, world: World, received_at: datetime, *, is_open: bool) -> None:
        self.world = world
        self.chance = world.chance
        self.is_open = is_open
        self.block_code, topic = self.chance.choice(world.stock.topics)
        self.source = self.chance.choices(world.sources, world.weights)[0]
        self.rows: list[Model] = []
        self.message = self._received(received_at, topic)

    def write(self) -> list[Model]:
        """The rows, the case first. No query."""
        message, world = self.message, self.world
        self._event("created", message.created_at, None, "", data={"source": self.source.code, "regime": message.regime})
        if self.chance.random() < 0.8:
            phone = f"+7 900 {self.chance.randint(1_000_000, 9_999_999)}"
            self.rows.append(Applicant(message=message, name=texts.person(self.chance), phone=phone))
        for name, at in self._plan():
            if at >= world.now:
                break
            self._make(name, at)
        self._terms()
        return [message, *self.rows]

    def _received(self, at: datetime, topic: str) -> Message:
        world, source = self.world, self.source
        pk = world.keys.next(Message)
        fast = source.code == "pos" and (world.topics[topic].fast_track or self.chance.random() < 0.1)
        return Message(
            id=pk,
            center=world.center,
            number=world.number(at),
            source=source,
            external_id=f"{source.code}-{pk}",
            payload_hash=f"{pk:064x}",
            regime=Regime(source.regime),
            fast_track=fast,
            text=world.stock.letter(self.block_code, self.chance),
            topic=world.topics[topic],
            settlement=world.settlements[self.chance.choice(world.stock.settlements)],
            address=texts.address(self.chance) if self.chance.random() < 0.5 else "",
            received_at=at,
            created_at=at,
            changed_at=at,
        )

    def _plan(self) -> Iterator[tuple[str, datetime]]:
        """The steps of the case with their moments, up to where it stands."""
        chance, at = self.chance, self.message.received_at
        pace = _DAYS if self.source.code in ("pos", "fz59") else _HOURS
        chain = [name for name in _CHAIN if name != "approve" or self.source.needs_head]
        luck = chance.random()
        if self.is_open:
            chain = chain[: chance.choices(range(len(chain) - 1), [15, 20, 30, 15, 12, 8][: len(chain) - 1])[0]]
        elif luck < _REDIRECTED + _DISMISSED:
            chain = ["redirect" if luck < _REDIRECTED else "dismiss"]
        slow = 5 if chance.random() < _LATE else 1
        for name in chain:
            low, high = _CLOSING if name == "close" else pace.get(name, pace["assign"])
            at += timedelta(minutes=chance.uniform(low, high) * (slow if name == "submit" else 1))
            yield name, at

    def _make(self, name: str, at: datetime) -> None:
        message, staff = self.message, self.world.staff
        responsible = (Role.BLOCK_RESPONSIBLE, self.block_code)
        sorter = (Role.SOURCE_CURATOR, self.source.code)
        curator = (Role.BLOCK_CURATOR, self.block_code)
        match name:
            case "assign":
                block = self.world.blocks[self.block_code]
                message.block, message.registered_at, message.handed_over_at = block, at, at
                self._event("registered", at, sorter, "")
                event = self._event(name, at, sorter, State.ASSIGNED, data={"block": block.pk, "recipient": None})
                self._notice(f"event:{event.pk}", name, at, staff.of(*responsible))
            case "start":
                self._event(name, at, responsible, State.DRAFTING)
            case "submit":
                message.submitted_at = at
                for version in range(1, 3 if self.chance.random() < _TWICE else 2):
                    self._draft(version, at - timedelta(minutes=6 - version))
                self._event(name, at, responsible, State.BLOCK_APPROVAL, data={"version": self._version})
            case "agree":
                message.completeness = self.chance.choice((1, 2, 2, 2))
                message.agreed_at, message.agreed_version = at, self._version
                message.approved_at = None if self.source.needs_head else at
                to = State.HEAD_APPROVAL if self.source.needs_head else State.APPROVED
                self._event(name, at, curator, to, data={"version": self._version, "completeness": message.completeness})
            case "approve":
                message.approved_at = at
                self._event(name, at, (Role.HEAD, ""), State.APPROVED, data={"version": self._version})
            case "send":
                self._send(at, responsible if self.source.publisher == Role.BLOCK_RESPONSIBLE else sorter)
            case "close":
                message.closed_at, message.outcome = at, str(self.chance.choice(self.world.center.outcomes)["code"])
                self._event(name, at, sorter, State.CLOSED, data={"outcome": message.outcome})
            case "redirect":
                message.redirected_at, message.redirected_to = at, "Служба жилищного и строительного надзора"
                self._event(name, at, sorter, State.REDIRECTED, data={"applicant_told": True})
            case "dismiss":
                message.dismissed_at = at
                message.dismissal_ground = str(self.world.center.legal_grounds[0]["code"])
                self._event(name, at, sorter, State.DISMISSED, data={"ground": message.dismissal_ground})

    @property
    def _version(self) -> int:
        return sum(isinstance(row, Reply) for row in self.rows)

    def _draft(self, version: int, at: datetime) -> None:
        text = self.world.stock.answer(self.block_code, self.chance)
        author = self.world.staff.of(Role.BLOCK_RESPONSIBLE, self.block_code)
        reply = Reply(
            id=self.world.keys.next(Reply),
            message=self.message,
            version=version,
            text=text,
            author=author,
            author_role=Role.BLOCK_RESPONSIBLE,
            saved_at=at,
        )
        self.rows.append(reply)
        self._event("draft", at, (Role.BLOCK_RESPONSIBLE, self.block_code), "", data={"version": version})

    def _send(self, at: datetime, publisher: tuple[Role, str]) -> None:
        message = self.message
        message.answered_at = message.sent_recorded_at = at
        url = f"https://example.ru/wall-1_{message.pk}"
        reply = next(row for row in reversed(self.rows) if isinstance(row, Reply))
        reply.posted_at = reply.recorded_at = at
        reply.url, reply.completeness = url, message.completeness
        data = {"version": reply.version, "posted_at": at.isoformat(), "delivery": "", "url": url}
        self._event("send", at, publisher, State.ANSWERED, data=data)

    def _terms(self) -> None:
        """The terms that follow from the facts, with the steps the sweep would have made by now."""
        message, world = self.message, self.world
        wanted = terms.wanted(
            facts_of(message, ()), world.rules(message), tz=world.book.tz, calendar=world.book.calendar, hours=world.book.hours
        )
        nearest = NO_TERM
        for one in wanted:
            until = one.met_at or world.now
            row = Deadline(
                id=world.keys.next(Deadline),
                message=message,
                center=world.center,
                rule_id=int(one.rule.id),
                kind=str(one.kind),
                internal=one.rule.internal,
                started_at=one.started_at,
                due_at=one.due_at,
                threat_at=world.book.threat_at(one.rule, one.started_at, one.due_at),
                met_at=one.met_at,
                void_at=message.changed_at if one.void else None,
                breached_at=one.due_at if until > one.due_at and not one.void else None,
            )
            self.rows.append(row)
            if not one.void and (one.met_at is None or row.breached_at):
                self._steps(row, one, until)
            if one.met_at is None and not one.void and message.state in OPEN:
                nearest = min(nearest, one.due_at)
        message.next_due_at = nearest

    def _steps(self, row: Deadline, one: terms.Wanted, until: datetime) -> None:
        steps = self.world.book.steps(one.rule, row.started_at, row.due_at)
        made = [step for step in steps if step.at <= until]
        for step in made:
            key = self.world.keys.next(DeadlineStep)
            self.rows.append(DeadlineStep(id=key, deadline=row, step=step.code, planned_at=step.at, made_at=step.at))
            code = BREACH if step.code == BREACH else "warning" if step.code.startswith("warn") else "escalation"
            data = {"deadline": row.pk, "kind": row.kind, "step": step.code, "due_at": row.due_at.isoformat()}
            self._event(code, step.at, None, "", data=data)
            person = self.world.staff.of(Role.HEAD) if step.to == "head" else self._holder()
            self._notice(f"deadline:{row.pk}:{step.code}", f"deadline_{step.code}", step.at, person)
        if row.met_at is None:
            row.next_step_at = next_step(steps, {step.code for step in made})

    def _holder(self) -> User:
        staff = self.world.staff
        if self.message.block_id is None:
            return staff.of(Role.SOURCE_CURATOR, self.source.code)
        return staff.of(Role.BLOCK_RESPONSIBLE, self.block_code)

    def _event(
        self, code: str, at: datetime, who: tuple[Role, str] | None, to: str, *, data: dict[str, Any] | None = None
    ) -> MessageEvent:
        message = self.message
        event = MessageEvent(
            id=self.world.keys.next(MessageEvent),
            message=message,
            at=at,
            code=code,
            actor_kind=ActorKind.PERSON if who else ActorKind.SYSTEM,
            user=self.world.staff.of(*who) if who else None,
            role=who[0] if who else "",
            from_state=message.state if to else "",
            to_state=to,
            data=data or {},
        )
        if to:
            vars(message)["state"] = to  # the field is protected from everybody but its transitions
            message.changed_at = at
        self.rows.append(event)
        return event

    def _notice(self, key: str, kind: str, at: datetime, user: User) -> None:
        read = at + timedelta(minutes=30) if at < self.world.now - READ_AFTER else None
        self.rows.append(
            Outbox(
                id=self.world.keys.next(Outbox),
                key=f"{key}:{user.pk}",
                kind=kind,
                user=user,
                center_slug=self.world.center.slug,
                subject=f"{self.message.number}: срок ответа",
                path=f"/{self.world.center.slug}/messages/{self.message.number}/",
                created_at=at,
                read_at=read,
                by_email=False,
            )
        )
