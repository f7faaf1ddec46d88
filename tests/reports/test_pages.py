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

from reports.models import Report
from reports.services import way
from reports.tasks import make_asked
from tests.cast import Cast
from tests.reports.conftest import Scene
from tests.reports.reported import make_problemator, signed_problemator
from tests.reports.story import moment

INDEX = "/oktyabrsky/reports/"
WEEK = "/oktyabrsky/reports/problemator/2026-W47/"
CASES = "/oktyabrsky/reports/cases/2026-W47/"
DOCUMENTS = {form: f"{WEEK}{form}" for form in ("pdf", "docx", "xlsx", "csv")}
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
    """The scene on the morning after, with its problemator signed."""
    at = moment(okt_weeks.cast, "23.11 07:00")
    signed_problemator(okt_weeks.cast, okt_weeks.week, at)
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
    for address in (INDEX, WEEK, *DOCUMENTS.values(), f"{CASES}received/"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(MAKE).status_code == 404
    assert Client().get(WEEK).status_code == 302


def test_whoever_may_read_a_signed_report_takes_it_home(monday: Scene) -> None:
    for name in EVERYBODY:
        client = signed_in(monday.cast, name)
        for address in DOCUMENTS.values():
            assert client.get(address).status_code == 200, (name, address)


def test_a_download_repeats_the_kept_bytes(monday: Scene) -> None:
    kept = {file.format: bytes(file.content) for file in Report.objects.get().documents.filter(without_names=False)}
    client = signed_in(monday.cast, "support")
    assert set(kept) == set(DOCUMENTS)
    for form, address in DOCUMENTS.items():
        answer = client.get(address)
        assert answer.content == kept[form]
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["Content-Disposition"].endswith(f"2026-W47.{form}")


def test_an_observer_takes_documents_without_names(monday: Scene) -> None:
    observer, number = signed_in(monday.cast, "observer"), monday.cases["o6"].message.number
    first = observer.get(DOCUMENTS["csv"]).content
    assert number not in first.decode()
    assert monday.cast.people["roads"].short_name not in first.decode()
    assert observer.get(DOCUMENTS["csv"]).content == first
    assert number in signed_in(monday.cast, "curator").get(DOCUMENTS["csv"]).content.decode()


def test_a_draft_is_for_those_who_work_on_it(okt_weeks: Scene) -> None:
    at = moment(okt_weeks.cast, "23.11 07:00")
    make_problemator(center=okt_weeks.cast.center, week=okt_weeks.week, now=at, actor=okt_weeks.cast.system)
    for name in EVERYBODY:
        client = signed_in(okt_weeks.cast, name)
        hidden = name in {"district_head", "observer"}
        assertContains(client.get(WEEK), "За этот период отчёта нет" if hidden else "Черновик")
        assert client.get(DOCUMENTS["pdf"]).status_code == (404 if hidden else 200), name


def test_from_the_draft_to_the_curator(okt_weeks: Scene) -> None:
    cast = okt_weeks.cast
    at = moment(cast, "23.11 07:00")
    report = make_problemator(center=cast.center, week=okt_weeks.week, now=at, actor=cast.system)
    support, head, curator = (signed_in(cast, name) for name in ("support", "head", "curator"))
    text = f"{WEEK}text/summary/"
    assertContains(support.get(text), "Что изменилось и почему")
    assertContains(support.post(text, {"text": "Снег выпал рано.", "version": "0"}, follow=True), "Снег выпал рано.")
    again = support.post(text, {"text": "Мой другой текст.", "version": "0"})
    assert again.status_code == 409
    assertContains(again, "Мой другой текст.", status_code=409)
    assertContains(again, "Снег выпал рано.", status_code=409)
    block = cast.block("roads").pk
    roads = signed_in(cast, "roads_curator")
    roads.post(f"{WEEK}text/causes/?block={block}", {"text": "Не хватает техники.", "version": "0"})
    assertContains(support.post(f"{WEEK}do/complete/", follow=True), "передан руководителю")
    assertContains(head.post(f"{WEEK}do/return/", {"remark": ""}, follow=True), "что доработать")
    head.post(f"{WEEK}do/return/", {"remark": "Нет причин по ЖКХ."})
    assertContains(support.get(WEEK), "Нет причин по ЖКХ.")
    assertContains(support.get(WEEK), "Возвращён на доработку")
    support.post(f"{WEEK}do/complete/")
    assertContains(head.post(f"{WEEK}do/approve/", {"seen": "иное"}, follow=True), "пересчитали")
    assertContains(
        head.post(f"{WEEK}do/approve/", {"seen": way.read_as(report), "without_texts": "1"}, follow=True), "больше не меняются"
    )
    assertContains(head.post(f"{WEEK}do/present/", follow=True), "Отчёт представлен")
    assertContains(curator.get(WEEK), "Дороги. Не хватает техники.")
    assert curator.post(f"{WEEK}do/correct/", {"reason": "Так надо"}, follow=True).status_code == 200
    assert Report.objects.count() == 1
    assertContains(support.post(f"{WEEK}do/correct/", {"reason": "Пришли ещё"}, follow=True), "версия 2")
    report.refresh_from_db()
    assert [event.code for event in report.events.all()][-1] == "read"


def test_a_text_typed_to_a_report_signed_meanwhile_comes_back(okt_weeks: Scene) -> None:
    cast = okt_weeks.cast
    at = moment(cast, "23.11 07:00")
    report = make_problemator(center=cast.center, week=okt_weeks.week, now=at, actor=cast.system)
    way.approve(report_id=report.pk, actor=cast.actor("head", at), seen=way.read_as(report), without_texts=True, now=at)
    answer = signed_in(cast, "support").post(f"{WEEK}text/summary/", {"text": "Долго писал.", "version": "0"})
    assert answer.status_code == 409
    assertContains(answer, "Долго писал.", status_code=409)
    assertContains(answer, "Отчёт уже изменился", status_code=409)
    assertContains(answer, f'href="{WEEK}"', status_code=409)
    assertNotContains(answer, "Дело", status_code=409)


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
    assert observer.get(f"{CASES}received/").status_code == 403


def test_a_number_opens_its_cases_of_those_one_may_see(monday: Scene) -> None:
    head = signed_in(monday.cast, "head")
    page = head.get(f"{CASES}overdue/")
    for name in ("o6", "o15", "o18"):
        assertContains(page, monday.cases[name].message.number)
    assertNotContains(page, monday.cases["o4"].message.number)
    roads = signed_in(monday.cast, "roads").get(f"{CASES}overdue/")
    assertContains(roads, monday.cases["o6"].message.number)
    assertNotContains(roads, monday.cases["o18"].message.number)
    assertContains(roads, "вам видны 1")
    block = monday.cast.block("roads").pk
    narrowed = head.get(f"{CASES}received/?block={block}&state=closed")
    assert narrowed.status_code == 200
    assertContains(head.get(f"{CASES}received/?block={block}"), "Дороги")
    assertContains(head.get(f"{CASES}open/?state=received"), monday.cases["o4"].message.number)


@pytest.mark.parametrize(
    "address",
    [
        "/oktyabrsky/reports/problemator/2026-W99/",
        "/oktyabrsky/reports/problemator/nonsense/",
        "/oktyabrsky/reports/problemator/2026-W48/",
        "/oktyabrsky/reports/problemator/2026-W30/pdf",
        "/oktyabrsky/reports/problemator/2026-W47.%00/",
        "/oktyabrsky/reports/problemator/2026-W47%20/",
        f"{WEEK}?version=999",
        f"{CASES}nonsense/",
    ],
)
def test_what_is_not_there_is_not_found(monday: Scene, address: str) -> None:
    assert signed_in(monday.cast, "head").get(address).status_code == 404


@pytest.mark.parametrize(
    "query", ["block=x", "block=99999999999999999999", "topic=%00", "page=0", "page=x", "page=999999", "source=-1"]
)
def test_odd_addresses_of_lists_do_no_harm(monday: Scene, query: str) -> None:
    assert signed_in(monday.cast, "head").get(f"{CASES}received/?{query}").status_code == 200


def test_made_by_hand_by_those_who_may(okt_weeks: Scene) -> None:
    head, curator = signed_in(okt_weeks.cast, "head"), signed_in(okt_weeks.cast, "curator")
    assertContains(head.get(INDEX), "Проблематор, 16–22 ноября 2026 года")
    assertNotContains(curator.get(INDEX), "Составить")
    assertContains(curator.get(WEEK), "За этот период отчёта нет")
    curator.post(MAKE)
    assert not Report.objects.exists()
    assert head.get(MAKE).status_code == 405
    assertContains(head.post(MAKE, follow=True), "Ждёт своей очереди")
    assert make_asked() == 1
    assert head.get(f"{WEEK}making/")["HX-Refresh"] == "true"
    assertContains(head.get(WEEK), "Пересчитать")
    later = head.post("/oktyabrsky/reports/problemator/2026-W48/make/", follow=True)
    assertContains(later, "ещё не закончился")


def test_pages_ask_a_bounded_number_of_queries(monday: Scene) -> None:
    at = moment(monday.cast, "23.11 07:00")
    for back in range(1, 4):
        make_problemator(
            center=monday.cast.center, week=monday.week.previous(back), now=at + timedelta(hours=1), actor=monday.cast.system
        )
    client = signed_in(monday.cast, "head")
    for address in (INDEX, WEEK, f"{CASES}received/?block={monday.cast.block('roads').pk}"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= 15, address


def test_pages_carry_no_inline_style_or_script(monday: Scene) -> None:
    client = signed_in(monday.cast, "head")
    for address in (INDEX, WEEK, f"{CASES}received/"):
        words = client.get(address).content.decode()
        assert " style=" not in words
        assert "<style" not in words
        assert "onclick" not in words
