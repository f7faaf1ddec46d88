"""The table of docs/terms.md, walked through the services: what each event does to the terms of each kind, in time and late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings

from blocks.models import DeadlineRule
from mcu.errors import WrongState
from messages.models import NO_TERM, Deadline, Message, Regime, RuleChange
from messages.services import approval, closing, merging, progress, questions, reply, routing
from messages.services.rule_changes import Wish, change_rule
from messages.services.rule_moves import move_open_cases
from messages.services.rule_values import RuleValues
from messages.services.sweep import sweep
from messages.terms import Kind
from messages.workflow import TRANSITIONS, State
from reports import cases
from reports.periods import Span
from tests.cast import NOW, Cast
from tests.messages.scenes import IM, MINUTE, Scene

DAY: Final = timedelta(days=1)
LONG: Final = 60 * DAY  # after which every term that ran has passed
HOUSING: Final = replace(IM, block="housing", responsible="housing", curator="housing_curator")
RULES: Final = {
    Kind.REGISTER: ("received", 3),
    Kind.REDIRECT: ("registered", 7),
    Kind.INTERIM: ("handed_over", 5),
    Kind.AGREE: ("handed_over", 10),
    Kind.APPROVE: ("agreed", 2),
    Kind.PUBLISH: ("approved", 2),
    Kind.ANSWER: ("registered", 25),
}


def read_table() -> dict[str, dict[str, str]]:
    """Event → kind → word, as the page has them."""
    page = (Path(settings.BASE_DIR) / "docs" / "terms.md").read_text("utf-8")
    lines = page.partition("<!-- table: events -->")[2].partition("<!-- end -->")[0].strip().splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {event: dict(zip(head[1:], cells, strict=True)) for event, *cells in rows}


TABLE: Final = read_table()


class Case(Scene):
    """A case whose terms are looked at, with another that leads it where the event is the leading one's."""

    late: bool = False
    led_by: Scene | None = None

    def wait(self) -> None:
        """Late: everything that runs passes, and the sweep has seen it."""
        if self.late:
            self.now += LONG
            sweep(now=self.now)

    def to_block(self) -> None:
        self.assign()
        self.wait()

    def assign_else(self) -> None:
        self.chain = HOUSING
        self.assign()

    def decline(self) -> None:
        self.act(routing.decline, self.chain.responsible, reason="Это не наш вопрос.")

    def start(self) -> None:
        self.act(reply.start, self.chain.responsible)

    def return_(self) -> None:
        self.act(approval.return_, self.chain.curator, comment="Назовите срок.")

    def head_returns(self) -> None:
        self.act(approval.return_, "head", comment="Назовите срок.")

    def recall(self) -> None:
        self.act(progress.recall, self.chain.responsible, reason="Забыли назвать срок.")

    def recall_approved(self) -> None:
        self.act(progress.recall, "head", reason="Забыли назвать срок.")

    def interim(self) -> None:
        day = (self.now + 28 * DAY).date() + self.cycle_of_promises * DAY
        self.act(progress.interim, self.chain.publisher, text="Заказано.", promised_on=day, delivery="сообщением")

    @property
    def cycle_of_promises(self) -> int:
        return self.message.interims.count()

    def ask(self) -> None:
        self.act(questions.ask, self.chain.publisher, text="У какого дома?", delivery="сообщением")

    def hear(self) -> None:
        self.act(questions.hear, self.chain.publisher, text="У дома 5.")

    def extend(self) -> None:
        self.act(progress.extend, "head", days=10, reason="Запрошен другой орган.", applicant_told=True)

    def classify(self, **values: Any) -> None:
        blank: dict[str, Any] = {"topic_id": None, "settlement_id": None, "recipient_id": None, "fast_track": False}
        self.act(routing.classify, "head", **blank | values)

    def to_topic(self) -> None:
        self.classify(topic_id=DeadlineRule.objects.get(code="t_agree_topic").topic_id)

    def to_fast(self) -> None:
        self.classify(fast_track=True)

    def rule(self, amount: int, choice: str) -> None:
        """The charter's rule of the answer is another from now on; open cases are moved as the person chose."""
        self.now += MINUTE
        row = DeadlineRule.objects.get(center=self.cast.center, code="t_answer", closed_at=None)
        names = ("name", "clause", "basis", "unit", "starts_on", "day_count", "on_day_off", "pauses")
        values = RuleValues(**{name: getattr(row, name) for name in names}, amount=amount, warn_shares=(0.5,))
        wish = Wish(values, edition=row)
        change_rule(center=self.cast.center, actor=self.cast.actor("head"), wish=wish, choice=choice, now=self.now)
        move_open_cases(clock=lambda: self.now)

    def rule_left(self) -> None:
        self.rule(35, RuleChange.Choice.KEEP)

    def rule_longer(self) -> None:
        self.rule(35, RuleChange.Choice.MOVE)

    def rule_shorter(self) -> None:
        self.rule(20, RuleChange.Choice.MOVE)

    def other(self) -> Scene:
        """Another case of the same regime in work, which may lead this one."""
        message = self.cast.message(self.chain.source, regime=Regime(self.message.regime), now=self.now)
        scene = Scene(self.cast, self.chain, message, self.now)
        scene.assign()
        scene.draft("Ответ ведущего.")
        self.now = scene.now
        return scene

    def merge(self) -> None:
        self.led_by = self.other()
        self.act(merging.merge, self.chain.sorter, leading_id=self.led_by.message.pk)

    def split(self) -> None:
        self.act(merging.split, self.chain.sorter)

    def leader_makes(self, step: str) -> None:
        assert self.led_by
        self.led_by.now = self.now
        if step == "return":
            self.led_by.act(approval.return_, "head", comment="Назовите срок.")
        else:
            getattr(self.led_by, step)()
        self.now = self.led_by.now

    def lead_submits(self) -> None:
        self.leader_makes("submit")

    def lead_agrees(self) -> None:
        self.leader_makes("agree")

    def lead_returns(self) -> None:
        self.leader_makes("return")

    def lead_approves(self) -> None:
        self.leader_makes("approve")

    def lead_sends(self) -> None:
        self.leader_makes("send")

    def take_back(self) -> None:
        self.act(routing.take_back, self.chain.sorter)

    def minutes_pass(self) -> None:
        self.now += 20 * MINUTE

    def reopen(self) -> None:
        self.act(closing.reopen, self.chain.sorter, reason="Фонари снова не горят.")

    def nothing(self) -> None:
        """What has just happened is the event: the case has come in."""


