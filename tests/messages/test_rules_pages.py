"""The pages of rules as people use them: reading, changing with a look at the open cases, the ladder, the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from blocks.models import DeadlineRule
from messages.models import Deadline, RuleChange
from messages.services.rule_moves import move_open_cases
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.scenes import IM, POS, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Any:
    settings.DEMO = True  # the head needs no second factor
    with time_machine.travel(LATER, tick=False):
        yield


def rule(cast: Cast, code: str = "pos_answer") -> DeadlineRule:
    return DeadlineRule.objects.get(center=cast.center, code=code, closed_at=None)


def typed(client: Client, address: str) -> dict[str, Any]:
    """What the form holds when it is opened: what a browser would send back."""
    context = client.get(address).context
    form, ladder = context["form"], context["ladder"]
    data = {name: field.value() if (field := form[name]).value() is not None else "" for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    data["rung-TOTAL_FORMS"], data["rung-INITIAL_FORMS"] = len(ladder.forms), len(ladder.forms)
    for number, rung in enumerate(ladder.forms):
        data |= {f"rung-{number}-{name}": rung[name].value() for name in rung.fields if rung[name].value() is not None}
    return data


def plain(response: Any) -> str:
    """The page's words with plain spaces."""
    return " ".join(words(response).replace("\xa0", " ").split())


def test_everybody_reads_the_rules_and_some_change_them(okt: Cast) -> None:
    for name, may in (("roads", False), ("tech", False), ("head", True), ("support", True)):
        text = plain(browser(okt, name).get(page(okt, "rules")))
        assert "25 календарных дней" in text
        assert "через 1 час — куратор блока" in text
        assert (">Изменить</a>" in text.replace(" <", "<")) is may
        assert ("Новое правило" in text) is may
    assert browser(okt, "observer").get(page(okt, "rules")).status_code == 403


def test_reading_the_rules_costs_the_same_whatever_was_changed(okt: Cast) -> None:
    client = browser(okt, "head")
    client.get(page(okt, "rules"))
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(page(okt, "rules"))
    for amount in range(5, 12):
        address = page(okt, "rule", rule(okt).pk)
        client.post(address, {**typed(client, address), "amount": amount, "choice": "keep"})
    with CaptureQueriesContext(connection) as after:
        text = plain(client.get(page(okt, "rules")))
    assert len(after) <= len(before) <= 12
    assert "Прежние редакции: 7" in text


def test_the_open_cases_are_shown_before_a_change_and_moved_after_it(okt: Cast) -> None:
    late = bring(okt, POS, "assigned", received_at=NOW - timedelta(days=20))
    soon = bring(okt, POS, "assigned")
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt).pk)
    asked = client.post(address, {**typed(client, address), "amount": 10, "name": "Ответ на ПОС: 10 дней"})
    text = plain(asked)
    assert "25 календарных дней" in text
    assert "10 календарных дней" in text
    assert "Сразу станут просроченными: 1." in text
    assert text.index(late.message.number) < text.index(soon.message.number)
    assert not RuleChange.objects.exists()
    again = dict(asked.context["typed"]) | {"choice": "move"}
    moving = client.post(address, again, follow=True)
    assert "Открытые дела переводятся: 0 из 2." in plain(moving)
    move_open_cases(clock=lambda: LATER)
    part = client.get(moving.request["PATH_INFO"], headers={"HX-Request": "true"})
    assert "Переведено: 2 дела, срок перенесён у 2." in plain(part)
    assert "hx-get" not in part.content.decode()
    term = Deadline.objects.get(message=soon.message, kind="answer")
    assert (term.due_at - term.started_at).days == 10
    log = plain(client.get(page(okt, "rules")))
    assert "25 календарных дней → 10 календарных дней" in log
    assert "срок перенесён у 2" in log


def test_left_as_they_were(okt: Cast) -> None:
    scene = bring(okt, POS, "assigned")
    client, address = browser(okt, "support"), page(okt, "rule", rule(okt).pk)
    done = client.post(address, {**typed(client, address), "amount": 10, "choice": "keep"}, follow=True)
    assert "остались при прежних сроках" in plain(done)
    term = Deadline.objects.get(message=scene.message, kind="answer")
    assert (term.due_at - term.started_at).days == 25


