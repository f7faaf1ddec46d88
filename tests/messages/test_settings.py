"""«Настройки»: whoever sees an entry opens its page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django.fixtures import Settings

from tests.cast import NOW, Cast
from tests.messages.browsing import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_entry_opens_for_whoever_sees_it(okt: Cast) -> None:
    seen = set()
    for name in ("head", "support", "tech", "im"):
        client = browser(okt, name)
        page = client.get(f"/{okt.center.slug}/settings/")
        entries = [entry for _, rows in page.context["groups"] for entry in rows]
        assert entries, name
        for entry in entries:
            seen.add(entry["title"])
            assert client.get(entry["url"]).status_code == 200, (name, entry["title"])
    assert "Правила сроков" in seen


def test_its_pages_stand_under_settings_in_the_rail(okt: Cast) -> None:
    rail = browser(okt, "head").get(f"/{okt.center.slug}/settings/").context["frame"].rail
    assert [item["label"] for item in rail if item["current"]] == ["Настройки"]
