"""Open311 GeoReport v2 as a client of the standard meets it: its rules as tables, its walk, and what it may not see."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from blocks.models import Scope, Source, Topic
from mcu.clock import utc_now
from mcu.logs import masked
from messages.models import Message
from tests.cast import NOW, Cast
from tests.messages.pushing import Pusher, pusher
from tests.messages.scenes import POS, bring

BASE = "/open311/v2/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"

# --- The rules of the standard ---------------------------------------------------------------------------------------

W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
ANY_WORDS = re.compile(r"(?s).+")
MAYBE = re.compile(r"(?s).*")
BOOL = re.compile("true|false")
DEGREES = re.compile(r"(-?\d+(\.\d+)?)?")
MAYBE_W3 = re.compile(f"({W3.pattern})?")
MAYBE_WEB = re.compile(r"(https?://\S+)?")

# Elements of an item in their order, and what each may hold; «maybe» is an empty element, in JSON null.
SERVICE = {
    "service_code": ANY_WORDS, "service_name": ANY_WORDS, "description": MAYBE, "metadata": BOOL,
    "type": re.compile("realtime|batch|blackbox"), "keywords": MAYBE, "group": MAYBE,
}  # fmt: skip
REQUEST = {
    "service_request_id": ANY_WORDS, "status": re.compile("open|closed"), "status_notes": MAYBE, "service_name": ANY_WORDS,
    "service_code": ANY_WORDS, "description": MAYBE, "agency_responsible": MAYBE, "service_notice": MAYBE,
    "requested_datetime": W3, "updated_datetime": W3, "expected_datetime": MAYBE_W3, "address": MAYBE, "address_id": MAYBE,
    "zipcode": MAYBE, "lat": DEGREES, "long": DEGREES, "media_url": MAYBE_WEB,
}  # fmt: skip
MADE = {"service_request_id": ANY_WORDS, "service_notice": MAYBE, "account_id": MAYBE}
TOKEN = {"service_request_id": ANY_WORDS, "token": ANY_WORDS}
ERROR = {"code": re.compile(r"\d{3}"), "description": ANY_WORDS}
ENDPOINT = {
    "specification": re.compile(re.escape("http://wiki.open311.org/GeoReport_v2")), "url": re.compile(r"https?://.+/open311/v2"),
    "changeset": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "type": re.compile("production|test"), "formats": MAYBE,
}  # fmt: skip
ROOTS = {
    "services": ("service", SERVICE),
    "service_requests": ("request", REQUEST),
    "made": ("request", MADE),
    "token": ("request", TOKEN),
    "errors": ("error", ERROR),
}


def parsed(content: bytes) -> ET.Element:
    """The tree of an answer of our own."""
    tree: ET.Element = ET.fromstring(content)  # noqa: S314 - our own answer
    return tree


def read(response: Any, kind: str, root: str = "") -> list[dict[str, Any]]:
    """The items of a list, after checking the answer against the rules of its kind, in either form."""
    item, rules = ROOTS[kind]
    text = response.content.decode("utf-8")
    if response["Content-Type"] == "application/json; charset=utf-8":
        items = response.json()
        assert isinstance(items, list)
    else:
        assert response["Content-Type"] == "text/xml; charset=utf-8"
        assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        tree = parsed(response.content)
        assert tree.tag == (root or kind)
        assert {child.tag for child in tree} <= {item}
        items = [{field.tag: field.text for field in child} for child in tree]
    for one in items:
        assert list(one) == list(rules)
        for name, rule in rules.items():
            value = one[name]
            words = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert rule.fullmatch(words), f"{name}: {words!r}"
    return items


def error(response: Any, status: int) -> str:
    """The words of an error in the standard's form."""
    assert response.status_code == status, response.content
    return " ".join(str(one["description"]) for one in read(response, "errors"))


def get(address: str, pusher: Pusher | None = None, **params: str) -> Any:
    params = {"jurisdiction_id": "oktyabrsky"} | params
    headers = pusher.headers if pusher else {}
    return Client(raise_request_exception=False).get(f"{BASE}{address}", params, headers=headers)