def test_back_from_the_look_keeps_what_was_typed(okt: Cast) -> None:
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt).pk)
    asked = client.post(address, {**typed(client, address), "amount": 13})
    form = client.post(address, dict(asked.context["typed"]) | {"back": "1"})
    assert form.status_code == 200
    assert form.context["form"]["amount"].value() == "13"
    assert rule(okt).amount == 25


def test_rows_of_the_ladder_come_and_go_without_script(okt: Cast) -> None:
    row = rule(okt, "im_agree")
    client, address = browser(okt, "head"), page(okt, "rule", row.pk)
    data = typed(client, address)
    assert data["rung-TOTAL_FORMS"] == 3
    more = client.post(address, {**data, "amount": "x", "add": "1"})
    assert more.status_code == 200
    assert (len(more.context["ladder"].forms), more.context["form"]["amount"].value()) == (4, "x")
    less = client.post(address, {**data, "remove": "0"})
    assert [one["to"].value() for one in less.context["ladder"].forms] == ["block_curator", "head"]
    assert rule(okt, "im_agree").pk == row.pk


def test_a_ladder_by_hours_of_work_and_prescribed_ways(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt, "im_agree").pk)
    data = typed(client, address) | {
        "warn_shares": "70 %",
        "warn_before": "1 ч, 30 мин",
        "rung-TOTAL_FORMS": 3,
        "rung-1-to": "block_curator",
        "rung-1-after": 2,
        "rung-1-per": "working",
        "rung-2-to": "duty",
        "rung-2-after": 0,
        "rung-2-per": "hours",
        "rung-2-when": "off",
        "rung-2-ways": ["push"],
    }
    text = plain(client.post(address, data))
    assert "через 2 рабочих часа — куратор блока" in text
    assert "сразу — дежурный, только вне рабочего времени, обязательно на устройство" in text
    assert "когда пройдёт 70 %; когда останется 1 ч, 30 мин" in text
    client.post(address, {**data, "choice": "keep"})
    made = rule(okt, "im_agree")
    assert made.ladder == [
        {"to": "responsible", "after_hours": 0},
        {"to": "block_curator", "after_hours": 2, "working": True},
        {"to": "duty", "after_hours": 0, "when": "off", "ways": ["push"]},
    ]
    assert (made.warn_shares, made.warn_before) == ([0.7], [60, 30])
    # What was saved is what the form shows again.
    again = typed(client, page(okt, "rule", made.pk))
    assert (again["warn_shares"], again["warn_before"], again["rung-2-when"]) == ("70", "1 ч, 30 мин", "off")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "много"}, "Укажите целое число."),
        ({"warn_shares": "половина"}, "целые проценты через запятую"),
        ({"warn_before": "скоро"}, "«скоро» не понять"),
        ({"warn_before": "30 д"}, "Столько не остаётся никогда"),
        ({"starts_on": "nowhere"}, "Выберите корректный вариант"),
        ({"basis": "decree", "clause": ""}, "Укажите пункт акта"),
        ({"rung-0-to": "", "rung-0-after": "5"}, "Обязательное поле"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(okt: Cast, wrong: dict[str, str], said: str) -> None:
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt).pk)
    answer = client.post(address, {**typed(client, address), "name": "Моё название", **wrong})
    assert answer.status_code == 400
    assert said in plain(answer)
    assert 'value="Моё название"' in words(answer)


def test_nothing_changed_is_told(okt: Cast) -> None:
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt).pk)
    assert "ничего не изменилось" in plain(client.post(address, typed(client, address)))


