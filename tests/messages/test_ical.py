"""The feed of a person's terms: the private address, what stands in the file and what never does, who reads nothing."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar
from icalendar.cal import Component
from pytest_django import DjangoAssertNumQueries, Settings

from blocks.models import CalendarFeed, Membership, Substitution
from blocks.services import calendar_feeds
from mcu.logs import WithoutSecrets, masked
from messages.models import Deadline, Message
from messages.selectors.terms import feed as terms_feed
from messages.services.deadlines import sync
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)
SECRET = "Иванова Мария просит починить фонарь, звоните +7 922 123-45-67"


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # nobody is asked for a code
    cache.clear()
    with time_machine.travel(LATER, tick=False):
        yield


def address(cast: Cast, name: str) -> str:
    """The path of a new feed of the person."""
    return f"/ical/{calendar_feeds.create_feed(user=cast.people[name], center=cast.center, now=LATER)}.ics"


def events(body: bytes) -> list[Component]:
    """The file as a calendar program reads it, every line within 75 octets."""
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    return list(Calendar.from_ical(body).walk("VEVENT"))


def read(path: str) -> list[Component]:
    answer = Client().get(path)
    assert answer.status_code == 200, words(answer)
    return events(answer.content)


def test_a_person_makes_an_address_that_is_shown_once(okt: Cast) -> None:
    client = browser(okt, "roads")
    made = words(client.post(page(okt, "feed"), {"do": "create"}))
    found = re.search(r"/ical/([\w-]{43})\.ics", made)
    assert found
    token = found[1]
    feed = CalendarFeed.objects.get()
    assert feed.token_hash == hashlib.sha256(token.encode()).hexdigest()
    again = words(client.get(page(okt, "feed")))
    assert token not in again
    assert "ещё не читали" in again
    assert Client().get(f"/ical/{token}.ics").status_code == 200
    assert "ещё не читали" not in words(client.get(page(okt, "feed")))


def test_a_term_is_a_moment_with_an_alarm_and_without_the_citizen(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned", text=SECRET)
    Message.objects.filter(pk=scene.message.pk).update(topic_words=SECRET, address=SECRET)
    term = Deadline.objects.get(message=scene.message, kind="agree")
    path = address(okt, "roads")
    answer = Client().get(path)
    (event,) = events(answer.content)
    assert event["summary"] == f"Срок: согласование ответа — {scene.message.number}"
    assert event.decoded("dtstart") == term.due_at.replace(microsecond=0)
    assert "dtend" not in event
    assert str(event["url"]).endswith(f"/oktyabrsky/messages/{quote(scene.message.number)}/")
    assert str(event["url"]).isascii()
    assert f"Источник: {okt.source('im').name}" in str(event["description"])
    assert "Блок: " in str(event["description"])
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == term.threat_at.replace(microsecond=0)
    said = answer.content.decode().replace("\r\n ", "")
    assert "TRIGGER;VALUE=DATE-TIME:2026" in said
    assert f"X-WR-CALNAME:Сроки МЦУ: {okt.center.district}" in said
    assert not [word for word in ("Иванова", "фонарь", "922", "123-45-67") if word in said]
    assert event["uid"] == read(path)[0]["uid"]


def test_the_end_of_a_day_stays_on_that_day(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    last = datetime(2026, 11, 20, 18, 59, 59, 999_999, tzinfo=UTC)  # midnight in the Center
    Deadline.objects.update(due_at=last)
    (event,) = read(address(okt, "roads"))
    assert event.decoded("dtstart") == last.replace(microsecond=0)


def test_terms_go_where_the_case_goes(okt: Cast) -> None:
    """Whom the case waits for has its terms; when it moves on, the next one has them."""
    paths = {name: address(okt, name) for name in ("im", "roads", "roads_curator", "head", "housing", "support")}
    scene = bring(okt, IM, "assigned")
    shown = {"assigned": ["roads"], "block_approval": ["roads_curator"], "head_approval": ["head"], "approved": ["im"]}
    for state, expected in shown.items():
        if state != "assigned":
            scene = bring(okt, IM, state)
        Message.objects.filter(pk=scene.message.pk).update(responsible=None)
        Deadline.objects.filter(message=scene.message).update(internal=False)  # as the head's own term is in this charter
        number = scene.message.number
        holding = [name for name, path in paths.items() if any(number in str(event["summary"]) for event in read(path))]
        assert holding == expected, state


def test_while_others_approve_it_is_in_their_calendar(okt: Cast) -> None:
    scene = bring(okt, IM, "drafting")
    path = address(okt, "roads")
    Message.objects.filter(pk=scene.message.pk).update(responsible=okt.people["roads"])
    assert len(read(path)) == 1
    scene.submit()
    assert read(path) == []
    assert len(read(address(okt, "roads_curator"))) == 1


def test_what_is_met_leaves_the_calendar(okt: Cast) -> None:
    path = address(okt, "roads")
    scene = bring(okt, IM, "assigned")
    assert len(read(path)) == 1
    Deadline.objects.filter(message=scene.message).update(met_at=LATER)
    assert read(path) == []


@pytest.mark.parametrize(
    "end", ["revoked", "replaced", "blocked", "role ended", "unknown", "center closed", "lent to a blocked one"]
)
def test_an_address_that_holds_no_more_is_no_address(okt: Cast, end: str) -> None:
    """Whatever the reason, the answer is the same."""
    bring(okt, IM, "assigned")
    user = okt.people["roads"]
    path = address(okt, "roads")
    assert Client().get(path).status_code == 200
    roles = Membership.objects.filter(user=user, center=okt.center)
    match end:
        case "revoked":
            browser(okt, "roads").post(page(okt, "feed"), {"do": "revoke"})
        case "replaced":
            address(okt, "roads")
        case "blocked":
            type(user).objects.filter(pk=user.pk).update(is_active=False)
        case "role ended":
            roles.update(revoked_at=LATER)
        case "center closed":
            type(okt.center).objects.filter(pk=okt.center.pk).update(closed_at=LATER)
        case "lent to a blocked one":
            day = LATER.date()
            lent = Membership.objects.get(user=okt.people["housing"])
            Substitution.objects.create(membership=lent, substitute=user, since=day, until=day)
            type(user).objects.filter(pk=user.pk).update(is_active=False)
        case _:
            path = "/ical/none.ics"
    answer = Client().get(path)
    assert (answer.status_code, words(answer)) == (404, "По этому адресу ничего нет.")


def test_the_file_is_private_and_sets_no_cookie(okt: Cast) -> None:
    answer = Client().get(address(okt, "roads"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_the_same_terms_are_not_sent_again(okt: Cast) -> None:
    bring(okt, IM, "assigned")
    path = address(okt, "roads")
    first = Client().get(path)
    assert Client().get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Deadline.objects.update(due_at=LATER + timedelta(hours=5))
    second = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["ETag"] != first["ETag"]
    assert Client().get(path, headers={"If-None-Match": "*"}).status_code == 304


def test_a_term_that_moved_is_a_later_revision_of_its_event(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    path = address(okt, "roads")
    (first,) = read(path)
    assert first["sequence"] == 0
    for number in (1, 2):
        moved = LATER + timedelta(hours=number)
        Deadline.objects.filter(kind="agree").update(due_at=moved + timedelta(hours=3))
        with time_machine.travel(moved, tick=False):
            sync(Message.objects.get(pk=scene.message.pk), now=moved, actor=okt.actor("head"))
            (event,) = read(path)
        assert event["sequence"] == number
        assert event.decoded("last-modified") == event.decoded("dtstamp") == moved.replace(microsecond=0)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_the_address_is_only_read(okt: Cast, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(address(okt, "roads"))
    assert (answer.status_code, answer["Allow"], words(answer)) == (405, "GET, HEAD", "Этот адрес только читают.")


def test_no_line_of_the_log_names_a_secret_address() -> None:
    line = logging.LogRecord("any", logging.WARNING, "", 0, "Forbidden (%s): %s", ("why", "/ical/s3cret-_A.ics"), None)
    assert WithoutSecrets().filter(line)
    assert line.getMessage() == "Forbidden (why): /ical/***"
    assert masked('"GET /link/abc/ HTTP/1.1" "/s/def/?a=1"') == '"GET /link/***/ HTTP/1.1" "/s/***/?a=1"'
    assert masked("/oktyabrsky/messages/ОКТ-26-1/") == "/oktyabrsky/messages/ОКТ-26-1/"


def test_too_many_readings_from_one_place_are_asked_to_wait(okt: Cast) -> None:
    client = Client()
    answers = {client.get("/ical/none.ics").status_code for _ in range(125)}
    assert answers == {404, 429}


def test_the_nearest_terms_and_no_more_in_few_queries(
    okt: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(terms_feed, "MOST", 5)
    crowd(okt, 12, states=(State.ASSIGNED,))
    path = address(okt, "roads")
    with django_assert_max_num_queries(6):
        body = Client().get(path).content
    found = [event.decoded("dtstart") for event in events(body)]
    assert len(found) == 5
    assert found == sorted(found)
    assert found[-1] <= min(Deadline.objects.order_by("due_at").values_list("due_at", flat=True)[5:])


def test_pressed_again_an_address_replaces_the_former(okt: Cast) -> None:
    for _ in range(3):
        address(okt, "roads")
    assert CalendarFeed.objects.filter(revoked_at__isnull=True).count() == 1