Step = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Row:
    """How an event is brought about: the way there, the event, the lines of history it must leave."""

    before: tuple[Step, ...]
    event: Step
    code: str
    regime: Regime = Regime.MESSAGE
    more: dict[str, Any] = field(default_factory=dict)  # of the case as it comes in


WRITING: Final = (Case.to_block, Case.draft)
SUBMITTED: Final = (*WRITING, Case.submit)
AGREED: Final = (*SUBMITTED, Case.agree)
APPROVED: Final = (*AGREED, Case.approve)
ANSWERED: Final = (*APPROVED, Case.send)
MERGED: Final = (*WRITING, Case.merge)

ROWS: Final = {
    "receipt": Row((), Case.nothing, "created"),
    "first hand-over, which registers": Row((Case.wait,), Case.assign, "assign"),
    "hand-over of a registered case": Row((Case.wait, Case.assign, Case.take_back), Case.assign, "assign"),
    "hand-over to another block": Row(WRITING, Case.assign_else, "assign"),
    "decline by the block": Row(WRITING, Case.decline, "decline"),
    "taking into work": Row((Case.to_block,), Case.start, "start"),
    "handing over for agreement": Row(WRITING, Case.submit, "submit"),
    "return by the block's curator": Row(SUBMITTED, Case.return_, "return"),
    "agreement by the block's curator": Row(SUBMITTED, Case.agree, "agree"),
    "return by the head": Row(AGREED, Case.head_returns, "return"),
    "approval by the head": Row(AGREED, Case.approve, "approve"),
    "recall before agreement": Row(SUBMITTED, Case.recall, "recall"),
    "recall of an approved answer": Row(APPROVED, Case.recall_approved, "recall"),
    "sending": Row(APPROVED, Case.send, "send"),
    "closing": Row(ANSWERED, Case.close, "close"),
    "first interim answer to a message": Row(WRITING, Case.interim, "interim"),
    "second interim answer to a message": Row((*WRITING, Case.interim), Case.interim, "interim"),
    "interim answer to an appeal": Row(WRITING, Case.interim, "interim", Regime.APPEAL),
    "question to the applicant": Row(WRITING, Case.ask, "ask"),
    "the applicant's answer": Row((*WRITING, Case.ask), Case.hear, "hear"),
    "extension of an appeal": Row(WRITING, Case.extend, "extend", Regime.APPEAL),
    "topic with a longer term of agreement": Row(WRITING, Case.to_topic, "fields"),
    "fast-track put on": Row(WRITING, Case.to_fast, "fields"),
    "fast-track taken off": Row(WRITING, Case.classify, "fields", more={"fast_track": True}),
    "longer rule, open cases left": Row(WRITING, Case.rule_left, ""),
    "longer rule, open cases moved": Row(WRITING, Case.rule_longer, "term"),
    "shorter rule, open cases moved": Row(WRITING, Case.rule_shorter, "term"),
    "merging of a case in a block": Row(WRITING, Case.merge, "merge"),
    "merging of a received case, which registers": Row((Case.wait,), Case.merge, "merge"),
    "agreement of the leading case": Row((*MERGED, Case.lead_submits), Case.lead_agrees, ""),
    "approval of the leading case": Row((*MERGED, Case.lead_submits, Case.lead_agrees), Case.lead_approves, ""),
    "return of the leading case by the head": Row((*MERGED, Case.lead_submits, Case.lead_agrees), Case.lead_returns, ""),
    "answer to the leading case": Row(
        (*MERGED, Case.lead_submits, Case.lead_agrees, Case.lead_approves), Case.lead_sends, "follow"
    ),
    "splitting": Row(MERGED, Case.split, "split"),
    "redirection of a received case, which registers": Row((Case.wait,), Case.redirect, "redirect"),
    "redirection from a block": Row(WRITING, Case.redirect, "redirect"),
    "dismissal of a received case, which registers": Row((Case.wait,), Case.dismiss, "dismiss"),
    "dismissal from a block": Row((Case.to_block,), Case.dismiss, "dismiss"),
    "taking a hand-over back within 15 minutes": Row((Case.wait, Case.assign), Case.take_back, "take_back"),
    "taking a hand-over back later": Row((Case.to_block, Case.minutes_pass), Case.take_back, "take_back"),
    "taking a redirection back": Row((Case.wait, Case.redirect), Case.take_back, "take_back"),
    "reopening of an answered case": Row(ANSWERED, Case.reopen, "reopen"),
    "reopening of a closed case": Row((*ANSWERED, Case.close), Case.reopen, "reopen"),
    "reopening of a redirected case": Row((Case.wait, Case.redirect), Case.reopen, "reopen"),
}
# What still has to be done in each state for the case to be answered and closed.
THEN: Final = {
    State.RECEIVED: (Case.assign,),
    State.ASSIGNED: (Case.start,),
    State.DRAFTING: (Case.draft, Case.submit),
    State.BLOCK_APPROVAL: (Case.agree,),
    State.HEAD_APPROVAL: (Case.approve,),
    State.APPROVED: (Case.send,),
    State.ANSWERED: (Case.close,),
    State.MERGED: (Case.split,),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The terms of a case at one moment."""

    cycle: int
    rows: dict[int, Deadline]

    @classmethod
    def of(cls, case: Case) -> Seen:
        message = Message.objects.get(pk=case.message.pk)
        rows = {row.pk: row for row in Deadline.objects.filter(message=message)}
        waiting = [row.due_at for row in rows.values() if row.cycle == message.cycle and not row.met_at and not row.void_at]
        assert message.next_due_at == (min(waiting, default=NO_TERM) if message.is_open else NO_TERM)
        return cls(message.cycle, rows)

    def asked(self, kind: str) -> Deadline | None:
        """The term of the kind that is asked for, or was met, in the present cycle."""
        found = [row for row in self.rows.values() if row.kind == kind and row.cycle == self.cycle and row.void_at is None]
        assert len(found) <= 1
        return found[0] if found else None


def word(kind: str, before: Seen, after: Seen, at: datetime) -> str:
    """What happened to the term of the kind, as the table says it."""
    was, now = before.asked(kind), after.asked(kind)
    if now is None:
        return "—" if was is None or after.cycle != before.cycle else "void"
    if after.cycle != before.cycle:
        assert (now.started_at, now.met_at, now.breached_at) == (at, None, None)
        return "new cycle"
    if was is None and now.met_at is None and now.pk not in before.rows:
        assert now.started_at == at
        return "begins"
    earlier = before.rows.get(now.pk)
    if earlier is None or (earlier.met_at is None and now.met_at is not None):
        assert now.met_at == at
        assert earlier is None or now.due_at == earlier.due_at
        return "met"
    if was is None or (was.met_at is not None and now.met_at is None):
        assert now.due_at == earlier.due_at
        return "again"
    assert (now.pk, now.met_at, now.started_at) == (was.pk, was.met_at, was.started_at)
    return "stays" if now.due_at == was.due_at else "later" if now.due_at > was.due_at else "sooner"


def rules_of_the_table(cast: Cast) -> None:
    """The charter that the page describes, in place of the Center's own."""
    DeadlineRule.objects.filter(center=cast.center).delete()
    topic = cast.block("roads").topics.first()
    more: Iterable[tuple[str, Kind, int, dict[str, Any]]] = (
        *((f"t_{kind}", kind, amount, {}) for kind, (_, amount) in RULES.items()),
        ("t_answer_fast", Kind.ANSWER, 15, {"fast_track": True}),
        ("t_agree_topic", Kind.AGREE, 15, {"topic": topic}),
    )
    DeadlineRule.objects.bulk_create(
        DeadlineRule(
            center=cast.center, code=code, name=code, kind=kind, basis="default", starts_on=RULES[kind][0], amount=amount,
            unit="calendar_days", day_count="from_next_day", on_day_off="as_is", warn_shares=[0.5], pauses=True, **other,
        )
        for code, kind, amount, other in more
    )  # fmt: skip


def bring_about(cast: Cast, name: str, *, late: bool = False) -> Case:
    """The case just before the event."""
    row = ROWS[name]
    case = Case(cast, IM, cast.message("im", regime=row.regime, **row.more))
    case.late = late
    for step in row.before:
        step(case)
    return case


def make(case: Case, row: Row) -> bool:
    """Bring the event about; False where it was refused because the term has passed."""
    try:
        row.event(case)
    except WrongState:
        return False
    return True


def unchanged(before: Seen, after: Seen) -> None:
    """Nothing is erased: breaches, what was met late, the terms of earlier cycles."""
    assert set(before.rows) <= set(after.rows)
    for pk, row in before.rows.items():
        now = after.rows[pk]
        assert row.breached_at is None or now.breached_at == row.breached_at
        if row.met_at and row.met_at > row.due_at and now.met_at:
            assert now.met_at > now.due_at
        if row.cycle < after.cycle:
            assert (now.due_at, now.met_at, now.void_at) == (row.due_at, row.met_at, row.void_at)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROWS)