def test_who_is_second_learns_it_and_keeps_what_was_typed(okt: Cast) -> None:
    first, second = browser(okt, "support"), browser(okt, "head")
    address = page(okt, "rule", rule(okt).pk)
    data = typed(second, address)
    first.post(address, {**typed(first, address), "amount": 10, "choice": "keep"})
    answer = second.post(address, {**data, "amount": 12, "choice": "move"})
    assert answer.status_code == 409
    assert "уже изменили 18.11.2026 в 12:00" in plain(answer)
    assert 'value="12"' in words(answer)
    # And whoever opens the old edition is led to what is in force.
    assert "прежняя редакция" in plain(second.get(address, follow=True))


def test_the_same_change_sent_twice_by_one_person_is_made_once_and_no_refusal(okt: Cast) -> None:
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt).pk)
    data = {**typed(client, address), "amount": 10}
    for _ in range(2):
        done = client.post(address, {**data, "choice": "keep"}, follow=True)
        assert done.redirect_chain
    assert "Это уже записано вами" in plain(done)
    assert "уже изменили" not in plain(client.post(address, data, follow=True))
    assert RuleChange.objects.count() == 1
    own = client.post(address, {**data, "amount": 12, "choice": "keep"})
    assert own.status_code == 409
    assert "уже изменили вы сами 18.11.2026 в 12:00" in plain(own)
    end = page(okt, "end-rule", rule(okt).pk)
    for _ in range(2):
        ended = plain(client.post(end, {"choice": "keep"}, follow=True))
    assert "Это уже записано вами" in ended
    assert RuleChange.objects.count() == 2


def test_a_new_rule_for_a_topic(okt: Cast) -> None:
    client, address = browser(okt, "head"), page(okt, "new-rule")
    topic = okt.block("roads").topics.first()
    assert topic is not None
    data = typed(client, address) | {
        "kind": "agree",
        "regime": "message",
        "source": okt.source("im").pk,
        "topic": topic.pk,
        "fast_track": "yes",
        "name": "Согласование по ямам: 2 часа",
        "amount": 2,
        "starts_on": "handed_over",
    }
    assert "Открытых дел это не затрагивает." in plain(client.post(address, data))
    done = client.post(address, {**data, "choice": "keep"}, follow=True)
    text = plain(done)
    assert "Согласование по ямам: 2 часа" in text
    assert f"сообщения, {okt.source('im').short}, фаст-трек, тема «{topic.name}»" in text
    again = client.post(address, {**data, "choice": "keep"}, follow=True)
    assert "Это уже записано вами" in plain(again)
    assert "Ничего не записано" not in plain(again)
    assert DeadlineRule.objects.filter(topic=topic, kind="agree").count() == RuleChange.objects.count() == 1
    for other, wish in ((client, {"amount": 3}), (browser(okt, "support"), {})):
        refused = other.post(address, {**data, **wish, "choice": "keep"})
        assert "уже есть правило «Согласование по ямам: 2 часа»" in plain(refused)


def test_ending_a_rule_asks_first(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    row = rule(okt, "im_agree")
    client, address = browser(okt, "head"), page(okt, "end-rule", row.pk)
    asked = plain(client.post(address))
    assert "Прекратить правило?" in asked
    assert "срока больше нет" in asked
    assert rule(okt, "im_agree") == row
    done = plain(client.post(address, {"choice": "keep"}, follow=True))
    assert "Больше не действуют: 1" in done
    assert Deadline.objects.filter(message=scene.message, kind="agree", void_at=None).exists()
    assert client.post(address, {"choice": "keep"}, follow=True).redirect_chain


def test_a_look_at_many_open_cases_stays_light(okt: Cast) -> None:
    crowd(okt, 60)
    client, address = browser(okt, "head"), page(okt, "rule", rule(okt, "im_agree").pk)
    data = typed(client, address)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(address, {**data, "amount": 1}).status_code == 200
    assert len(queries) <= 16


def test_only_head_and_support_get_to_the_form(okt: Cast) -> None:
    for name in ("roads", "roads_curator", "im", "tech", "curator"):
        client = browser(okt, name)
        assert client.get(page(okt, "rule", rule(okt).pk)).status_code == 403
        assert client.post(page(okt, "end-rule", rule(okt).pk), {"choice": "keep"}).status_code == 403
    assert rule(okt).closed_at is None
