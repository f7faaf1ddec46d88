"""The reports' pages: who sees what, what is a link, what can be taken home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from reports.models import Problemator
from reports.services.problemator import make_problemator
from tests.cast import Cast
from tests.reports.conftest import Scene
from tests.reports.story import moment

INDEX = "/oktyabrsky/reports/"
WEEK = "/oktyabrsky/reports/problemator/2026-W47/"
XLSX = "/oktyabrsky/reports/problemator/2026-W47.xlsx"
PDF = "/oktyabrsky/reports/problemator/2026-W47.pdf"
MAKE = f"{WEEK}make/"
EVERYBODY = ("head", "curator", "support", "tech", "district_head", "observer", "roads", "roads_curator", "im")


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Settings) -> None:
    """The head's and tech's second step has tests of its own."""
    settings.DEMO = True


@pytest.fixture(autouse=True)
def _on_monday_morning(okt_weeks: Scene) -> Iterator[None]:
    with time_machine.travel(moment(okt_weeks.cast, "23.11 09:00"), tick=False):
        yield


@pytest.fixture
def monday(okt_weeks: Scene) -> Scene:
    """The scene on the morning after, with its problemator made."""
    at = moment(okt_weeks.cast, "23.11 07:00")
    make_problemator(center=okt_weeks.cast.center, week=okt_weeks.week, now=at, actor=okt_weeks.cast.system)
    return okt_weeks


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


def test_members_read_strangers_find_nothing(monday: Scene, kor_weeks: Scene) -> None:
    for name in EVERYBODY:
        client = signed_in(monday.cast, name)
        assertContains(client.get(INDEX), "16–22 ноября 2026 года")
        assertContains(client.get(WEEK), "Уборка снега и наледи на дорогах")
    stranger = signed_in(kor_weeks.cast, "head")
    for address in (INDEX, WEEK, XLSX, PDF, f"{WEEK}cases/received/"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(MAKE).status_code == 404
    assert Client().get(WEEK).status_code == 302


def test_documents_are_for_support_and_head(monday: Scene) -> None:
    for name in EVERYBODY:
        client = signed_in(monday.cast, name)
        allowed = name in {"head", "support"}
        for address in (XLSX, PDF):
            assert client.get(address).status_code == (200 if allowed else 403), name
        page = client.get(WEEK)
        (assertContains if allowed else assertNotContains)(page, "Скачать PDF")


def test_a_download_repeats_the_kept_bytes(monday: Scene) -> None:
    kept = {file.format: bytes(file.content) for file in Problemator.objects.get().files.all()}
    client = signed_in(monday.cast, "support")
    for address, form, kind in ((XLSX, "xlsx", "spreadsheetml"), (PDF, "pdf", "application/pdf")):
        answer = client.get(address)
        assert answer.content == kept[form]
        assert kind in answer["Content-Type"]
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["Content-Disposition"].endswith(f"2026-W47.{form}")


def test_an_observer_sees_numbers_without_people_and_opens_no_cases(monday: Scene) -> None:
    name = monday.cast.people["roads"].short_name
    assertContains(signed_in(monday.cast, "curator").get(WEEK), name)
    observer = signed_in(monday.cast, "observer")
    page = observer.get(WEEK)
    assertNotContains(page, monday.cases["o6"].message.number)
    assertContains(signed_in(monday.cast, "curator").get(WEEK), monday.cases["o6"].message.number)
    assertNotContains(page, name)
    assertNotContains(page, "/cases/")
    assertNotContains(page, "/oktyabrsky/messages/ОКТ")
    assert observer.get(f"{WEEK}cases/received/").status_code == 403


def test_a_number_opens_its_cases_of_those_one_may_see(monday: Scene) -> None:
    head = signed_in(monday.cast, "head")
    page = head.get(f"{WEEK}cases/overdue/")
    for name in ("o6", "o15", "o18"):
        assertContains(page, monday.cases[name].message.number)
    assertNotContains(page, monday.cases["o4"].message.number)
    roads = signed_in(monday.cast, "roads").get(f"{WEEK}cases/overdue/")
    assertContains(roads, monday.cases["o6"].message.number)
    assertNotContains(roads, monday.cases["o18"].message.number)
    assertContains(roads, "вам видны 1")
    block = monday.cast.block("roads").pk
    narrowed = head.get(f"{WEEK}cases/received/?block={block}&state=closed")
    assert narrowed.status_code == 200
    assertContains(head.get(f"{WEEK}cases/received/?block={block}"), "Дороги")
    assertContains(head.get(f"{WEEK}cases/open/?state=received"), monday.cases["o4"].message.number)


@pytest.mark.parametrize(
    "address",
    [
        "/oktyabrsky/reports/problemator/2026-W99/",
        "/oktyabrsky/reports/problemator/nonsense/",
        "/oktyabrsky/reports/problemator/2026-W48/",
        "/oktyabrsky/reports/problemator/2026-W30.pdf",
        f"{WEEK}cases/nonsense/",
    ],
)
def test_what_is_not_there_is_not_found(monday: Scene, address: str) -> None:
    assert signed_in(monday.cast, "head").get(address).status_code == 404


@pytest.mark.parametrize(
    "query", ["block=x", "block=99999999999999999999", "topic=%00", "page=0", "page=x", "page=999999", "source=-1"]
)
def test_odd_addresses_of_lists_do_no_harm(monday: Scene, query: str) -> None:
    assert signed_in(monday.cast, "head").get(f"{WEEK}cases/received/?{query}").status_code == 200


def test_made_by_hand_by_those_who_may(okt_weeks: Scene) -> None:
    head, curator = signed_in(okt_weeks.cast, "head"), signed_in(okt_weeks.cast, "curator")
    assertContains(head.get(INDEX), "Составить за 16–22 ноября 2026 года")
    assertNotContains(curator.get(INDEX), "Составить за")
    assertContains(curator.get(WEEK), "За эту неделю проблематора нет")
    assert curator.post(MAKE).status_code == 403
    assert head.get(MAKE).status_code == 405
    assertContains(head.post(MAKE, follow=True), "составлен 23.11.2026 в 09:00")
    assert Problemator.objects.get().made_by == okt_weeks.cast.people["head"]
    assertContains(head.post("/oktyabrsky/reports/problemator/2026-W48/make/", follow=True), "ещё не закончилась")
    assertContains(head.get(WEEK), "Пересчитать")


def test_pages_ask_a_bounded_number_of_queries(monday: Scene) -> None:
    at = moment(monday.cast, "23.11 07:00")
    for back in range(1, 4):
        make_problemator(
            center=monday.cast.center, week=monday.week.previous(back), now=at + timedelta(hours=1), actor=monday.cast.system
        )
    client = signed_in(monday.cast, "head")
    for address in (INDEX, WEEK, f"{WEEK}cases/received/?block={monday.cast.block('roads').pk}"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= 15, address


def test_pages_carry_no_inline_style_or_script(monday: Scene) -> None:
    client = signed_in(monday.cast, "head")
    for address in (INDEX, WEEK, f"{WEEK}cases/received/"):
        words = client.get(address).content.decode()
        assert " style=" not in words
        assert "<style" not in words
        assert "onclick" not in words
