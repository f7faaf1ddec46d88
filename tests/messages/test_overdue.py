"""The register of broken terms (R69): who holds each, where its time went, and the cause that is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime
from pytest_django import Settings

from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from messages.models import Deadline, Lateness, Message, MessageEvent
from messages.selectors.case import case_page
from messages.selectors.terms import overdue
from messages.selectors.terms.calendar import with_cases
from messages.services import lateness, questions, routing
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, of_case, page, words
from tests.messages.scenes import IM, Scene, bring

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # nobody is asked for a code
    with time_machine.travel(LATER, tick=False):
        yield


def broken(okt: Cast, state: str = "drafting") -> tuple[Scene, Deadline]:
    """A case of the roads whose agreement is long overdue."""
    scene = bring(okt, IM, state)
    return scene, Deadline.objects.get(message=scene.message, kind="agree")


def explain(okt: Cast, who: str, term: Deadline, cause: str = "no_data", note: str = "") -> Lateness:
    return lateness.explain(deadline_id=term.pk, actor=okt.actor(who), cause=cause, note=note, now=LATER)


class TestRegister:
    def test_what_is_overdue_stands_with_who_holds_it_and_by_which_clause(self, okt: Cast) -> None:
        scene, _ = broken(okt)
        shown = words(browser(okt, "im").get(page(okt, "overdue")))
        assert scene.message.number in shown
        assert okt.people["roads"].short_name in shown
        assert "просрочено на 1 д 20 ч" in shown
        assert "Регл. 2.5" in shown
        assert 'дольше всего: подготовка ответа, <b class="nowrap">1 д 23 ч</b>' in shown

    def test_each_sees_the_own_cases_only(self, okt: Cast) -> None:
        scene, _ = broken(okt)
        for name, sees in {"roads": True, "housing": False, "pos": False, "head": True}.items():
            shown = words(browser(okt, name).get(page(okt, "overdue")))
            assert (scene.message.number in shown) is sees, name

    def test_met_late_stands_by_itself_and_within_its_days(self, okt: Cast) -> None:
        scene, term = broken(okt)
        Deadline.objects.filter(pk=term.pk).update(met_at=NOW + 5 * HOUR, breached_at=NOW + 4 * HOUR)
        client = browser(okt, "im")
        address = page(okt, "overdue")
        assert scene.message.number not in words(client.get(address))
        assert scene.message.number in words(client.get(address, {"done": "1"}))
        assert scene.message.number not in words(client.get(address, {"done": "1", "until": "2026-11-17"}))
        assert scene.message.number in words(client.get(address, {"done": "1", "since": "2026-11-18", "until": "2026-11-18"}))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"block": "roads"}, True), ({"block": "housing"}, False), ({"block": "\x00"}, True), ({"source": "im"}, True),
            ({"source": "pos"}, False), ({"kind": "agree"}, True), ({"kind": "answer"}, False), ({"cause": "none"}, True),
            ({"cause": "hard"}, False), ({"cause": "\x00"}, True), ({"after": "x"}, True), ({"kind": "such"}, True),
        ],
    )  # fmt: skip
    def test_the_address_holds_the_filters(self, okt: Cast, query: dict[str, str], found: bool) -> None:
        scene, _ = broken(okt)
        answer = browser(okt, "head").get(page(okt, "overdue"), query)
        assert answer.status_code == 200
        assert (scene.message.number in words(answer)) is found

    def test_who_holds_it_is_a_filter_too(self, okt: Cast) -> None:
        scene, _ = broken(okt, "block_approval")
        address = page(okt, "overdue")
        for name, holds in {"roads_curator": True, "housing": False, "im": False}.items():
            shown = words(browser(okt, "head").get(address, {"person": str(okt.people[name].pk)}))
            assert (scene.message.number in shown) is holds, name
        assert scene.message.number in words(browser(okt, "roads_curator").get(address, {"person": "me"}))

    def test_causes_are_counted_and_each_opens_its_list(self, okt: Cast) -> None:
        (one, first), (two, _) = broken(okt), broken(okt)
        explain(okt, "roads_curator", first)
        client = browser(okt, "head")
        shown = words(client.get(page(okt, "overdue")))
        assert 'Без причины <b class="num">1</b>' in shown
        assert 'подрядчика <b class="num">1</b>' in shown
        named = words(client.get(page(okt, "overdue"), {"cause": "no_data"}))
        assert one.message.number in named
        assert two.message.number not in named

    def test_pages_follow_each_other_and_cost_the_same(self, okt: Cast) -> None:
        client = browser(okt, "head")
        costs, numbers = [], set()
        for count in (3, 70):
            crowd(okt, count, states=(State.DRAFTING,))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(page(okt, "overdue")).status_code == 200
            costs.append(len(queries))
        assert costs[0] == costs[1] <= 15
        address = page(okt, "overdue")
        while address:
            answer = client.get(address)
            numbers |= {row.line.pk for row in answer.context["rows"]}
            address = page(okt, "overdue") + answer.context["older_url"] if answer.context["older_url"] else ""
        assert numbers == set(Deadline.objects.filter(due_at__lt=LATER).values_list("pk", flat=True))


class TestStages:
    def test_the_time_of_a_term_is_shared_among_the_states_without_rest(self, okt: Cast) -> None:
        scene, term = broken(okt)
        start = term.started_at
        moves = {5: "block_approval", 30: "drafting", 31: "block_approval"}
        for hours, state in moves.items():
            MessageEvent.objects.create(
                message=scene.message,
                at=start + hours * HOUR,
                code="submit",
                actor_kind="person",
                from_state="drafting",
                to_state=state,
            )
        Message.objects.filter(pk=scene.message.pk).update(state="block_approval")
        (read,) = with_cases(Deadline.objects.filter(pk=term.pk))
        past = overdue.pasts([read], LATER)[term.pk]
        assert sum((stage.length for stage in past.stages), timedelta()) == LATER - start
        assert sum(stage.share for stage in past.stages) == pytest.approx(1)
        assert past.longest is not None
        assert past.longest.name == "на согласовании у куратора блока"
        assert past.longest.length == 25 * HOUR + (LATER - start - 31 * HOUR)
        assert past.since == start + 31 * HOUR

    def test_who_has_it_since_when_is_not_moved_by_a_step_that_stays(self, okt: Cast) -> None:
        scene, term = broken(okt)
        taken = scene.now
        scene.act(questions.ask, "im", text="У какого дома?", delivery="личным сообщением")
        scene.act(questions.hear, "im", text="У дома 5.")
        assert self._since(term) == taken
        scene.act(routing.assign, "im", block_id=okt.block("roads").pk)
        given = scene.now
        assert self._since(term) == given > taken
        shown = words(browser(okt, "im").get(of_case(scene)))
        assert f'с <time datetime="{localtime(given, okt.center.tz).isoformat()}"' in shown

    def _since(self, term: Deadline) -> datetime:
        (read,) = with_cases(Deadline.objects.filter(pk=term.pk))
        since: datetime = overdue.pasts([read], LATER)[term.pk].since
        page = case_page(message=read.message, center=read.message.center)
        assert page.holder_since == since, "the page of the case says the same"
        return since

    def test_a_met_term_counts_to_its_end(self, okt: Cast) -> None:
        _, term = broken(okt)
        Deadline.objects.filter(pk=term.pk).update(met_at=term.started_at + 7 * HOUR)
        (read,) = with_cases(Deadline.objects.filter(pk=term.pk))
        past = overdue.pasts([read], LATER)[term.pk]
        assert sum((stage.length for stage in past.stages), timedelta()) == 7 * HOUR


class TestCause:
    @pytest.mark.parametrize("who", ["roads_curator", "roads", "im", "head", "support"])
    def test_those_who_answer_for_the_term_name_its_cause(self, okt: Cast, who: str) -> None:
        _, term = broken(okt)
        said = explain(okt, who, term, note="Подрядчик не ответил.")
        assert (said.cause, said.note, said.by) == ("no_data", "Подрядчик не ответил.", okt.people[who])

    @pytest.mark.parametrize("who", ["tech", "curator", "district_head"])
    def test_others_who_see_it_do_not(self, okt: Cast, who: str) -> None:
        _, term = broken(okt)
        with pytest.raises(NotAllowed):
            explain(okt, who, term)

    @pytest.mark.parametrize("who", ["housing", "housing_curator", "pos"])
    def test_those_who_do_not_see_it_find_nothing(self, okt: Cast, who: str) -> None:
        _, term = broken(okt)
        with pytest.raises(NotFound):
            explain(okt, who, term)
        assert browser(okt, who).get(page(okt, "lateness", term.pk)).status_code == 404

    def test_another_center_finds_nothing(self, okt: Cast, kor: Cast) -> None:
        _, term = broken(okt)
        with pytest.raises(NotFound):
            lateness.explain(deadline_id=term.pk, actor=kor.actor("head"), cause="hard", note="", now=LATER)

    def test_the_history_keeps_the_former_cause(self, okt: Cast) -> None:
        scene, term = broken(okt)
        explain(okt, "roads", term)
        explain(okt, "roads", term)  # the same again is no change
        explain(okt, "head", term, cause="long_agreement", note="Три возврата.")
        assert Lateness.objects.get().cause == "long_agreement"
        events = MessageEvent.objects.filter(message=scene.message, code="lateness").order_by("pk")
        assert [(event.data["former"], event.data["cause"]) for event in events] == [
            ("", "no_data"),
            ("no_data", "long_agreement"),
        ]
        shown = words(browser(okt, "head").get(of_case(scene)))
        assert "Долго согласовывали, прежде — Ждали сведений" in shown
        assert "Три возврата." in shown
        assert "Причина опоздания: Долго согласовывали" in " ".join(shown.split())
        assert "Изменить причину" in shown

    def test_a_remark_is_masked_for_the_technical_role(self, okt: Cast) -> None:
        scene, term = broken(okt)
        explain(okt, "roads", term, note="Подрядчик не берёт трубку: +7 922 123-45-67.")
        for address in (page(okt, "overdue"), of_case(scene)):
            assert "123-45-67" in words(browser(okt, "roads").get(address))
            shown = words(browser(okt, "tech").get(address))
            assert "123-45-67" not in shown
            assert "Подрядчик не берёт трубку" in shown
        assert browser(okt, "tech").get(page(okt, "lateness", term.pk)).status_code == 403

    @pytest.mark.parametrize(
        ("cause", "note", "field"), [("such", "", "cause"), ("other", " ", "note"), ("hard", "х" * 1001, "note")]
    )
    def test_what_is_wrong_is_named(self, okt: Cast, cause: str, note: str, field: str) -> None:
        _, term = broken(okt)
        with pytest.raises(Invalid) as refused:
            explain(okt, "head", term, cause=cause, note=note)
        assert list(refused.value.fields) == [field]
        assert not Lateness.objects.exists()

    def test_a_term_that_is_kept_has_no_cause(self, okt: Cast) -> None:
        _, term = broken(okt)
        for change in ({"due_at": LATER + HOUR}, {"due_at": NOW, "met_at": NOW}, {"met_at": None, "void_at": NOW}):
            Deadline.objects.filter(pk=term.pk).update(**change)
            with pytest.raises(WrongState):
                explain(okt, "head", term)

    def test_it_is_named_in_the_line_and_without_scripts_on_a_page(self, okt: Cast) -> None:
        scene, term = broken(okt)
        client = browser(okt, "roads_curator")
        address = page(okt, "lateness", term.pk)
        back = page(okt, "overdue") + "?block=roads"
        assert "Назвать причину" in words(client.get(back))
        part = words(client.get(address, {"back": back}, headers={"HX-Request": "true"}))
        assert "<html" not in part
        assert "выберите" in part
        cell = words(client.post(address, {"cause": "hard", "back": back}, headers={"HX-Request": "true"}))
        assert "Сложный вопрос" in cell
        wrong = client.post(address, {"cause": "", "note": "Вот почему.", "back": back})
        assert wrong.status_code == 400
        assert "Вот почему." in words(wrong)
        done = client.post(address, {"cause": "nobody", "note": "", "back": back})
        assert done.url == back  # type: ignore[attr-defined]
        assert "Ответственный отсутствовал" in words(client.get(back))
        assert scene.message.number in words(client.get(back))

    def test_the_tally_by_cause_is_put_right_with_the_same_answer(self, okt: Cast) -> None:
        (_, first), _ = broken(okt), broken(okt)
        client, page_url = browser(okt, "head"), page(okt, "overdue")
        address, htmx = page(okt, "lateness", first.pk), {"HX-Request": "true"}
        shown = words(client.get(page_url))
        assert shown.count('id="causes"') == 1
        assert "hx-swap-oob" not in shown
        named = words(client.post(address, {"cause": "hard", "back": f"{page_url}?block=roads"}, headers=htmx))
        assert 'hx-swap-oob="true"' in named
        assert 'Без причины <b class="num">1</b>' in named
        assert 'нужен выезд или работы <b class="num">1</b>' in named
        assert 'href="?block=roads&cause=hard"' in named
        elsewhere = words(client.post(address, {"cause": "nobody", "back": of_case(broken(okt)[0])}, headers=htmx))
        assert "hx-swap-oob" not in elsewhere

    def test_the_way_back_leads_to_our_own_pages_only(self, okt: Cast) -> None:
        _, term = broken(okt)
        client = browser(okt, "head")
        for foreign in ("https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"):
            done = client.post(page(okt, "lateness", term.pk), {"cause": "hard", "back": foreign})
            assert done.url == page(okt, "overdue")  # type: ignore[attr-defined]