def post(pusher: Pusher | None, ending: str = "json", **said: Any) -> Any:
    """A report by its form, with the key as the standard has it."""
    form = {"jurisdiction_id": "oktyabrsky", "service_code": "street_light", "address_string": "ул. Ленина, 5"} | said
    if pusher:
        form = {"api_key": pusher.key} | form
    body = urlencode([(name, value) for name, value in form.items() if value is not None], doseq=True)
    return Client(raise_request_exception=False).post(f"{BASE}requests.{ending}", body, content_type=FORM)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def app(okt: Cast) -> Pusher:
    return pusher(okt.center, "other", name="Мобильное приложение")


@pytest.fixture
def code(okt: Cast) -> str:
    return str(Topic.objects.filter(center=okt.center, closed_at__isnull=True, block__code="roads")[0].code)


# --- The walk of a client ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xml", "json"])
def test_a_client_of_the_standard_walks_from_discovery_to_the_state(app: Pusher, ending: str) -> None:
    found = Client().get(f"{BASE}discovery.{ending}")
    if ending == "json":
        endpoint = found.json()["endpoints"][0]
        assert endpoint["formats"] == ["text/xml", "application/json"]
        assert set(found.json()) == {"changeset", "contact", "key_service", "endpoints"}
    else:
        tree = parsed(found.content)
        assert [child.tag for child in tree] == ["changeset", "contact", "key_service", "endpoints"]
        assert [one.text for one in tree.iterfind("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
        endpoint = {field.tag: field.text or "" for field in tree.find("endpoints/endpoint") or ()}
    assert all(rule.fullmatch(str(endpoint[name])) or name == "formats" for name, rule in ENDPOINT.items())

    services = read(get(f"services.{ending}"), "services")
    service = next(one for one in services if one["group"] and "орог" in one["group"])
    definition = get(f"services/{service['service_code']}.{ending}")
    if ending == "json":
        assert definition.json() == {"service_code": service["service_code"], "attributes": []}
    else:
        assert [child.tag for child in parsed(definition.content)] == ["service_code", "attributes"]

    said = {"service_code": service["service_code"], "lat": "61.49", "long": "67.44", "description": "Яма у школы, 89001112233"}
    answer = post(app, ending, **said, address_string="", email="a@b.ru", first_name="Иван", last_name="Петров")
    assert answer.status_code == 201, answer.content
    [made] = read(answer, "made", root="service_requests")
    message = Message.objects.select_related("applicant", "source", "topic").get(number=made["service_request_id"])
    assert (message.lat, message.lon, message.source.code) == (61.49, 67.44, "other")
    assert message.topic
    assert message.topic.code == service["service_code"]
    assert (message.applicant.name, message.applicant.email) == ("Петров Иван", "a@b.ru")

    number = quote(message.number)
    [seen] = read(get(f"requests/{number}.{ending}", app), "service_requests")
    assert (seen["service_request_id"], seen["status"], seen["service_name"]) == (
        message.number, "open", service["service_name"],
    )  # fmt: skip
    assert seen["status_notes"] == "Поступило"
    assert "89001112233" not in seen["description"]
    assert seen["requested_datetime"].endswith("+05:00")
    assert read(get(f"requests.{ending}", app), "service_requests") == [seen]
    assert read(get(f"tokens/{number}.{ending}", app), "token", root="service_requests")


def test_states_answers_and_those_responsible(okt: Cast) -> None:
    reader = pusher(okt.center, "pos")
    reader.client.scopes = [Scope.READ_ALL]
    reader.client.save()
    scene = bring(okt, POS, "answered")
    number, span = scene.message.number, {"start_date": (NOW - timedelta(days=2)).isoformat()}

    [seen] = read(get("requests.json", reader, **span), "service_requests")

    assert (seen["service_request_id"], seen["status"]) == (number, "closed")
    assert seen["status_notes"].startswith("Ответ направлен. Фонари у школы")
    due = scene.message.deadlines.get(kind="answer").due_at
    assert seen["expected_datetime"] == due.astimezone(okt.center.tz).isoformat(timespec="seconds")
    assert seen["agency_responsible"] == okt.block("roads").name
    assert seen["updated_datetime"][:16] == scene.now.astimezone(okt.center.tz).isoformat()[:16]
    assert read(get("requests.xml", reader, **span, status="open"), "service_requests") == []
    assert len(read(get("requests.xml", reader, **span, status="open,closed"), "service_requests")) == 1
    assert read(get("requests.xml", reader, **span, service_code="potholes"), "service_requests") == []
    assert len(read(get("requests.xml", reader, **span, service_code="potholes,other"), "service_requests")) == 1
    assert len(read(get("requests.xml", reader, service_request_id=f"нет,{number}"), "service_requests")) == 1


def test_a_list_costs_the_same_for_any_length(
    app: Pusher, code: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        assert post(app, service_code=code, external_id=str(number)).status_code == 201
    with django_assert_max_num_queries(9):
        rows = read(get("requests.json", app), "service_requests")
    assert len(rows) == 4
    assert read(get("requests.json", app, page_size="3", page="2"), "service_requests") == rows[3:]


# --- Once --------------------------------------------------------------------------------------------------------------


def test_a_report_sent_twice_is_one_case(app: Pusher, code: str) -> None:
    first = post(app, service_code=code, description="Яма", **{"attribute[external_id]": "77"})
    again = post(app, service_code=code, description="Яма", **{"attribute[external_id]": "77"})
    other = post(app, service_code=code, description="Другая", external_id="77")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()[0]["service_request_id"] in error(other, 400)
    assert Message.objects.count() == 1


def test_what_the_client_leaves_out_is_made_up_for(app: Pusher) -> None:
    media = ["https://pics.example/1.jpg", "https://pics.example/2.jpg"]
    assert post(app, service_code="other", media_url=media).status_code == 201
    assert post(app, service_code="other").status_code == 201  # without a number of their own these are two

    first, second = Message.objects.order_by("id")
    assert first.external_id != second.external_id
    assert first.topic is None
    assert first.text.startswith("Другой вопрос.")
    assert first.text.endswith(media[1])
    assert first.url == media[0]
    assert read(get(f"requests/{quote(first.number)}.xml", app), "service_requests")[0]["media_url"] == media[0]


# --- Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refused",
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "unknown"}, 404, "unknown"),
        ({"jurisdiction_id": "nowhere"}, 404, "nowhere"),
        ({"jurisdiction_id": "korsakovsky"}, 403, "korsakovsky"),
        ({"address_string": ""}, 400, "место"),
        ({"lat": "61"}, 400, "вместе"),
        ({"lat": "nan", "long": "10"}, 400, "lat"),
        ({"lat": "61", "long": "200"}, 400, "long"),
        ({"email": "не адрес"}, 400, "email"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"description": "x" * 60_000}, 400, "text"),
        ({"api_key": "mcu_00000000_wrong"}, 403, "Ключ"),
        ({"api_key": ""}, 403, "api_key"),
    ],
)
@pytest.mark.parametrize("ending", ["xml", "json"])
def test_what_is_wrong_is_said_in_the_standards_form(
    app: Pusher, kor: Cast, ending: str, refused: tuple[dict[str, str], int, str]
) -> None:
    said, status, words = refused
    assert words in error(post(app, ending, **({"service_code": "other"} | said)), status)
    assert not Message.objects.exists()


