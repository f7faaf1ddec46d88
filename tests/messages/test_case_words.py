"""What the case page says where words are easily wrong: who has the case, where it is, what a stale page kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from blocks.charters.settings_schema import settings_of
from messages.models import Message
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, of_case, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
OVER = "Ни у кого: работа завершена."


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        yield


def test_an_answered_case_waits_to_be_closed_and_a_closed_one_is_over(okt: Cast) -> None:
    scene = bring(okt, IM, "answered")
    text = words(browser(okt, "im").get(of_case(scene)))
    closes = scene.now + timedelta(days=settings_of(okt.center.settings).close_after_days)
    assert f"Ответ направлен. Закроется само {closes.astimezone(okt.center.tz):%d.%m.%Y}" in text
    assert OVER not in text
    scene.close()
    assert OVER in words(browser(okt, "im").get(of_case(scene)))


def test_an_address_without_a_settlement_begins_with_no_comma(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    Message.objects.filter(pk=scene.message.pk).update(settlement=None, settlement_words="", address="ул. Садовая, 5")
    assert "<span>ул. Садовая, 5</span>" in words(browser(okt, "im").get(of_case(scene)))


def test_the_page_that_went_stale_gives_back_what_was_typed(okt: Cast) -> None:
    scene = bring(okt, IM, "received")
    typed = {"ground": "spam", "comment": "Пояснение на полстраницы."}
    response = browser(okt, "im", csrf=True).post(of_case(scene, "dismiss"), typed)
    assert response.status_code == 403
    assert "Пояснение на полстраницы." in words(response)


def test_of_the_link_and_the_way_of_delivery_neither_is_called_optional(okt: Cast) -> None:
    scene = bring(okt, IM, "approved")
    text = words(browser(okt, "im").get(of_case(scene)))
    form = text[text.index('id="act-send"') : text.index('name="posted_at"')]
    assert "Нужно одно из двух" in form
    assert form.count("(необязательно)") == 1  # the time of posting
