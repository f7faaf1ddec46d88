"""Questions to the applicant: what they hold, how long, what ends the wait, who reads the words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from pytest_django import Settings

from blocks.models import DeadlineRule
from mcu.errors import Invalid, NotAllowed, WrongState
from mcu.models import Outbox
from messages.models import Deadline, Message, MessageEvent, Question
from messages.services import approval, closing, merging, progress, questions, routing
from messages.services.sweep import sweep
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, MINUTE, POS, Scene, bring

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ASKED = "У какого дома не горит фонарь? Мой телефон 8 922 123-45-67."


@pytest.fixture
def okt(okt: Cast) -> Cast:
    """A Center whose charter stops the clock while the applicant is asked, on the platform and in «Инцидент Менеджмент»."""
    DeadlineRule.objects.filter(center=okt.center, code__in=["pos_answer", "im_agree"]).update(pauses=True)
    return okt


def ask(scene: Scene, who: str = "", **values: Any) -> Question:
    asked: Question = scene.act(
        questions.ask, who or scene.chain.publisher, **{"text": ASKED, "delivery": "личным сообщением"} | values
    )
    return asked


def hear(scene: Scene, who: str = "", **values: Any) -> Question:
    heard: Question = scene.act(questions.hear, who or scene.chain.publisher, **{"text": "У дома 5."} | values)
    return heard


def fresh(scene: Scene) -> Message:
    return Message.objects.select_related("center", "source", "block", "leading").get(pk=scene.message.pk)


def term(scene: Scene, kind: str = "answer") -> Deadline:
    return Deadline.objects.get(message=scene.message, kind=kind, void_at__isnull=True, cycle=fresh(scene).cycle)


def local(scene: Scene, deadline: Deadline) -> str:
    return f"{deadline.due_at.astimezone(scene.cast.center.tz):%d.%m.%Y %H:%M}"


class TestTheClock:
    def test_it_stands_to_the_end_of_the_last_day_of_the_charter(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        assert local(scene, term(scene)) == "13.12.2026 23:59"
        question = ask(scene)
        assert f"{question.until.astimezone(okt.center.tz):%d.%m.%Y %H:%M:%S}" == "28.11.2026 23:59:59"
        assert local(scene, term(scene)) == "23.12.2026 23:59"
        assert term(scene).paused_until == question.until
        assert fresh(scene).next_due_at == term(scene).due_at
        assert fresh(scene).state == State.DRAFTING

    def test_it_goes_on_when_the_answer_came_not_when_it_was_written_down(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        came = scene.now + 3 * DAY
        scene.now += 5 * DAY
        hear(scene, answered_at=came)
        assert local(scene, term(scene)) == "16.12.2026 23:59"
        assert term(scene).paused_until == came

    def test_it_goes_on_by_itself_when_nothing_comes(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        question = ask(scene)
        scene.now = question.until + DAY
        sweep(now=scene.now)
        assert (local(scene, term(scene)), term(scene).breached_at) == ("23.12.2026 23:59", None)
        scene.now = term(scene).due_at + MINUTE
        sweep(now=scene.now)
        assert term(scene).breached_at == term(scene).due_at
        for step in (scene.submit, scene.agree, scene.send):
            step()
        assert fresh(scene).state == State.ANSWERED

    def test_an_answer_after_the_limit_is_kept_and_moves_nothing(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        question = ask(scene)
        before = term(scene).due_at
        scene.now = question.until + 3 * DAY
        hear(scene)
        assert Question.objects.get().answer == "У дома 5."
        assert term(scene).due_at == before

    def test_hours_stand_to_the_minute(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        before = term(scene, "agree").due_at
        ask(scene)
        scene.now += 89 * MINUTE
        hear(scene)
        assert term(scene, "agree").due_at == before + 90 * MINUTE

    def test_a_rule_that_does_not_pause_goes_on(self, okt: Cast) -> None:
        DeadlineRule.objects.update(pauses=False)
        scene = bring(okt, POS, "drafting")
        before = term(scene)
        ask(scene)
        assert (term(scene).due_at, term(scene).paused_until) == (before.due_at, None)

    def test_what_has_passed_is_not_put_off(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        scene.now = term(scene).due_at + HOUR
        sweep(now=scene.now)
        before = term(scene)
        ask(scene)
        assert (term(scene).due_at, term(scene).breached_at, term(scene).paused_until) == (before.due_at, before.due_at, None)

    def test_nor_by_a_question_said_to_be_older(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        before = term(scene)
        asked_at = before.due_at - DAY
        scene.now = before.due_at + HOUR
        ask(scene, asked_at=asked_at)
        assert term(scene).due_at == before.due_at

    def test_two_questions_are_counted_each_and_no_day_twice(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        scene.now += 2 * DAY
        heard = hear(scene)
        scene.now += 3 * DAY
        with pytest.raises(Invalid, match="Пока ждали ответа на прошлый вопрос"):
            ask(scene, asked_at=NOW + DAY)
        assert heard.answered_at
        ask(scene, asked_at=heard.answered_at)
        hear(scene)
        assert local(scene, term(scene)) == "18.12.2026 23:59"  # the five days of both


class TestWhoAndHowOften:
    def test_the_publisher_asks_and_whoever_hears_brings_the_answer(self, okt: Cast) -> None:
        for who in ("im", "roads"):
            scene = bring(okt, IM, "assigned")
            with pytest.raises(NotAllowed):
                ask(scene, "roads")
            ask(scene, "im")
            with pytest.raises(NotAllowed):
                hear(scene, "head")
            hear(scene, who)
            assert Question.objects.get(message=scene.message).answer_by == okt.people[who]

    def test_one_at_a_time_and_no_more_than_the_charter_allows(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        with pytest.raises(Invalid, match=r"ответа ждём до 28\.11\.2026"):
            ask(scene)
        hear(scene)
        ask(scene)
        hear(scene)
        with pytest.raises(Invalid, match="Вопросов заявителю уже 2"):
            ask(scene)

    def test_the_database_holds_one_open_question(self, okt: Cast) -> None:
        question = ask(bring(okt, POS, "drafting"))
        question.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            question.save()

    def test_after_its_limit_a_question_gives_way_to_the_next(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        first = ask(scene)
        scene.now = first.until + HOUR
        second = ask(scene)
        first.refresh_from_db()
        assert (first.answered_at, first.answer) == (first.until, "")
        assert fresh(scene).question_until == second.until
        assert term(scene).paused_until == second.until

    def test_a_colleague_was_faster(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        hear(scene)
        with pytest.raises(WrongState, match="уже внёс коллега"):
            hear(scene)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"text": " "}, "text"),
            ({"delivery": ""}, "url"),
            ({"url": "vk.com/1"}, "url"),
            ({"asked_at": NOW - DAY}, "asked_at"),
            ({"asked_at": NOW + DAY}, "asked_at"),
        ],
    )
    def test_what_is_missing_is_named(self, okt: Cast, values: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            ask(bring(okt, POS, "drafting"), **values)
        assert field in refused.value.fields
        assert not Question.objects.exists()

    @pytest.mark.parametrize(
        ("values", "field"),
        [({"text": ""}, "text"), ({"answered_at": NOW}, "answered_at"), ({"answered_at": NOW + DAY}, "answered_at")],
    )
    def test_so_it_is_of_the_answer(self, okt: Cast, values: dict[str, Any], field: str) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        with pytest.raises(Invalid) as refused:
            hear(scene, **values)
        assert field in refused.value.fields
        assert fresh(scene).question_until


class TestWhatEndsTheWait:
    def test_the_answer_to_the_case(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        scene.now += 2 * DAY
        for step in (scene.submit, scene.agree, scene.send):
            step()
        message, answer = fresh(scene), term(scene)
        assert (answer.met_at, answer.paused_until) == (message.answered_at, message.answered_at)
        assert local(scene, answer) == "15.12.2026 23:59"
        with pytest.raises(WrongState):
            hear(scene)

    def test_what_is_done_while_the_clock_stands_is_in_time(self, okt: Cast) -> None:
        """Asked in the last minute of a term in working hours, answered at night: the clock had no minute left."""
        DeadlineRule.objects.filter(code="pos_answer").update(unit="working_hours", amount=1)
        scene = Scene(okt, POS, okt.message("pos"))
        scene.assign()
        scene.draft()
        due = term(scene).due_at
        scene.now = due - MINUTE
        ask(scene, asked_at=due - timedelta(seconds=1))
        scene.now = due + 12 * HOUR
        for step in (scene.submit, scene.agree, scene.send):
            step()
        answer = term(scene)
        assert answer.met_at
        assert answer.met_at <= answer.due_at
        assert not fresh(scene).events.filter(code="breach").exists()

    def test_a_reopening_begins_without_it(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        for step in (scene.submit, scene.agree, scene.send):
            step()
        scene.act(closing.reopen, "pos", reason="Не по существу.")
        assert fresh(scene).question_until is None
        assert term(scene).paused_until is None
        ask(scene)
        assert term(scene).paused_until

    def test_handing_on_and_declining_do_not(self, okt: Cast) -> None:
        """The applicant was asked, whoever answers in the end: the answer is brought to where the case is."""
        scene = bring(okt, POS, "drafting")
        question = ask(scene)
        due = term(scene).due_at
        scene.act(routing.decline, "roads", reason="Не наше.")
        assert (term(scene).due_at, term(scene).paused_until) == (due, question.until)
        scene.act(routing.assign, "pos", block_id=okt.block("housing").pk)
        assert term(scene).due_at == due
        scene.act(routing.take_back, "pos")
        hear(scene, "pos")
        assert local(scene, term(scene)) == "13.12.2026 23:59"
        assert fresh(scene).state == State.RECEIVED

    def test_nor_does_the_way_to_agreement_and_back(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene)
        due = term(scene).due_at
        scene.submit()
        scene.act(approval.return_, "roads_curator", comment="Назовите срок.")
        assert term(scene).due_at == due
        scene.submit()
        hear(scene)
        assert fresh(scene).state == State.BLOCK_APPROVAL
        assert local(scene, term(scene)) == "13.12.2026 23:59"

    def test_a_hand_over_after_which_the_applicant_was_asked_is_not_undone(self, okt: Cast) -> None:
        scene = bring(okt, POS, "assigned")
        handed = fresh(scene).handed_over_at
        question = ask(scene)
        scene.act(routing.take_back, "pos")
        assert fresh(scene).handed_over_at == handed
        assert term(scene).paused_until == question.until


class TestMergedOnes:
    def test_the_question_of_the_leading_one_holds_those_answered_with_it(self, okt: Cast) -> None:
        leading, merged = bring(okt, POS, "drafting"), bring(okt, POS, "received")
        merged.act(merging.merge, "head", leading_id=leading.message.pk)
        leading.now = merged.now
        question = ask(leading)
        assert term(merged).paused_until == question.until
        held = term(merged).due_at
        leading.now += 2 * DAY
        hear(leading)
        assert DAY < held - term(merged).due_at < 9 * DAY

    def test_both_questions_at_once_count_each_day_once(self, okt: Cast) -> None:
        leading, merged = bring(okt, POS, "drafting"), bring(okt, POS, "drafting")
        ask(merged)
        merged.act(merging.merge, "head", leading_id=leading.message.pk)
        assert local(merged, term(merged)) == "23.12.2026 23:59"
        leading.now = merged.now
        ask(leading)
        assert local(merged, term(merged)) == "23.12.2026 23:59"
        merged.now = leading.now
        hear(merged, "pos")
        assert local(merged, term(merged)) == "23.12.2026 23:59"  # the leading one still waits

    def test_what_put_it_off_holds_when_it_is_answered(self, okt: Cast) -> None:
        """The leading one's promise and question do not fall away with the answer: the merged one would turn late."""
        leading, merged = bring(okt, IM, "drafting"), bring(okt, IM, "assigned")
        merged.act(merging.merge, "im", leading_id=leading.message.pk)
        leading.now = merged.now
        ask(leading)
        day = (leading.now + 5 * DAY).date()
        leading.act(progress.interim, "im", text="Заказано.", promised_on=day, delivery="сообщением")
        before = term(merged, "agree").due_at
        leading.now += 4 * DAY
        for step in (leading.submit, leading.agree, leading.approve, leading.send):
            step()
        agreed = term(merged, "agree")
        assert fresh(merged).state == State.APPROVED
        assert (agreed.due_at, agreed.breached_at) == (before, None)
        leading.act(closing.reopen, "im", reason="Снова.")
        merged.now = leading.now
        merged.send()
        agreed = term(merged, "agree")  # what is done stands as it was done
        assert agreed.met_at
        assert agreed.met_at <= agreed.due_at == before
        assert agreed.breached_at is None

    def test_an_own_promise_is_not_lost_by_merging(self, okt: Cast) -> None:
        leading, merged = bring(okt, IM, "drafting"), bring(okt, IM, "drafting")
        day = (merged.now + 5 * DAY).date()
        merged.act(progress.interim, "im", text="Заказано.", promised_on=day, delivery="сообщением")
        promised = term(merged, "agree").due_at
        merged.act(merging.merge, "im", leading_id=leading.message.pk)
        assert term(merged, "agree").due_at == promised


