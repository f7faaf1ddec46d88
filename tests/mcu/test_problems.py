"""Every error of the REST interface is one problem document; limits count calls and give way when the cache is away."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.management import call_command
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.test import Client, override_settings
from rest_framework import exceptions
from rest_framework.request import Request

from blocks.services.clients import create_client
from mcu.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from mcu.problems import MEDIA_TYPE, exception_handler, printable
from mcu.throttles import AnonymousThrottle, ClientThrottle
from tests.cast import NOW, Cast

API = "/api/v1/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("Не то.", {"text": "пусто"}), 400),
        (NotAllowed("Нельзя."), 403),
        (NotFound("Нет."), 404),
        (Conflict("Уже."), 409),
        (WrongState("Поздно."), 409),
        (Http404(), 404),
        (PermissionDenied(), 403),
        (RequestDataTooBig(), 413),
        (SuspiciousOperation(), 400),
        (exceptions.ParseError("Плохо."), 400),
        (exceptions.NotAuthenticated(), 401),
        (exceptions.MethodNotAllowed("PUT"), 405),
        (exceptions.NotAcceptable(), 406),
        (exceptions.UnsupportedMediaType("text/plain"), 415),
        (exceptions.Throttled(wait=7.2), 429),
        (OperationalError("no connection"), 503),
        (ZeroDivisionError(), 500),
    ],
)
def test_each_error_has_its_status_and_words(error: Exception, status: int, db: None) -> None:
    response = exception_handler(error, {})
    assert response.status_code == status
    assert response.content_type == MEDIA_TYPE
    assert response.data["status"] == status
    assert response.data["title"]
    assert response.data["detail"]
    assert "no connection" not in response.data["detail"]


def test_waiting_is_asked_for_where_it_helps(db: None) -> None:
    assert exception_handler(exceptions.Throttled(wait=7.2), {})["Retry-After"] == "8"
    assert exception_handler(OperationalError(), {})["Retry-After"]


def test_nested_fields_are_named_by_their_path(db: None) -> None:
    error = exceptions.ValidationError({"applicant": {"email": ["Плохой."]}, "text": ["Пусто.", "И ещё."]})
    response = exception_handler(error, {})
    assert response.data["errors"] == [
        {"field": "applicant.email", "message": "Плохой."},
        {"field": "text", "message": "Пусто."},
        {"field": "text", "message": "И ещё."},
    ]
    assert "«applicant.email», «text»" in response.data["detail"]


def test_a_clients_words_are_fit_to_send_back() -> None:
    assert printable("поле") == "поле"
    assert printable("\ud800\x00") == "\\ud800\\x00"
    assert len(printable("ж" * 500)) == 101


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["messages", "nothing/", "", "messages/1/2/"])
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_an_unknown_address_is_a_problem_and_no_page(address: str, method: str) -> None:
    response = getattr(Client(), method)(API + address)
    assert response.status_code == 404
    assert response["Content-Type"] == MEDIA_TYPE


@pytest.mark.django_db
def test_an_answer_in_other_formats_is_406_and_wrong_methods_405(kor: Cast) -> None:
    _, key = create_client(center=kor.center, name="А", sources=["im"], now=NOW)
    headers = {"Authorization": f"Bearer {key}"}
    for method in ("put", "patch", "delete", "options"):
        response = getattr(Client(), method)(API + "messages/", headers=headers)
        assert response.status_code == 405
        assert method.upper() in response.json()["detail"]
    response = Client().post(API + "messages/", headers={**headers, "Accept": "text/html"})
    assert response.status_code == 406


@pytest.mark.django_db
def test_a_refusal_is_json_where_the_view_gives_yaml() -> None:
    response = Client().get(API + "schema/?format=exe")
    assert response.status_code == 404
    assert response["Content-Type"] == MEDIA_TYPE
    assert response.json()["status"] == 404


@pytest.mark.django_db
def test_a_foreign_host_is_a_problem_to_a_client_and_a_page_to_a_person() -> None:
    response = Client().post(API + "messages/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == MEDIA_TYPE
    assert "Host" in response.json()["detail"]
    page = Client().get("/", headers={"Host": "evil.example"})
    assert page.status_code == 400
    assert page["Content-Type"].startswith("text/html")


def asking(address: str) -> Request:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = address
    return Request(request)


@time_machine.travel(NOW, tick=False)
def test_calls_are_counted_by_caller_and_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonymousThrottle, "limit", lambda *_: 3)
    throttle = AnonymousThrottle()
    assert [throttle.allow_request(asking("1"), None) for _ in range(5)] == [True, True, True, False, False]
    assert throttle.wait() == 60.0
    assert throttle.allow_request(asking("2"), None)
    with time_machine.travel(NOW + timedelta(minutes=1)):
        assert throttle.allow_request(asking("1"), None)


def test_with_the_cache_away_nobody_is_refused(settings: Any) -> None:
    away = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    with override_settings(CACHES=away):
        throttle = AnonymousThrottle()
        assert all(throttle.allow_request(asking("1"), None) for _ in range(100))


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_too_many_calls_of_a_key_are_429_and_others_go_on(kor: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientThrottle, "limit", lambda *_: 2)
    keys = [create_client(center=kor.center, name=name, sources=["im"], now=NOW)[1] for name in "АБ"]
    headers = [{"Authorization": f"Bearer {key}"} for key in keys]

    def status(number: int) -> int:
        return Client().get(API + "messages/x/", headers=headers[number]).status_code

    assert [status(0) for _ in range(3)] == [404, 404, 429]
    assert status(1) == 404
    refused = Client().get(API + "messages/x/", headers=headers[0])
    assert refused["Retry-After"] == "60"
    assert refused.json()["type"] == "urn:mcu:problem:too-many-requests"


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_guessing_keys_is_slowed_and_a_good_key_of_the_same_address_is_not(kor: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonymousThrottle, "limit", lambda *_: 2)
    _, key = create_client(center=kor.center, name="А", sources=["im"], now=NOW)

    def status(tried: str) -> int:
        return Client().get(API + "messages/x/", headers={"Authorization": f"Bearer {tried}"}).status_code

    assert [status("mcu_deadbeef_x") for _ in range(4)] == [401, 401, 429, 429]
    assert status(key) == 404


@pytest.mark.django_db
def test_the_description_names_every_call_and_problem() -> None:
    response = Client().get(API + "schema/", headers={"Accept": "application/json"})
    assert response.status_code == 200
    schema = json.loads(response.content)
    push = schema["paths"]["/api/v1/messages/"]["post"]
    refusals = {"400", "401", "403", "406", "409", "411", "413", "415", "422", "429", "503"}
    assert set(push["responses"]) == {"200", "201", *refusals}
    assert list(push["responses"]["409"]["content"]) == [MEDIA_TYPE]
    assert push["security"]
    message = schema["components"]["schemas"]["MessageIn"]
    assert set(message["required"]) == {"source", "external_id", "text"}
    assert set(schema["paths"]) >= {
        "/api/v1/messages/",
        "/api/v1/messages/{number}/",
        "/api/v1/messages/{number}/attachments/",
        "/api/v1/messages/{number}/attachments/{file_id}/",
        "/api/v1/messages/{number}/satisfaction/",
        "/api/v1/topics/",
        "/api/v1/settlements/",
        "/api/v1/sources/",
    }


def test_the_description_is_valid_openapi(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_the_page_of_the_description_has_nothing_inline() -> None:
    page = Client().get(API + "docs/")
    assert page.status_code == 200
    words = page.content.decode()
    assert "<style" not in words
    assert "style=" not in words
    assert words.count("<script") == words.count("<script src=")
    assert "unsafe" not in page["Content-Security-Policy"]
    script = Client().get(API + "docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode()
