"""The client of docs/client.md does what the page says, run as it stands there against the product itself."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as product
from django.core.cache import cache
from pytest_django import Settings

from blocks.models import IdempotentCall
from mcu.clock import utc_now
from mcu.wsgi import application
from messages.models import Message
from tests.cast import Cast
from tests.messages.pushing import Pusher, a_message, one_connection, pusher
from tests.messages.scenes import IM, Scene


def _latin(environ: dict[str, Any], start_response: Any) -> Any:
    """The path as WSGI has it; httpx passes on its letters."""
    return application({**environ, "PATH_INFO": environ["PATH_INFO"].encode().decode("latin-1")}, start_response)


class Door(httpx.WSGITransport):
    """The product, now and then busy or out of reach."""

    def __init__(self) -> None:
        super().__init__(app=_latin)
        self.failing: list[Any] = []
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        failure = self.failing.pop(0) if self.failing else None
        if isinstance(failure, httpx.Response):
            return failure
        with one_connection():
            response = super().handle_request(request)
            response.read()
        if failure is not None:  # done, but the answer was lost
            raise failure
        return response


@pytest.fixture
def code(tmp_path: Path) -> dict[str, Any]:
    page = (Path(product.BASE_DIR) / "docs" / "client.md").read_text()
    (source,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "class Center:" in block]
    copied = tmp_path / "client.py"
    copied.write_text(source)
    return runpy.run_path(str(copied))


@pytest.fixture
def im(okt: Cast, settings: Settings, tmp_path: Path) -> Pusher:
    cache.clear()
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    return pusher(okt.center, "im")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def center(code: dict[str, Any], im: Pusher, door: Door, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(code["time"], "sleep", lambda seconds: None)
    return code["Center"]("", im.key, http=httpx.Client(base_url="http://testserver", transport=door))


def test_the_page_passes_on_corrects_attaches_and_follows(center: Any, okt: Cast) -> None:
    number = center.push(a_message())["number"]
    assert [one["status"] for one in center.push_many([a_message(), a_message(external_id="2"), {}], size=2)] == [200, 201, 400]
    assert center.correct(number, address="ул. Мира, 1")["address"] == "ул. Мира, 1"
    assert center.attach(number, "справка.txt", "Фонари не горят.".encode())["name"] == "справка.txt"
    assert {one["external_id"] for one in center.messages(source="im", limit=1)} == {"ИМ-1", "2"}

    place, change = list(center.changes())[-1]
    assert change["what"] == "created"
    Scene(okt, IM, Message.objects.select_related("center", "source").get(number=number), utc_now()).assign()
    ((_, told),) = center.changes(after=place)
    assert (told["number"], told["state"]) == (number, "assigned")


def test_the_page_repeats_under_one_key_what_was_lost_or_put_off(center: Any, door: Door) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "1"})
    door.failing = [busy, httpx.ReadTimeout("lost")]
    assert center.push(a_message())["state"] == "received"
    assert len({request.headers["Idempotency-Key"] for request in door.sent}) == 1
    assert len(door.sent) == 3
    assert IdempotentCall.objects.get().status == 201


def test_the_page_does_not_repeat_what_was_refused(center: Any, door: Door, code: dict[str, Any]) -> None:
    with pytest.raises(code["Refused"]) as refused:
        center.push(a_message(text=""))
    assert refused.value.problem["errors"][0]["field"] == "text"
    assert len(door.sent) == 1