def test_bodies_and_addresses_that_are_not_of_the_standard(app: Pusher) -> None:
    http = Client(raise_request_exception=False)
    address = f"{BASE}requests.json"
    assert "UTF-8" in error(http.post(address, b"description=\xff", content_type=FORM), 400)
    assert "UTF-8" in error(http.post(address, b"description=%ff", content_type=FORM), 400)
    assert FORM.partition(";")[0] in error(http.post(address, b"{}", content_type="application/json"), 400)
    assert error(http.post(address, b"a=1&" * 300, content_type=FORM), 400)
    assert error(http.post(address, b"a=" + b"1" * 2_000_000, content_type=FORM), 400)
    for unknown in ("", "requests", "requests.html", "services/x/y.xml", "discovery.json/"):
        assert error(http.get(f"{BASE}{unknown}"), 404)
    assert error(http.delete(address), 403)
    assert error(http.delete(address, headers=app.headers), 405)
    assert error(get("requests.json", app, start_date="2026-01-01T00:00:00Z", end_date="2026-06-01T00:00:00Z"), 400)
    many = ",".join(map(str, range(300)))
    wrong = {"start_date": "вчера", "status": "done", "page": "0", "page_size": "5000", "service_request_id": many}
    for name, value in wrong.items():
        assert name in error(get("requests.xml", app, **{name: value}), 400)
    assert error(get("requests.xml", app, end_date="0001-01-01"), 400)
    for name in ("service_request_id", "service_code", "status"):
        assert name in error(get("requests.xml", app, **{name: "\x00"}), 400)  # no filter at all would be everything


