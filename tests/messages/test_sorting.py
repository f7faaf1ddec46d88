"""The sorting desk as those who sort use it."""

from __future__ import annotations

import pytest

from messages.models import Message
from tests.cast import Cast
from tests.messages.browsing import browser, page, words

pytestmark = pytest.mark.django_db


def test_the_desk_opens_with_the_first_case(okt: Cast) -> None:
    okt.message("im", text="На улице Ленина яма во всю дорогу, объехать нельзя.")
    response = browser(okt, "im").get(page(okt, "sorting"))
    assert response.status_code == 200
    assert "яма во всю дорогу" in words(response)
    assert Message.objects.count() == 1
