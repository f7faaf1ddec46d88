"""Services keep their promises whoever presses what and when: random people, random steps, time going on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from blocks.actors import Actor
from mcu.errors import DomainError
from messages import policies
from messages.models import NO_TERM, Deadline, DeadlineStep, Message, Regime, Reply, WorkingCopy
from messages.services import closing, drafts, reply, routing
from messages.services.sweep import sweep
from messages.workflow import OPEN, STAYING, TRANSITIONS
from tests.cast import NOW, Cast
from tests.messages.scenes import IM, SERVICES, Chain, Scene, values_for

SOURCES, BLOCKS = st.sampled_from(["im", "pos", "fz59", "other"]), st.sampled_from(["roads", "housing"])
TEXTS = st.sampled_from(["Ответ готов.", "Ответ: срок до пятницы.", "Ответ подробный.", " "])
NEXT = {
    "received": "assign", "assigned": "start", "drafting": "submit", "block_approval": "agree", "head_approval": "approve",
    "approved": "send", "answered": "close", "closed": "reopen", "redirected": "reopen", "dismissed": "reopen",
    "merged": "split",
}  # fmt: skip
LEADING_ANSWER = "Ответ ведущего: фонари починены."
# Already late (extension), promised or asked too often, no longer fresh, the leading case is answered meanwhile.
MAY_BE_TOO_LATE = {"extend", "interim", "take_back", "merge", "ask"}
PAUSES = st.sampled_from([timedelta(minutes=5), timedelta(hours=2), timedelta(hours=20), timedelta(days=4), timedelta(days=12)])


class Life(RuleBasedStateMachine):
    """The life of one case. The people are made once; each life is taken back at its end."""

    cast: ClassVar[Cast]
    people: ClassVar[dict[str, Actor]]

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(
        source=st.sampled_from(["im", "pos", "fz59", "other"]), regime=st.sampled_from([None, *Regime]), fast=st.booleans()
    )
    def arrives(self, source: str, regime: Regime | None, fast: bool) -> None:
        message = self.cast.message(source, regime=regime, fast_track=fast)
        self.pk, self.number = message.pk, message.number
        self.scene = Scene(self.cast, IM, message)
        # Another case of the same regime in work, which may come to lead this one.
        self.leading = Scene(self.cast, IM, self.cast.message("im", regime=Regime(message.regime)))
        self.leading.assign()
        self.leading.draft(LEADING_ANSWER)
        self.versions: list[str] = []  # as they were last seen
        self.saved: list[str] = []  # what anybody was told is saved
        self.typed: dict[str, str] = {}  # what each was last told is kept
        self.events: list[tuple[int, str, datetime]] = []
        self.met: dict[int, datetime] = {}
        self.breached: dict[int, datetime] = {}

    def case(self) -> Message:
        return Message.objects.select_related("center", "source", "block").get(pk=self.pk)

    def values(self, name: str, case: Message, block: str) -> dict[str, Any]:
        """A complete set of values for the step, binding to the version that stands now."""
        self.scene.message, self.scene.chain = case, Chain("im", block, "", "", "", "", "", needs_head=True)
        self.scene.now = self.now
        if name == "merge":
            return {"leading_id": self.leading.message.pk}
        found = values_for(name, self.scene)
        return found | {"version": len(self.texts())} if "version" in found else found

    def attempt(self, service: Callable[..., Any], **values: Any) -> bool:
        """Call a service; what it refuses must leave no trace."""
        before = self.trace()
        try:
            with transaction.atomic():
                service(message_id=self.pk, now=self.now, **values)
        except DomainError as refusal:
            refused = refusal
        else:
            return True
        assert refused.message
        assert self.trace() == before
        return False

    def texts(self) -> list[str]:
        """The versions of the answer, numbered without gaps."""
        rows = list(Reply.objects.filter(message_id=self.pk).order_by("version").values_list("version", "text"))
        assert [version for version, _ in rows] == list(range(1, len(rows) + 1))
        return [text for _, text in rows]

    def trace(self) -> list[Any]:
        return [
            Message.objects.filter(pk=self.pk).values().get(),
            list(Deadline.objects.filter(message_id=self.pk).order_by("pk").values()),
            self.case().events.count(),
            Reply.objects.filter(message_id=self.pk).count(),
            list(WorkingCopy.objects.filter(message_id=self.pk).order_by("pk").values()),
        ]

    # What happens -----------------------------------------------------------------------------------------------------

    @rule(pause=PAUSES)
    def time_goes_on(self, pause: timedelta) -> None:
        self.now += pause

    @rule(data=st.data(), block=BLOCKS)
    def somebody_makes_a_step_that_is_theirs(self, data: st.DataObject, block: str) -> None:
        case = self.case()
        offered = [(who, name) for who, actor in self.people.items() for name in policies.allowed(actor, case)]
        if offered:
            who, name = data.draw(st.sampled_from(offered))
            self.goes_on(case, who, name, block)

    @rule(steps=st.integers(1, 5), block=BLOCKS, text=TEXTS)
    def the_work_goes_on(self, steps: int, block: str, text: str) -> None:
        """The next steps as they should be, so that cases come to their end and begin anew."""
        for _ in range(steps):
            case = self.case()
            if case.state == "drafting" and text.strip():
                self.somebody_writes(
                    text=text, stale=False, who="roads" if case.block == self.cast.block("roads") else "housing"
                )
            name = NEXT[case.state]
            who = next((who for who, actor in self.people.items() if policies.may(actor, name, case)), None)
            if who:
                self.goes_on(case, who, name, block)

    def goes_on(self, case: Message, who: str, name: str, block: str) -> None:
        """What a button offers, with complete values, is refused only for a reason that the page says beside it."""
        made = self.attempt(SERVICES[name], actor=self.people[who], **self.values(name, case, block))
        assert made or (name == "submit" and not self.texts()) or name in MAY_BE_TOO_LATE

    @rule(data=st.data(), name=st.sampled_from(sorted(SERVICES)), block=BLOCKS)
    def somebody_tries_a_step(self, data: st.DataObject, name: str, block: str) -> None:
        actor, case = self.people[data.draw(st.sampled_from(sorted(self.people)))], self.case()
        may = bool(policies.may(actor, name, case))
        made = self.attempt(SERVICES[name], actor=actor, **self.values(name, case, block))
        assert not made or may

    @rule(text=TEXTS, stale=st.booleans(), who=st.sampled_from(["roads", "housing", "roads_curator", "head", "im", "tech"]))
    def somebody_writes(self, text: str, stale: bool, who: str) -> None:
        base = max(len(self.texts()) - stale, 0)
        if self.attempt(reply.save_draft, actor=self.people[who], text=text, base_version=base):
            assert text.strip()
            assert self.texts()[-1] == text.strip()
            self.saved.append(text.strip())

    @rule(text=TEXTS, who=st.sampled_from(["roads", "housing", "roads_curator", "head", "im", "tech"]))
    def somebody_types_and_does_not_save(self, text: str, who: str) -> None:
        """The program keeps it by itself; another window of the same person knows what was kept."""
        copy = WorkingCopy.objects.filter(message_id=self.pk, user=self.cast.people[who]).first()
        if self.attempt(drafts.keep, actor=self.people[who], text=text, base_version=0, known=drafts.mark_of(copy)) and (
            text.strip()
        ):
            self.typed[who] = text.strip()

    @rule(fast=st.booleans(), who=st.sampled_from(["im", "pos", "roads", "support", "tech"]))
    def somebody_changes_what_it_is_about(self, fast: bool, who: str) -> None:
        values = {"topic_id": None, "settlement_id": None, "recipient_id": None, "fast_track": fast}
        self.attempt(routing.classify, actor=self.people[who], **values)

    @rule(times=st.integers(1, 2))
    def the_sweep_passes(self, times: int) -> None:
        for _ in range(times):
            sweep(now=self.now)
        assert sweep(now=self.now).steps == 0

    @precondition(lambda self: self.case().state == "merged")
    @rule()
    def the_leading_case_is_answered(self) -> None:
        """Its answer becomes the last version here, and the case waits for its own publisher."""
        self.leading.now = self.now
        for step in (self.leading.submit, self.leading.agree, self.leading.approve, self.leading.send):
            step()
        self.now = self.leading.now
        self.saved.append(LEADING_ANSWER)
        case = self.case()
        assert self.texts()[-1] == LEADING_ANSWER
        assert case.state == "approved"
        assert any(policies.may(actor, "send", case) for actor in self.people.values())

    @precondition(lambda self: self.case().state == "answered")
    @rule()
    def the_program_closes_what_nobody_reopened(self) -> None:
        case = self.case()
        assert case.answered_at
        due = self.now - case.answered_at >= timedelta(days=10)
        assert closing.close_answered(center=self.cast.center, now=self.now) == due

    # What holds -------------------------------------------------------------------------------------------------------

    @invariant()
    def history_only_grows_and_tells_the_state(self) -> None:
        case = self.case()
        rows = list(case.events.order_by("pk"))
        lines = [(row.pk, row.code, row.at) for row in rows]
        assert lines[: len(self.events)] == self.events
        assert [at for _, _, at in lines] == sorted(at for _, _, at in lines)
        moves = [row for row in rows if row.to_state]
        for earlier, later in pairwise(moves):
            assert later.from_state == earlier.to_state
        assert case.state == (moves[-1].to_state if moves else "received")
        assert {row.code for row in moves} <= set(TRANSITIONS)
        self.new = {code for _, code, _ in lines[len(self.events) :]}
        self.events = lines

    @invariant()
    def the_number_stays_and_no_draft_is_lost(self) -> None:
        """Versions are only added; what was saved is one of them, what was typed is one of them or still kept."""
        assert self.case().number == self.number
        texts = self.texts()
        assert texts[: len(self.versions)] == self.versions
        self.versions = texts
        assert set(self.saved) <= set(texts)
        kept = dict(WorkingCopy.objects.filter(message_id=self.pk).values_list("user_id", "text"))
        for who, text in self.typed.items():
            assert text in texts or kept.get(self.cast.people[who].pk) == text

    @invariant()
    def what_is_met_stays_met_and_what_is_breached_stays_breached(self) -> None:
        rows = {row.pk: row for row in Deadline.objects.filter(message_id=self.pk)}
        for pk, met_at in self.met.items():
            # Only a return or a recall takes an agreement back; a merged case has that of its leading one.
            undone = self.new & {"return", "recall"} and rows[pk].kind in ("agree", "approve")
            # A redirection is taken back while it is fresh.
            assert rows[pk].met_at == met_at or undone or ("take_back" in self.new and rows[pk].kind == "redirect")
        for pk, breached_at in self.breached.items():
            assert rows[pk].breached_at == breached_at == rows[pk].due_at or "term" in {code for _, code, _ in self.events}
        self.met = {pk: row.met_at for pk, row in rows.items() if row.met_at}
        self.breached = {pk: row.breached_at for pk, row in rows.items() if row.breached_at}

    @invariant()
    def terms_in_force_are_one_a_kind_and_the_nearest_leads_the_lists(self) -> None:
        case = self.case()
        rows = [row for row in Deadline.objects.filter(message_id=self.pk) if row.void_at is None]
        kinds = [(row.kind, row.cycle) for row in rows]
        assert len(kinds) == len(set(kinds))
        waiting = [row.due_at for row in rows if row.met_at is None and row.cycle == case.cycle]
        assert case.next_due_at == (min(waiting, default=NO_TERM) if case.state in OPEN else NO_TERM)
        assert all(row.next_step_at is None for row in rows if row.met_at is not None)
        assert case.cycle == len([code for _, code, _ in self.events if code == "reopen"])

    @invariant()
    def no_state_is_without_an_exit_for_somebody(self) -> None:
        """Whoever is to act is there: a case never stands where nobody may move it on."""
        case = self.case()
        moving = {name for actor in self.people.values() for name in policies.allowed(actor, case)} - STAYING
        assert moving, f"nobody can move a case that is {case.state}"

    @invariant()
    def each_breach_is_told_once(self) -> None:
        breached = set(Deadline.objects.filter(message_id=self.pk, breached_at__isnull=False).values_list("pk", flat=True))
        told = list(self.case().events.filter(code="breach").values_list("data__deadline", flat=True))
        assert len(told) == len(set(told))
        assert set(told) == breached
        steps = DeadlineStep.objects.filter(deadline__message_id=self.pk, step="breach")
        assert set(steps.values_list("deadline_id", flat=True)) == breached


@pytest.mark.django_db
def test_services_keep_their_promises(okt: Cast, kor: Cast) -> None:
    Life.cast = okt
    Life.people = {name: okt.actor(name) for name in okt.people} | {"stranger": kor.actor("head")}
    quick = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Life, settings=quick)
