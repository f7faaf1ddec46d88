"""The rarer paths: recall, interim answers, extension by law, merging and splitting, taking a decision back."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pytest_django import Settings

from blocks.actors import Actor
from blocks.charters import parse
from blocks.charters.reading import FOLDER
from blocks.models import Topic
from blocks.services.load_charter import apply
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import Outbox
from messages import policies
from messages.models import Deadline, Message, Regime, Reply
from messages.selectors.pressure import overdue_terms
from messages.services import approval, closing, merging, progress, reply, routing
from messages.services.sweep import sweep
from messages.workflow import State
from reports import cases
from reports.periods import Span
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, page, words
from tests.messages.scenes import IM, MINUTE, POS, Chain, Scene, bring

APPEAL = Chain("fz59", "roads", "fz59", "roads", "roads_curator", "fz59", "source_curator", needs_head=False)
DAY = timedelta(days=1)


def fresh(scene: Scene) -> Message:
    return Message.objects.select_related("center", "source", "block", "leading").get(pk=scene.message.pk)


def term(scene: Scene, kind: str) -> Deadline:
    return Deadline.objects.get(message=scene.message, kind=kind, void_at__isnull=True, cycle=fresh(scene).cycle)


class TestRecall:
    def test_the_author_takes_the_answer_back_and_the_text_stays(self, okt: Cast) -> None:
        scene = bring(okt, IM, "head_approval")
        scene.act(progress.recall, "roads", reason="Забыли назвать срок.")
        message = fresh(scene)
        assert message.state == State.DRAFTING
        assert (message.agreed_at, message.agreed_version, message.completeness) == (None, None, None)
        assert Reply.objects.get(message=message).text
        assert message.events.latest("pk").note.text == "Забыли назвать срок."

    def test_another_responsible_of_the_block_does_not(self, okt: Cast) -> None:
        scene = bring(okt, IM, "block_approval")
        okt.add("colleague", okt.actor("roads").grants[0].role, block="roads")
        with pytest.raises(NotAllowed, match="тот, кто передал"):
            scene.act(progress.recall, "colleague", reason="Я бы написал иначе.")

    def test_an_agreed_answer_is_recalled_by_the_publisher_or_the_head_and_agreed_anew(self, okt: Cast) -> None:
        for who in ("im", "head"):
            scene = bring(okt, IM, "approved")
            scene.act(progress.recall, who, reason="Ссылка ведёт не туда.")
            assert fresh(scene).state == State.DRAFTING
            scene.submit()
            assert fresh(scene).state == State.BLOCK_APPROVAL

    def test_a_reason_is_needed(self, okt: Cast) -> None:
        scene = bring(okt, IM, "approved")
        with pytest.raises(Invalid) as refused:
            scene.act(progress.recall, "head", reason="  ")
        assert "reason" in refused.value.fields


class TestInterim:
    def promise(self, scene: Scene, who: str, days: int = 5) -> None:
        day = (scene.now + days * DAY).astimezone(scene.cast.center.tz).date()
        scene.act(progress.interim, who, text="Материалы заказаны.", promised_on=day, delivery="сообщением")

    def test_the_terms_of_a_message_go_to_the_end_of_the_promised_day(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        before = term(scene, "agree").due_at
        self.promise(scene, "im")
        after = term(scene, "agree").due_at.astimezone(okt.center.tz)
        assert after > before
        assert (after + timedelta(microseconds=1)).time().isoformat() == "00:00:00"
        assert fresh(scene).state == State.DRAFTING
        assert fresh(scene).events.filter(code="term").exists()

    def test_what_is_late_already_stays_late(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        scene.now += 6 * timedelta(hours=1)
        sweep(now=scene.now)
        before = term(scene, "agree")
        self.promise(scene, "im")
        after = term(scene, "agree")
        assert (after.due_at, after.breached_at) == (before.due_at, before.due_at)

    def test_the_term_of_an_appeal_is_the_laws(self, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "drafting")
        before = term(scene, "answer").due_at
        self.promise(scene, "fz59", days=29)
        assert term(scene, "answer").due_at == before

    def test_not_endlessly(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        self.promise(scene, "roads")
        self.promise(scene, "roads", days=9)
        with pytest.raises(Invalid, match="Промежуточных ответов уже 2"):
            self.promise(scene, "roads", days=12)
        with pytest.raises(Invalid, match="не позже"):
            self.promise(bring(okt, POS, "drafting"), "roads", days=31)
        with pytest.raises(Invalid, match="уже прошёл"):
            self.promise(bring(okt, POS, "drafting"), "roads", days=-1)


class TestExtension:
    def extend(self, scene: Scene, who: str = "head", **values: Any) -> None:
        wanted = {"days": 30, "reason": "Запрошен другой орган.", "applicant_told": True} | values
        scene.act(progress.extend, who, **wanted)

    @pytest.mark.parametrize("state", ["assigned", "drafting", "block_approval", "approved"])
    def test_the_head_puts_an_appeal_off_once(self, state: str, okt: Cast) -> None:
        scene = bring(okt, APPEAL, state)
        before = term(scene, "answer").due_at
        self.extend(scene, days=10)
        assert timedelta(days=7) <= term(scene, "answer").due_at - before <= timedelta(days=10)  # a day off goes back
        assert fresh(scene).state == state
        with pytest.raises(NotAllowed, match="один раз"):
            self.extend(scene)

    def test_thirty_days_from_the_end_of_the_law(self, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "drafting")
        before = term(scene, "answer").due_at
        self.extend(scene)
        assert term(scene, "answer").due_at - before >= timedelta(days=27)
        assert fresh(scene).events.filter(code="extend").get().note.text == "Запрошен другой орган."

    def test_a_message_is_not_extended_and_nobody_is_offered_it(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        assert "extend" not in policies.allowed(okt.actor("head"), scene.message)
        with pytest.raises(NotAllowed, match="только обращениям"):
            self.extend(scene)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"days": 31}, "days"),
            ({"days": 0}, "days"),
            ({"reason": " "}, "reason"),
            ({"applicant_told": False}, "applicant_told"),
        ],
    )
    def test_what_is_missing_is_named(self, values: dict[str, Any], field: str, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "drafting")
        with pytest.raises(Invalid) as refused:
            self.extend(scene, **values)
        assert field in refused.value.fields

    def test_only_the_head(self, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "drafting")
        for who in ("fz59", "roads", "roads_curator", "support"):
            with pytest.raises(NotAllowed):
                self.extend(scene, who)

    def test_a_term_that_has_passed_is_not_extended(self, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "drafting")
        scene.now += 40 * DAY
        with pytest.raises(WrongState, match="не делает просроченное своевременным"):
            self.extend(scene)

    def test_a_reopening_begins_the_laws_term_anew(self, okt: Cast) -> None:
        scene = bring(okt, APPEAL, "assigned")
        self.extend(scene)
        scene.draft()
        scene.submit()
        scene.agree()
        scene.send()
        scene.act(closing.reopen, "fz59", reason="Ответ не по существу.")
        assert term(scene, "answer").due_at - scene.now <= 31 * DAY


class TestMerging:
    def group(self, okt: Cast, leads: Chain = IM, follows: Chain = POS, state: str = "received") -> tuple[Scene, Scene]:
        leading, merged = bring(okt, leads, "drafting"), bring(okt, follows, state)
        merged.act(merging.merge, "head", leading_number=leading.message.number.lower())
        return leading, merged

    def test_the_merged_one_is_answered_with_the_leading_one_through_its_own_channel(self, okt: Cast) -> None:
        leading, merged = self.group(okt)
        assert fresh(merged).state == State.MERGED
        leading.submit()
        leading.agree()
        leading.approve()
        assert fresh(merged).state == State.MERGED
        leading.send()
        message = fresh(merged)
        assert message.state == State.APPROVED
        assert Reply.objects.get(message=message).text == Reply.objects.get(message=leading.message).text
        assert message.events.filter(code="follow").get().data["leading"] == leading.message.number
        told = Outbox.objects.filter(user=okt.people["roads"], subject__startswith=message.number)
        assert "отправьте" in told.get().subject
        merged.now = leading.now
        merged.act(reply.send, "roads", posted_at=None, url="https://pos.gosuslugi.ru/1")
        assert fresh(merged).state == State.ANSWERED

    def test_a_draft_of_the_merged_one_is_kept(self, okt: Cast) -> None:
        leading, merged = self.group(okt, state="drafting")
        for step in (leading.submit, leading.agree, leading.approve, leading.send):
            step()
        texts = list(Reply.objects.filter(message=merged.message).values_list("version", flat=True))
        assert texts == [1, 2]
        assert fresh(merged).agreed_version == 2

    def test_it_stays_in_force_with_its_terms_which_follow_the_leading_agreement(self, okt: Cast) -> None:
        leading, merged = self.group(okt, follows=IM, state="assigned")
        assert term(merged, "agree").met_at is None
        leading.submit()
        leading.agree()
        assert term(merged, "agree").met_at == fresh(leading).agreed_at
        leading.act(approval.return_, "head", comment="Назовите срок.")
        assert term(merged, "agree").met_at is None
        later = leading.now + timedelta(hours=9)
        sweep(now=later)
        assert term(merged, "agree").breached_at is not None

    def test_the_leading_one_takes_the_strictest_chain(self, okt: Cast) -> None:
        leading, _ = self.group(okt, leads=POS, follows=IM)
        leading.submit()
        leading.agree()
        assert fresh(leading).state == State.HEAD_APPROVAL

    def test_a_split_gives_everything_back(self, okt: Cast) -> None:
        leading, merged = bring(okt, IM, "drafting"), bring(okt, IM, "drafting")
        before: dict[str, Any] = dict(Message.objects.values().get(pk=merged.message.pk))
        terms = list(
            Deadline.objects.filter(message=merged.message).order_by("pk").values("kind", "started_at", "due_at", "void_at")
        )
        merged.act(merging.merge, "im", leading_id=leading.message.pk)
        merged.act(merging.split, "im")
        after: dict[str, Any] = dict(Message.objects.values().get(pk=merged.message.pk))
        assert {name for name in after if after[name] != before[name]} <= {
            "changed_at",
            "submitted_by_id",
            "sorted_by_id",
            "sorted_at",
        }
        assert terms == list(
            Deadline.objects.filter(message=merged.message).order_by("pk").values("kind", "started_at", "due_at", "void_at")
        )
        leading.submit()
        leading.agree()
        assert fresh(leading).state == State.HEAD_APPROVAL

    def test_the_chain_of_the_leading_one_is_its_own_again_after_a_split(self, okt: Cast) -> None:
        leading, merged = self.group(okt, leads=POS, follows=IM)
        merged.act(merging.split, "head")
        leading.submit()
        leading.agree()
        assert fresh(leading).state == State.APPROVED

    def test_the_merged_ones_go_where_the_leading_one_goes(self, okt: Cast) -> None:
        leading, merged = self.group(okt)
        leading.act(routing.assign, "im", block_id=okt.block("housing").pk)
        assert fresh(merged).block == okt.block("housing")
        with pytest.raises(NotFound):
            merged.act(merging.split, "roads")

    def test_a_leading_one_that_is_merged_brings_its_own_along(self, okt: Cast) -> None:
        first, second = self.group(okt)
        third = bring(okt, IM, "assigned")
        first.act(merging.merge, "im", leading_id=third.message.pk)
        assert fresh(second).leading_id == third.message.pk

    def test_it_does_not_leave_the_center_with_others_merged_under_it(self, okt: Cast) -> None:
        leading, _ = self.group(okt)
        with pytest.raises(Invalid, match="Сначала разъедините"):
            leading.redirect()

    def test_what_does_not_fit_is_said(self, okt: Cast, kor: Cast) -> None:
        appeal, message, answered = bring(okt, APPEAL, "assigned"), bring(okt, IM, "assigned"), bring(okt, IM, "answered")
        merged = bring(okt, IM, "merged")
        stranger = kor.message("im")
        for scene, leading, said in (
            (appeal, message.message.number, "ведущим должно быть обращение"),
            (message, message.message.number, "с ним самим"),
            (message, answered.message.number, "только дело в работе"),
            (message, merged.message.number, "само объединено"),
            (message, stranger.number, "Такого сообщения нет"),
            (message, "\x00", "Такого сообщения нет"),
        ):
            with pytest.raises(Invalid, match=said):
                scene.act(merging.merge, "head", leading_number=leading)

    def test_an_agreed_answer_is_not_given_to_one_that_needs_the_head(self, okt: Cast) -> None:
        leading, message = bring(okt, POS, "approved"), bring(okt, IM, "assigned")
        with pytest.raises(Invalid, match="без руководителя"):
            message.act(merging.merge, "head", leading_id=leading.message.pk)

    def test_nor_to_one_that_leads_such_a_one(self, okt: Cast) -> None:
        approved, (middle, _) = bring(okt, POS, "approved"), self.group(okt, leads=POS, follows=IM)
        with pytest.raises(Invalid, match="без руководителя"):
            middle.act(merging.merge, "head", leading_id=approved.message.pk)

    def test_a_merged_appeal_is_registered(self, okt: Cast) -> None:
        leading, merged = self.group(okt, leads=APPEAL, follows=APPEAL)
        assert fresh(leading).regime == fresh(merged).regime == Regime.APPEAL
        assert fresh(merged).registered_at is not None


class TestTakingBack:
    def sorter(self, okt: Cast) -> Actor:
        return okt.actor("im")

    def test_a_hand_over_taken_back_at_once_was_not_made(self, okt: Cast) -> None:
        scene = bring(okt, IM, "assigned")
        scene.act(routing.take_back, "im")
        message = fresh(scene)
        assert (message.state, message.block, message.handed_over_at) == (State.RECEIVED, None, None)
        assert not Deadline.objects.filter(message=message, kind="agree", void_at__isnull=True).exists()
        assert message.registered_at is not None

    def test_later_the_clock_of_the_block_goes_on(self, okt: Cast) -> None:
        scene = bring(okt, IM, "assigned")
        handed_over_at = fresh(scene).handed_over_at
        scene.now += timedelta(minutes=20)
        scene.act(routing.take_back, "im")
        assert fresh(scene).handed_over_at == handed_over_at

    def test_not_once_the_block_has_begun_and_not_by_another(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        with pytest.raises(WrongState):
            scene.act(routing.take_back, "im")
        other = bring(okt, IM, "assigned")
        with pytest.raises(NotAllowed, match="тот, кто принял это решение"):
            other.act(routing.take_back, "head")

    @pytest.mark.parametrize("state", ["redirected", "dismissed"])
    def test_what_left_the_center_comes_back_only_while_it_is_fresh(self, state: str, okt: Cast) -> None:
        scene = bring(okt, IM, state)
        scene.act(routing.take_back, "im")
        message = fresh(scene)
        assert (message.state, message.cycle, message.redirected_to, message.dismissal_ground) == (State.RECEIVED, 0, "", "")
        late = bring(okt, IM, state)
        late.now = NOW + 16 * MINUTE
        with pytest.raises(WrongState, match="возобновите работу"):
            late.act(routing.take_back, "im")

    def test_a_second_hand_over_is_nobodys_to_take_back(self, okt: Cast) -> None:
        scene = bring(okt, IM, "assigned")
        scene.act(routing.assign, "im", block_id=okt.block("housing").pk)
        with pytest.raises(NotAllowed):
            scene.act(routing.take_back, "im")


class TestWhatIsLateStaysLate:
    def late(self, okt: Cast) -> Scene:
        """A message of the platform with fast-track, handed over, eleven days old: its ten days are over."""
        scene = Scene(okt, POS, okt.message("pos", fast_track=True, received_at=NOW - 11 * DAY))
        scene.assign()
        sweep(now=scene.now)
        return scene

    def classify(self, scene: Scene, who: str) -> None:
        values = {"topic_id": None, "settlement_id": None, "recipient_id": None, "fast_track": False}
        scene.act(routing.classify, who, **values)

    def test_the_block_does_not_take_fast_track_off(self, okt: Cast) -> None:
        scene = self.late(okt)
        for who in ("roads", "roads_curator"):
            with pytest.raises(NotAllowed, match="срок от этого становится длиннее"):
                self.classify(scene, who)

    def test_nobody_makes_a_late_case_one_in_time(self, okt: Cast) -> None:
        scene = self.late(okt)
        before = term(scene, "answer")
        self.classify(scene, "pos")
        after = term(scene, "answer")
        assert (after.due_at, after.breached_at, after.rule_id) == (before.due_at, before.due_at, before.rule_id)
        for step in (scene.draft, scene.submit, scene.agree, scene.send):
            step()
        sent = term(scene, "answer")
        assert sent.met_at is not None
        assert sent.met_at > sent.due_at
        assert not fresh(scene).events.filter(code="breach_corrected").exists()

    def test_while_the_term_runs_it_is_worked_out_anew(self, okt: Cast) -> None:
        scene = Scene(okt, POS, okt.message("pos", fast_track=True))
        scene.assign()
        before = term(scene, "answer").due_at
        self.classify(scene, "pos")
        assert term(scene, "answer").due_at == before + 15 * DAY


class TestTopicOfTheHandOver:
    """A topic decides terms: one that was emptied on the form is no longer the case's."""

    def topic(self, okt: Cast) -> Topic:
        found = okt.block("roads").topics.first()
        assert found
        return found

    @pytest.mark.parametrize("where", ["case", "desk"])
    @pytest.mark.parametrize("emptied", [True, False])
    def test_emptied_it_goes_and_not_asked_for_it_stays(self, where: str, emptied: bool, okt: Cast, settings: Settings) -> None:
        settings.DEMO = True
        message = okt.message("im")
        Message.objects.filter(pk=message.pk).update(topic=self.topic(okt))
        scene = Scene(okt, IM, message)
        address = of_case(scene, "assign") if where == "case" else page(okt, "sort", message.number, "assign")
        values = {"block": okt.block("roads").pk, "seen": message.stage} | ({"topic": ""} if emptied else {})
        browser(okt, "im").post(address, values)
        assert fresh(scene).state == State.ASSIGNED
        assert fresh(scene).topic == (None if emptied else self.topic(okt))