def test_what_the_event_does_in_time(name: str, okt: Cast) -> None:
    rules_of_the_table(okt)
    if name == "receipt":
        message = okt.message("im")
        before, case = Seen(0, {}), Case(okt, IM, message)
    else:
        case = bring_about(okt, name)
        before = Seen.of(case)
    assert make(case, ROWS[name])
    after = Seen.of(case)
    unchanged(before, after)
    assert {str(kind): word(kind, before, after, case.now) for kind in Kind} == TABLE[name]
    assert ROWS[name].code in {"", *case.message.events.filter(at=case.now).values_list("code", flat=True)}


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in ROWS if name != "receipt"])
def test_what_it_does_to_terms_that_have_passed(name: str, okt: Cast) -> None:
    """The same but for what would end later; and the case, driven to its end, is answered late in the reports."""
    rules_of_the_table(okt)
    case = bring_about(okt, name, late=True)
    before = Seen.of(case)
    made = make(case, ROWS[name])
    assert made or name.startswith("extension")
    after = Seen.of(case)
    unchanged(before, after)
    for kind, said in TABLE[name].items():
        was = before.asked(kind)
        passed = was is not None and was.breached_at is not None
        came = word(kind, before, after, case.now)
        # An answer of the applicant that comes when all is over moves nothing.
        assert came in ({"stays"} if said == "later" and passed else {said, "stays"} if said == "sooner" else {said}), kind
    assert any(row.breached_at for row in before.rows.values())
    finish(case)
    end = Seen.of(case)
    unchanged(after, end)
    late = [row for row in end.rows.values() if row.void_at is None and row.breached_at]
    assert all(row.met_at and row.met_at > row.due_at for row in late)
    reported = cases.answered_late(okt.center, Span(NOW, case.now + DAY)).filter(pk=case.message.pk).exists()
    answered = Message.objects.get(pk=case.message.pk).answered_at is not None
    assert reported == (answered and bool(late))


def finish(case: Case) -> None:
    """Answer and close the case by the steps that are left."""
    for _ in range(len(THEN)):
        state = State(Message.objects.get(pk=case.message.pk).state)
        for step in THEN.get(state, ()):
            step(case)


def test_the_table_names_every_kind_and_the_walk_every_row_of_it() -> None:
    assert set(TABLE) == set(ROWS)
    assert all(set(cells) == set(Kind) for cells in TABLE.values())
    words = {"—", "begins", "met", "stays", "later", "sooner", "void", "again", "new cycle"}
    assert {cell for cells in TABLE.values() for cell in cells.values()} == words


def test_every_step_of_the_workflow_has_its_row() -> None:
    assert set(TRANSITIONS) <= {row.code for row in ROWS.values()}
