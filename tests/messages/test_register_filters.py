"""What the register can be asked for beyond its daily line; its columns; what stands in the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.models import DeadlineRule, Recipient, Settlement, Topic
from messages.models import Applicant, Deadline, Message, Satisfaction, Tag
from messages.selectors.register import Filters, filter_line, register, words_of
from messages.selectors.register.choices import names_for_line
from messages.selectors.register.columns import COLUMNS, DEFAULT
from messages.selectors.register.filters import NAMES
from messages.services.auto_rules import close_rule
from messages.workflow import State
from reports.present import due_today
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.rules_of import apply, make, waiting
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
QUERIES = 15


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # else the head would first be asked for the second step of sign-in
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def found(cast: Cast, name: str = "head", **filters: str) -> set[int]:
    rows = register(actor=cast.actor(name), center=cast.center, filters=Filters.read(filters), now=NOW + timedelta(hours=1))
    return set(rows.values_list("pk", flat=True))


def change(message: Message, **values: object) -> int:
    Message.objects.filter(pk=message.pk).update(**values)
    return message.pk


class TestConditions:
    def test_rows_of_lists_are_asked_for_by_their_code(self, okt: Cast) -> None:
        topic = Topic.objects.filter(center=okt.center).first()
        place = Settlement.objects.filter(center=okt.center).first()
        recipient = Recipient.objects.filter(center=okt.center).first()
        assert topic
        assert place
        assert recipient
        mine = change(okt.message("im"), topic=topic, settlement=place, recipient=recipient)
        okt.message("im")
        for name, row in (("topic", topic), ("settlement", place), ("recipient", recipient)):
            assert found(okt, **{name: row.code}) == {mine}
            assert found(okt, **{name: "нет-такого"}) == set()

    def test_people(self, okt: Cast) -> None:
        roads, housing = okt.people["roads"], okt.people["housing"]
        of_roads, of_housing, nobody = (okt.message("im") for _ in range(3))
        change(of_roads, responsible=roads, sorted_by=okt.people["im"])
        change(of_housing, responsible=housing, sorted_by=okt.people["head"])
        assert found(okt, responsible=str(roads.pk)) == {of_roads.pk}
        assert found(okt, responsible="none") == {nobody.pk}
        assert found(okt, sorted_by="me") == {of_housing.pk}
        assert found(okt, sorted_by=str(okt.people["im"].pk)) == {of_roads.pk}
        assert found(okt, name="im", sorted_by="me") == {of_roads.pk}

    def test_days_are_the_centers_and_both_belong(self, okt: Cast) -> None:
        night = okt.message("im", received_at=NOW.replace(hour=20, minute=30))  # 01:30 of the next local day
        day = okt.message("im", received_at=NOW.replace(hour=6))
        today = NOW.astimezone(okt.center.tz).date()
        tomorrow = today + timedelta(days=1)
        assert found(okt, received_from=str(tomorrow)) == {night.pk}
        assert found(okt, received_to=str(today)) == {day.pk}
        assert found(okt, received_from=str(today), received_to=str(tomorrow)) == {night.pk, day.pk}

    def test_the_day_of_the_answer_is_asked_of_done_cases_too(self, okt: Cast) -> None:
        done = bring(okt, IM, "answered").message
        bring(okt, IM, "drafting")
        day = str(NOW.astimezone(okt.center.tz).date())
        assert found(okt, answered_from=day, answered_to=day) == {done.pk}
        assert found(okt, answered_to="2020-01-01") == set()

    def test_answers_of_a_period_come_newest_first_over_the_borders_of_pages(self, okt: Cast) -> None:
        rows = crowd(okt, 60, states=(State.DRAFTING,))
        for number, row in enumerate(rows):
            change(
                row,
                state=State.ANSWERED,
                answered_at=NOW - timedelta(minutes=number * 7 % 60),
                sent_recorded_at=NOW,
                received_at=NOW - timedelta(days=2),
            )
        client, day = browser(okt, "head"), str(NOW.astimezone(okt.center.tz).date())
        first = client.get(f"{page(okt, 'list')}?answered_from={day}")
        second = client.get(page(okt, "list") + first.context["older_url"])
        met = [line.row.pk for answer in (first, second) for line in answer.context["lines"]]
        expected = Message.objects.filter(pk__in=[row.pk for row in rows]).order_by("-answered_at", "-id")
        assert met == list(expected.values_list("pk", flat=True))

    def test_tags_marks_and_the_regime(self, okt: Cast) -> None:
        fast = okt.message("im", fast_track=True)
        appeal = okt.message("fz59")
        again = change(okt.message("im"), cycle=1)
        tag = Tag.objects.create(center=okt.center, name="зима")
        appeal.tags.add(tag)
        assert found(okt, fast="1") == {fast.pk}
        assert found(okt, reopened="1") == {again}
        assert found(okt, tag="зима") == {appeal.pk}
        assert found(okt, regime="appeal") == {appeal.pk}
        assert found(okt, fast="1", regime="appeal") == set()
        assert found(okt, extended="1") == found(okt, leading="1") == found(okt, parts="1") == set()

    def test_marks_and_scores_of_answers(self, okt: Cast) -> None:
        low, high = bring(okt, IM, "closed").message, bring(okt, IM, "closed").message
        Message.objects.filter(pk=low.pk).update(completeness=0)
        for message, score in ((low, 1), (high, 5)):
            Satisfaction.objects.create(message=message, cycle=0, score=score, via="link", at=NOW)
        assert found(okt, score="low") == found(okt, score="1") == {low.pk}
        assert found(okt, score="5") == {high.pk}
        assert found(okt, state="all", completeness="0") == {low.pk}
        change(high, control="photo")
        assert found(okt, control="any") == found(okt, control="photo") == {high.pk}
        assert found(okt, control="video") == set()
        Message.objects.filter(pk=low.pk).update(cycle=1)  # reopened: the old answer's score is not of this one
        assert found(okt, score="low") == set()

    def test_what_auto_rules_handed_over(self, okt: Cast) -> None:
        roads, lamps = (make(okt, name, words=(word,), block="roads") for name, word in (("Ямы", "яма"), ("Свет", "фонарь")))
        by_roads, by_lamps, by_people = (waiting(okt, text=text) for text in ("Яма", "Фонарь", "Трава"))
        assert apply() == 3
        assert found(okt, rule="any") == {by_roads.pk, by_lamps.pk}
        assert found(okt, rule=str(roads.pk)) == {by_roads.pk}
        assert found(okt, state="received") == {by_people.pk}
        close_rule(center=okt.center, actor=okt.actor("head"), rule_id=lamps.pk, version=lamps.version, now=NOW)
        assert found(okt, rule=str(lamps.pk)) == {by_lamps.pk}, "taken out of the list, its cases still name it"

    def test_under_threat_is_past_the_last_warning_and_not_over(self, okt: Cast) -> None:
        rule = DeadlineRule.objects.get(center=okt.center, code="im_agree")
        now, cases = NOW + timedelta(hours=1), [okt.message("im") for _ in range(3)]
        Deadline.objects.filter(message__in=cases).delete()
        for message, hours in zip(cases, (2.9, 0.5, 3.5), strict=True):  # of three hours gone
            started = now - timedelta(hours=hours)
            Deadline.objects.create(
                message=message,
                center=okt.center,
                rule=rule,
                kind=rule.kind,
                started_at=started,
                due_at=started + timedelta(hours=3),
                threat_at=started + timedelta(hours=2.4),
            )
            change(message, next_due_at=started + timedelta(hours=3))
        assert found(okt, term="threat") == {cases[0].pk}
        assert found(okt, term="overdue") == {cases[2].pk}

    def test_what_ends_today_is_one_number_and_not_overdue(self, okt: Cast) -> None:
        now, hour = NOW + timedelta(hours=1), timedelta(hours=1)
        both, late, soon = crowd(okt, 3, states=(State.DRAFTING,))
        for message, agree, approve in (
            (both, -hour / 2, 2 * hour),
            (late, -hour / 2, -hour / 3),
            (soon, 30 * hour, 40 * hour),
        ):
            for kind, left in (("agree", agree), ("approve", approve)):
                Deadline.objects.filter(message=message, kind=kind).update(due_at=now + left, started_at=NOW - hour)
            change(message, next_due_at=now + agree)
        assert found(okt, term="today") == {both.pk}
        assert found(okt, term="three") == {both.pk, soon.pk}
        assert found(okt, term="overdue") == {both.pk, late.pk}
        assert set(due_today(okt.center, now).values_list("pk", flat=True)) == {both.pk}, "the desk says the same"
        filters = Filters()
        names = names_for_line(okt.center, filters)
        line = filter_line(actor=okt.actor("head"), center=okt.center, filters=filters, names=names, now=now)
        (term,) = (one for one in line if one.name == "term")
        counts = {choice.value: choice.count for choice in term.choices}
        assert (counts["overdue"], counts["today"], counts["three"]) == (2, 1, 2)

    def test_a_breach_of_the_decree_stays_found_when_the_case_is_done(self, okt: Cast) -> None:
        late, corrected, clean = (bring(okt, IM, "answered").message for _ in range(3))
        term = Deadline.objects.filter(message=late, rule__basis="decree").first()
        assert term
        Deadline.objects.filter(pk=term.pk).update(breached_at=term.due_at, met_at=term.due_at + timedelta(hours=1))
        other = Deadline.objects.filter(message=corrected, rule__basis="decree").first()
        assert other
        Deadline.objects.filter(pk=other.pk).update(breached_at=other.due_at, met_at=other.due_at - timedelta(hours=1))
        assert found(okt, term="breached") == {late.pk}
        assert clean.pk not in found(okt, term="breached", state="done")

    def test_the_outside_number_is_searched_for(self, okt: Cast) -> None:
        mine = change(okt.message("fz59"), outside_number="123-вх/26")
        okt.message("fz59")
        assert found(okt, q="123-вх/26") == {mine}


def test_what_the_address_does_not_know_is_passed_over() -> None:
    odd = {
        "state": "x",
        "term": "y",
        "regime": "z",
        "score": "9",
        "control": "rumour",
        "rule": "roads",
        "completeness": "7",
        "fast": "да",
        "received_from": "вчера",
        "received_to": "2026-02-31",
        "answered_from": "0001-01-01",
        "responsible": "9" * 40,
        "sorted_by": "none",
    }
    assert Filters.read(odd) == Filters()


def test_every_filter_is_a_word_that_can_be_taken_away(okt: Cast) -> None:
    asked = {
        "state": "done",
        "block": "roads",
        "source": "im",
        "term": "breached",
        "topic": Topic.objects.filter(center=okt.center)[0].code,
        "responsible": "none",
        "sorted_by": str(okt.people["im"].pk),
        "regime": "appeal",
        "tag": "зима",
        "received_from": "2026-11-01",
        "answered_to": "2026-11-30",
        "completeness": "1",
        "control": "any",
        "rule": str(make(okt, "Ямы", words=("яма",), block="roads").pk),
        "score": "low",
        "fast": "1",
        "extended": "1",
        "parts": "1",
    }
    response = browser(okt, "head").get(f"{page(okt, 'list')}?{urlencode(asked)}")
    chosen = {one.name: one.chosen for one in response.context["filters"] if one.value}
    assert set(chosen) == set(asked)
    assert chosen["sorted_by"] == f"передал {okt.people['im'].full_name}"
    assert chosen["received_from"] == "поступило с 01.11.2026"
    assert chosen["control"] == "контроль решения: отмечен"
    assert chosen["rule"] == "автоправило «Ямы»"
    assert chosen["score"] == "оценка низкая"
    text = words(response)
    for name, word in chosen.items():
        assert word in text
        left = urlencode({key: value for key, value in asked.items() if key != name})
        assert f'href="?{left}"' in text.replace("&amp;", "&"), name


def test_a_stranger_is_not_named_by_an_address(okt: Cast, kor: Cast) -> None:
    asked = Filters.read({"responsible": str(kor.people["im"].pk)})
    assert words_of(asked, okt.center) == [("Ответственный", "отвечает человек не из этого Центра")]


class TestConditionsForm:
    def test_it_keeps_what_is_set_and_leads_to_a_clean_address(self, okt: Cast) -> None:
        client = browser(okt, "head")
        url = page(okt, "conditions")
        text = words(client.get(f"{url}?state=drafting&fast=1&columns=term,text"))
        assert 'name="state" value="drafting"' in text
        assert 'name="columns" value="term,text"' in text
        assert "checked" in text
        sent = {
            "show": "1",
            "state": "drafting",
            "topic": "",
            "tag": "",
            "received_from": "2026-11-01",
            "fast": "",
            "score": "low",
        }
        answer = client.get(f"{url}?{urlencode(sent)}")
        assert answer.headers["Location"] == f"{page(okt, 'list')}?state=drafting&received_from=2026-11-01&score=low"
        assert client.get(f"{url}?show=1").headers["Location"] == page(okt, "list")

    def test_it_counts_open_cases_beside_the_choices_in_few_queries(self, okt: Cast) -> None:
        topic = Topic.objects.filter(center=okt.center)[0]
        Message.objects.filter(pk__in=[message.pk for message in crowd(okt, 30, states=(State.DRAFTING,))]).update(topic=topic)
        client = browser(okt, "head")
        with CaptureQueriesContext(connection) as caught:
            response = client.get(page(okt, "conditions"))
        assert len(caught) <= QUERIES
        assert f"{topic.name}\u00a0· 30" in words(response)
        assert f"{topic.name}\u00a0· 30" not in words(browser(okt, "housing").get(page(okt, "conditions")))

    def test_a_htmx_request_gets_the_form_alone(self, okt: Cast) -> None:
        text = words(browser(okt, "head").get(page(okt, "conditions"), headers={"HX-Request": "true"}))
        assert "<html" not in text
        assert 'class="conditions"' in text


class TestColumns:
    def test_the_usual_ones_stand_until_others_are_asked_for(self, okt: Cast) -> None:
        okt.message("im")
        shown = browser(okt, "head").get(page(okt, "list")).context["columns"]
        assert tuple(column.code for column in shown) == DEFAULT

    def test_the_address_names_them_in_their_own_order(self, okt: Cast) -> None:
        okt.message("im")
        shown = browser(okt, "head").get(page(okt, "list") + "?columns=tags,выдумка,received").context["columns"]
        assert [column.code for column in shown] == ["number", "received", "tags"]

    def test_a_person_keeps_them(self, okt: Cast) -> None:
        okt.message("im")
        client = browser(okt, "head")
        sent = client.post(page(okt, "columns"), {"column": ["text", "due"], "query": "state=all&columns=tags"})
        assert sent.headers["Location"] == page(okt, "list") + "?state=all"
        for name, expected in (("head", ["number", "text", "due"]), ("support", list(DEFAULT))):
            shown = browser(okt, name).get(page(okt, "list") + "?state=all").context["columns"]
            assert [column.code for column in shown] == expected
        client.post(page(okt, "columns"), {"usual": "1"})
        assert tuple(column.code for column in client.get(page(okt, "list")).context["columns"]) == DEFAULT

    def test_the_applicant_is_shown_to_those_who_may_see_contacts_and_only_when_asked(self, okt: Cast) -> None:
        message = okt.message("im")
        Applicant.objects.create(message=message, name="Тестова Проба Петровна", phone="+7 900 000-00-01")
        asked = page(okt, "list") + "?columns=applicant"
        assert "Тестова" not in words(browser(okt, "head").get(page(okt, "list")))
        assert "Тестова" in words(browser(okt, "head").get(asked))
        assert "Тестова" not in words(browser(okt, "tech").get(asked))
        assert "000-00-01" not in words(browser(okt, "head").get(asked))

    def test_all_of_them_cost_the_same_queries_for_few_and_many(self, okt: Cast) -> None:
        costs = []
        asked = f"{page(okt, 'list')}?columns={','.join(COLUMNS)}&state=all"
        for count in (5, 45):
            crowd(okt, count)
            client = browser(okt, "head")
            with CaptureQueriesContext(connection) as caught:
                assert client.get(asked).status_code == 200
            costs.append(len(caught))
        assert costs[0] == costs[1] <= QUERIES

    def test_their_words(self, okt: Cast) -> None:
        message = bring(okt, IM, "closed").message
        Satisfaction.objects.create(message=message, cycle=0, score=4, via="link", at=NOW)
        message.tags.add(Tag.objects.create(center=okt.center, name="лето"), Tag.objects.create(center=okt.center, name="вода"))
        change(message, outside_number="77-вх", fast_track=True)
        text = words(browser(okt, "head").get(f"{page(okt, 'list')}?state=all&columns={','.join(COLUMNS)}"))
        for word in ("4 из 5", "вода, лето", "77-вх", "сообщение, фаст-трек", "в полном объёме"):
            assert word in text


def test_every_filter_at_once_costs_no_more_than_fifteen_queries(okt: Cast) -> None:
    crowd(okt, 60)
    known = {
        "state": "all",
        "term": "breached",
        "q": "фонари",
        "responsible": "1",
        "sorted_by": "1",
        "received_from": "2026-01-01",
        "received_to": "2027-01-01",
        "answered_from": "2026-01-01",
        "answered_to": "2027-01-01",
        "regime": "message",
        "completeness": "1",
        "control": "any",
        "score": "low",
    }
    asked = urlencode({name: known.get(name, "1") for name in NAMES})
    client = browser(okt, "head")
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"{page(okt, 'list')}?{asked}").status_code == 200
    assert len(caught) <= QUERIES


def test_the_printed_sheet_says_what_was_asked_for(okt: Cast) -> None:
    okt.message("im")
    text = words(browser(okt, "head").get(page(okt, "list") + "?q=фонари&source=im"))
    assert "«фонари»; " + okt.source("im").short in text