class TestWords:
    def test_the_history_says_when_it_was_posted_where_it_was_recorded_later(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        scene.now += 2 * HOUR
        ask(scene, asked_at=NOW + HOUR)
        shown = words(browser(okt, "roads").get(of_case(scene)))
        assert "Задан вопрос заявителю: задан 18.11.2026 11:00, ответа ждут до 28.11.2026" in shown

    def test_the_history_keeps_no_words_of_the_applicant(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        question = ask(scene)
        hear(scene, text="Живу по адресу Ленина, 5.")
        rows = {row.code: row for row in MessageEvent.objects.filter(message=scene.message, code__in=["ask", "hear"])}
        assert set(rows["ask"].data) == {"question", "asked_at", "until"}
        assert set(rows["hear"].data) == {"question", "answered_at"}
        assert {row.data["question"] for row in rows.values()} == {question.pk}
        assert not any(hasattr(row, "note") for row in rows.values())

    def test_those_who_wait_are_told_without_the_words(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        ask(scene)
        hear(scene)
        told = {row.kind: row for row in Outbox.objects.filter(user=okt.people["roads"], kind__in=["ask", "hear"])}
        assert "ждём ответа до 28.11.2026" in told["ask"].subject
        assert "ответил на вопрос" in told["hear"].subject
        assert not any("922" in row.subject + row.body for row in told.values())


class TestPages:
    @pytest.fixture(autouse=True)
    def _later(self, settings: Settings) -> Iterator[None]:
        settings.DEMO = True
        with time_machine.travel(NOW + HOUR, tick=False):
            yield

    def test_asked_and_answered_on_the_case_page(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        client = browser(okt, "roads")
        page = words(client.get(of_case(scene)))
        assert "часы стоят, но не дольше 10 дней. Остановится срок: ответ заявителю" in page
        assert "Ответ заявителя" not in page
        page = words(client.post(of_case(scene, "ask"), {"text": ASKED, "delivery": "кабинет ПОС"}, follow=True))
        assert "Вопрос заявителю, ответа ждём до 28.11.2026" in page
        assert "Часы стоят до" in page
        assert "ждём заявителя" in page
        assert of_case(scene, "ask") not in page  # one at a time
        page = words(client.post(of_case(scene, "hear"), {"text": "У дома 5, во дворе."}, follow=True))
        assert "У дома 5, во дворе." in page
        assert "ждём заявителя" not in page
        assert of_case(scene, "hear") not in page

    def test_it_says_plainly_that_no_term_stops(self, okt: Cast) -> None:
        DeadlineRule.objects.update(pauses=False)
        page = words(browser(okt, "roads").get(of_case(bring(okt, POS, "drafting"))))
        assert "По этому источнику срок не останавливается" in page

    def test_what_was_typed_comes_back_with_the_refusal(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        response = browser(okt, "roads").post(of_case(scene, "ask"), {"text": "Где именно?", "asked_at": "не помню"})
        assert response.status_code == 400
        assert "Где именно?" in words(response)
        assert "Дата и время не разобраны" in words(response)

    def test_contacts_are_hidden_from_the_technical_role(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        ask(scene, url="https://vk.com/proba_example")
        hear(scene, text="Пишите на proba@example.org")
        page = words(browser(okt, "tech").get(of_case(scene)))
        assert "Мой телефон [телефон скрыт]" in page
        assert "proba" not in page
        assert "proba@example.org" in words(browser(okt, "pos").get(of_case(scene)))

    def test_the_chance_to_be_late_is_told_with_where_it_comes_from(self, okt: Cast) -> None:
        scene = bring(okt, POS, "drafting")
        client = browser(okt, "roads")
        assert "Вероятность опоздания" not in words(client.get(of_case(scene)))
        Deadline.objects.filter(message=scene.message, kind="answer").update(chance=70)
        page = words(client.get(of_case(scene)))
        assert "Вероятность опоздания 70 %" in page
        assert "по истории похожих дел" in page