def test_several_centers_want_their_name(app: Pusher, kor: Cast) -> None:
    assert "jurisdiction_id" in error(Client().get(f"{BASE}services.xml"), 400)
    assert "nowhere" in error(get("services.xml", jurisdiction_id="nowhere"), 404)
    assert read(get("services.xml", jurisdiction_id="korsakovsky"), "services")
    # The key names its Center by itself.
    assert post(app, jurisdiction_id=None, service_code="other").status_code == 201


def test_closed_topics_are_no_services(okt: Cast, code: str) -> None:
    Topic.objects.filter(center=okt.center, code=code).update(closed_at=utc_now())
    assert code not in {one["service_code"] for one in read(get("services.json"), "services")}
    assert error(get(f"services/{code}.json"), 404)


# --- Who may -----------------------------------------------------------------------------------------------------------


def test_reading_needs_a_key_and_shows_what_the_key_brought(okt: Cast, kor: Cast, app: Pusher) -> None:
    post(app, service_code="other", description="Своё")
    number = quote(Message.objects.get().number)
    twin = pusher(okt.center, "other", name="Другое приложение")
    foreign = pusher(kor.center, "im", name="Чужое приложение")

    assert error(get("requests.json"), 403)
    assert error(get(f"requests/{number}.json"), 403)
    assert read(get("requests.json", twin), "service_requests") == []
    assert error(get(f"requests/{number}.json", twin), 404)
    assert error(get(f"requests/{number}.json", foreign), 403)
    assert error(get(f"requests/{number}.json", foreign, jurisdiction_id=""), 404)


def test_scopes_hold(app: Pusher) -> None:
    app.client.scopes = [Scope.PUSH]
    app.client.save()
    assert error(get("requests.json", app), 403)
    app.client.scopes = [Scope.READ]
    app.client.save()
    assert error(post(app, service_code="other"), 403)


def test_a_key_of_several_sources_speaks_for_other(okt: Cast) -> None:
    assert post(pusher(okt.center, "im", "other", name="А"), service_code="other").status_code == 201
    assert Message.objects.get().source == Source.objects.get(center=okt.center, code="other")
    assert "источник" in error(post(pusher(okt.center, "im", "fz59", name="Б"), service_code="other"), 403)


def test_the_key_stays_out_of_addresses_and_logs(app: Pusher, caplog: pytest.LogCaptureFixture) -> None:
    body = urlencode({"service_code": "other", "address_string": "Дом"})
    address = f"{BASE}requests.json?api_key={app.key}"
    with caplog.at_level(logging.DEBUG):
        answer = Client(raise_request_exception=False).post(address, body, content_type=FORM)
    assert "журнал" in error(answer, 403)
    assert not Message.objects.exists()
    assert read(Client().get(address), "service_requests") == []  # reading clients know no other way
    assert app.key not in masked(f"GET {address} 200")
