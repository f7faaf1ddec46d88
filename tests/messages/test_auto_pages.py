"""The pages of auto-rules as head and support use them, and what others see of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from messages.models import AutoRule, Message
from messages.selectors.auto_rules import in_force
from messages.services import routing
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, page, words
from tests.messages.rules_of import apply, make, waiting
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        yield


def test_a_rule_is_written_tried_switched_on_and_works(okt: Cast) -> None:
    bring(okt, IM, "drafting")
    head, new = browser(okt, "head"), page(okt, "auto-rule-new")
    typed = {"name": "Свет", "words": "фонарь\nосвещение", "way": "block", "block": okt.block("roads").pk}
    tried = head.post(new, typed | {"try": "1"})
    assert "передало бы <b>1</b>" in words(tried)
    assert "Поступили с " in words(tried), "what the last 500 cover"
    before = typed | {"try": "1", "size": "period", "since": "2020-01-01", "until": "2020-01-31"}
    assert "За это время сообщений нет." in words(head.post(new, before))
    assert "Назовите первый день периода" in words(head.post(new, before | {"since": ""}))
    assert not AutoRule.objects.exists()
    assert "Люди передали в тот же блок" in words(head.post(new, typed | {"try": "1"}, headers={"HX-Request": "true"}))
    answer = head.post(new, typed | {"responsible": okt.people["roads"].pk}, follow=True)
    rule = AutoRule.objects.get()
    assert (rule.words, rule.responsible, rule.enabled_at) == (["фонарь", "освещение"], okt.people["roads"], None)
    assert "пока выключено" in words(answer)
    trial = head.get(page(okt, "auto-rule-trial", rule.pk), {"size": "500", "show": "all"})
    assert "совпадает <b>100 %</b>" in words(trial)
    on = head.post(page(okt, "auto-rule-do", rule.pk, "on"), {"version": rule.version}, follow=True)
    assert "Включено с" in words(on)
    message = waiting(okt)
    apply(NOW + timedelta(hours=2))
    case = words(browser(okt, "roads").get(page(okt, "case", message.number)))
    assert "Передано автоправилом" in case
    assert page(okt, "auto-rule", rule.pk) in case
    assert page(okt, "auto-rule", rule.pk) not in words(browser(okt, "tech").get(page(okt, "case", message.number)))
    assert message.number in words(head.get(page(okt, "auto-rule", rule.pk)))


def test_mistakes_come_back_with_what_was_typed(okt: Cast) -> None:
    head = browser(okt, "head")
    wrong = {"name": "", "words": "фонарь", "way": "block", "block": ""}
    answer = head.post(page(okt, "auto-rule-new"), wrong)
    assert answer.status_code == 400
    assert "фонарь</textarea>" in words(answer)
    assert "Выберите блок из списка." in words(answer)
    assert "Назовите правило" in words(
        head.post(page(okt, "auto-rule-new"), wrong | {"try": "1"}, headers={"HX-Request": "true"})
    )
    rule = make(okt, "Свет", on=False, words=("фонарь",), block="roads")
    late = {"name": "Свет", "version": rule.version, "way": "nowhere", "tag": "свет"}
    assert "хотя бы одно условие" in words(head.post(page(okt, "auto-rule-edit", rule.pk), late))
    late |= {"words": "фонарь"}
    assert head.post(page(okt, "auto-rule-edit", rule.pk), late).status_code == 302
    again = head.post(page(okt, "auto-rule-edit", rule.pk), late | {"tag": "другая"})
    assert again.status_code == 409
    assert "изменили" in words(again)
    for query in ("?size=period", "?size=period&since=2026-11-02&until=2026-11-01", "?size=%00", "?page=999999999&show=all"):
        assert head.get(page(okt, "auto-rule-trial", rule.pk) + query).status_code == 200


def test_rules_are_put_in_order_by_buttons(okt: Cast) -> None:
    first, second = make(okt, "Первое", block="roads"), make(okt, "Второе", block="housing")
    head = browser(okt, "head")
    answer = head.post(page(okt, "auto-rule-do", second.pk, "up"), headers={"HX-Request": "true"})
    assert words(answer).index("Второе") < words(answer).index("Первое")
    assert head.post(page(okt, "auto-rule-do", second.pk, "up")).status_code == 302, "at the top nothing changes"
    assert list(in_force(okt.center)) == [second, first]
    gone = head.post(page(okt, "auto-rule-do", first.pk, "close"), {"version": first.version}, follow=True)
    assert "убрано из списка" in words(gone)
    assert list(in_force(okt.center)) == [second]


def test_only_keepers_change_rules_and_the_technical_role_does_not_read_them(okt: Cast) -> None:
    rule = make(okt, "Свет", words=("фонарь",), block="roads", sender="Иванов")
    for name, status in (("im", 200), ("roads", 200), ("tech", 403), ("observer", 403)):
        client = browser(okt, name)
        assert client.get(page(okt, "auto-rules")).status_code == status, name
        assert client.get(page(okt, "auto-rule", rule.pk)).status_code == status, name
        assert client.get(page(okt, "auto-rule-edit", rule.pk)).status_code == 403
        assert client.get(page(okt, "auto-rule-trial", rule.pk)).status_code == 403
        assert client.post(page(okt, "auto-rule-do", rule.pk, "off")).status_code == 403
    text = words(browser(okt, "im").get(page(okt, "auto-rules")))
    assert "Новое правило" not in text
    assert "отправитель содержит" in text


def test_a_case_given_back_says_which_rule_had_moved_it(okt: Cast) -> None:
    make(okt, "Свет", words=("фонарь",), block="roads")
    message = waiting(okt)
    apply()
    routing.decline(message_id=message.pk, actor=okt.actor("roads"), reason="Не наше.", now=NOW)
    assert "Передавало автоправило «Свет» в блок «Дороги»" in words(
        browser(okt, "im").get(page(okt, "sorting", message.number))
    )
    assert Message.objects.get(pk=message.pk).block is None


def test_the_list_costs_the_same_with_many_rules(okt: Cast) -> None:
    head, counts = browser(okt, "head"), []
    for count in (1, 12):
        for number in range(count):
            rule = make(okt, f"Правило {count} {number}", words=("фонарь",), block="roads", tag=f"м{number}")
        waiting(okt)
        apply()
        for address in (page(okt, "auto-rules"), page(okt, "auto-rule", rule.pk), page(okt, "auto-rule-edit", rule.pk)):
            with CaptureQueriesContext(connection) as queries:
                assert head.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 15