class TestInterimTerm:
    """A charter that asks for a word to the applicant within days of the hand-over."""

    ROW: ClassVar = {
        "code": "pos_interim", "kind": "interim", "title": "Промежуточный ответ: 2 дня с передачи", "basis": "default",
        "source": "pos", "starts_on": "handed_over", "amount": 2, "unit": "calendar_days",
    }  # fmt: skip

    @pytest.fixture
    def okt(self, okt: Cast) -> Cast:
        data = tomllib.loads((FOLDER / "oktyabrsky.toml").read_text(encoding="utf-8"))
        data["deadlines"].append(self.ROW)
        apply(charter=parse(data, file="oktyabrsky.toml"), actor_label="проверка", now=NOW - DAY, dry_run=False)
        return okt

    def interim(self, scene: Scene) -> None:
        day = (scene.now + 5 * DAY).date()
        scene.act(progress.interim, "roads", text="Заказано.", promised_on=day, delivery="кабинет ПОС")

    def test_the_row_of_the_charter_becomes_a_term_of_the_case(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        due = term(scene, "interim").due_at.astimezone(okt.center.tz)
        assert f"{due:%d.%m.%Y %H:%M}" == "20.11.2026 23:59"
        assert fresh(scene).next_due_at == due

    def test_the_first_interim_answer_meets_it_and_the_second_changes_nothing(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        self.interim(scene)
        first = scene.now
        self.interim(scene)
        assert term(scene, "interim").met_at == first
        assert fresh(scene).next_due_at == term(scene, "answer").due_at

    def test_so_does_the_answer(self, okt: Cast) -> None:
        scene = bring(okt, POS, "answered")
        assert term(scene, "interim").met_at == fresh(scene).answered_at

    def test_unmet_it_is_broken_told_and_counted_late(self, okt: Cast, settings: Settings) -> None:
        settings.DEMO = True
        scene = bring(okt, POS, "drafting")
        scene.now += 3 * DAY
        sweep(now=scene.now)
        assert term(scene, "interim").breached_at == term(scene, "interim").due_at
        assert Outbox.objects.filter(user=okt.people["roads"], subject__contains="промежуточный ответ").exists()
        assert [row.kind for row in overdue_terms(center_id=okt.center.pk, now=scene.now)] == ["interim"]
        shown = words(browser(okt, "roads").get(of_case(scene)))
        assert "Промежуточный ответ: 2 дня с передачи" in shown
        assert "Срок нарушен: промежуточный ответ" in shown
        for step in (scene.submit, scene.agree, scene.send, scene.close):
            step()
        week = Span(NOW, scene.now + DAY)
        assert cases.answered_late(okt.center, week).filter(pk=scene.message.pk).exists()

    def test_an_interim_answer_to_the_leading_message_before_is_no_word_to_this_one(self, okt: Cast) -> None:
        leading = bring(okt, POS, "drafting")
        self.interim(leading)
        merged = bring(okt, POS, "received", received_at=leading.now + MINUTE, now=leading.now + MINUTE)
        merged.now = leading.now + MINUTE
        merged.act(merging.merge, "head", leading_id=leading.message.pk)
        assert term(merged, "interim").met_at is None
        leading.now = merged.now
        self.interim(leading)
        assert term(merged, "interim").met_at == leading.now
