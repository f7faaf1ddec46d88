"""«Табло»: what a wall screen shows, each number equal to its list, kept for the other screens, nothing of applicants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mcu.beats import SWEEP, beat
from messages.models import Applicant, Message
from reports import board, cases, present
from reports.periods import day_of
from tests.cast import Cast
from tests.messages.browsing import browser, words
from tests.reports.conftest import Scene
from tests.reports.story import moment, tell

BOARD = "/oktyabrsky/reports/board/"
QUERIES = 15


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    cache.clear()
    board.forget()
    yield
    board.forget()


@pytest.fixture
def okt_wednesday(okt_weeks: Scene) -> Iterator[Cast]:
    """Wednesday noon after the scene's weeks: some came in today, one presses."""
    cast = okt_weeks.cast
    with time_machine.travel(moment(cast, "25.11 12:30"), tick=False):
        tell(cast, "im", "25.11 08:10", topic="road_repair")
        tell(cast, "im", "25.11 09:00", topic="road_repair").assign("25.11 10:00", "roads")  # to be agreed by 13:00
        done = tell(cast, "im", "25.11 09:20").assign("25.11 09:30", "roads").agree("25.11 10:00").approve("25.11 10:05")
        done.send("25.11 10:10")
        yield cast


def test_every_figure_is_the_number_of_its_list(okt_wednesday: Cast) -> None:
    now, center = moment(okt_wednesday, "25.11 12:30"), okt_wednesday.center
    shown = board.board_of(center, now)
    today = day_of(now.date(), center.tz)
    assert [(mark.name, mark.value) for mark in shown.figures] == [
        ("Поступило сегодня", str(cases.received(center, today).count())),
        ("Отвечено сегодня", str(cases.with_answer(center, today).count())),
        ("Срок сегодня", str(present.due_today(center, now).count())),
        ("Под угрозой", str(present.threatened(center, now).count())),
        ("Просрочено", str(present.overdue(center, now).count())),
    ]
    client = browser(okt_wednesday, "head")
    rows = [*shown.figures, *shown.queue, *(mark for line in shown.blocks for mark in line.marks)]
    linked = [mark for mark in rows if mark.url]
    assert len(linked) > 8
    for mark in linked:
        assert client.get(mark.url).context["page"].everything == int(mark.value), mark
    assert sum(int(mark.value) for mark in shown.queue) == present.in_work(center, now).count()


def test_the_day_by_the_hour_stands_beside_the_mean_of_the_same_day_of_four_weeks(okt_wednesday: Cast) -> None:
    for day in ("28.10", "04.11", "11.11", "18.11"):
        tell(okt_wednesday, "im", f"{day} 15:30")
    shown = board.board_of(okt_wednesday.center, moment(okt_wednesday, "25.11 12:30"))
    received, answered = shown.hours
    assert (received.now[8], received.now[9], answered.now[10]) == (1, 2, 1)
    assert received.total == sum(received.now.values())
    assert received.usual[15] >= 1
    assert received.usual_so_far == sum(n for hour, n in received.usual.items() if hour < 12) + received.usual.get(12, 0) / 2
    assert shown.figures[0].change.startswith("обычно к этому часу")


def test_what_presses_comes_first_then_whose_term_ends_next_each_case_once(okt_wednesday: Cast) -> None:
    now = moment(okt_wednesday, "25.11 12:30")
    shown = board.board_of(okt_wednesday.center, now)
    threatened = set(present.threatened(okt_wednesday.center, now).values_list("number", flat=True))
    assert {term.number for term in shown.threatened} == threatened
    assert {term.chip.tone for term in shown.threatened} == {"amber"}
    listed = [term.number for term in (*shown.threatened, *shown.following)]
    assert len(listed) == len(set(listed)) <= board.TERMS
    ends = [term.chip.clock.due for term in shown.following if term.chip.clock]
    assert ends == sorted(ends)


def test_a_sharp_growth_of_the_last_seven_days_is_there_with_its_cases(okt_wednesday: Cast) -> None:
    for hour in range(7, 12):
        tell(okt_wednesday, "im", f"25.11 {hour:02}:05", topic="heating_outage")
    shown = board.board_of(okt_wednesday.center, moment(okt_wednesday, "25.11 12:30"))
    topics = {spike.topic: spike for spike in shown.spikes}
    heating = Message.objects.filter(topic__code="heating_outage", center=okt_wednesday.center)[0].topic
    assert heating
    spike = topics[heating.name]
    page = browser(okt_wednesday, "head").get(spike.mark.url).context["page"]
    assert page.everything == int(spike.mark.value) >= 5


def test_neither_names_nor_texts_stand_on_a_wall(okt_wednesday: Cast) -> None:
    for message in Message.objects.filter(center=okt_wednesday.center):
        Applicant.objects.update_or_create(message=message, defaults={"name": "Заметная Фамилия"})
    Message.objects.filter(center=okt_wednesday.center, topic=None).update(topic_words="от Заметной Фамилии")
    text = words(browser(okt_wednesday, "head").get(BOARD))
    assert "Заметн" not in text
    for message in Message.objects.filter(center=okt_wednesday.center):
        assert message.text[:40] not in text


def test_it_is_for_those_who_see_the_whole_center(okt_wednesday: Cast) -> None:
    for name in ("head", "curator", "support", "tech", "district_head"):
        assert browser(okt_wednesday, name).get(BOARD).status_code == 200
        assert browser(okt_wednesday, name).get(f"{BOARD}figures/").status_code == 200
    for name in ("roads", "roads_curator", "im", "observer"):
        assert browser(okt_wednesday, name).get(BOARD).status_code == 403
        assert browser(okt_wednesday, name).get(f"{BOARD}figures/").status_code == 403


def test_ten_screens_cost_one(okt_wednesday: Cast) -> None:
    client = browser(okt_wednesday, "head")
    with CaptureQueriesContext(connection) as first:
        assert client.get(BOARD).status_code == 200
    assert len(first) <= QUERIES
    with CaptureQueriesContext(connection) as next_screen:
        answer = client.get(f"{BOARD}figures/")
    assert len(next_screen) <= 4  # who asks, and in which roles
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<html" not in words(answer)


def test_without_redis_it_is_counted_and_kept_in_the_process(okt_wednesday: Cast, settings: Settings) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": away}
    client = browser(okt_wednesday, "head")
    assert client.get(BOARD).status_code == 200
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"{BOARD}figures/").status_code == 200
    assert len(caught) <= 4


def test_it_says_that_terms_are_not_checked(okt_wednesday: Cast) -> None:
    now = moment(okt_wednesday, "25.11 12:30")
    beat(SWEEP, now)
    assert board.board_of(okt_wednesday.center, now).alarm == ""
    board.forget()
    cache.clear()
    beat(SWEEP, now - timedelta(hours=2))
    text = words(browser(okt_wednesday, "head").get(BOARD))
    assert "Сроки не проверяются уже 2 ч" in text


def test_another_center_has_its_own(okt_wednesday: Cast, kor_weeks: Scene) -> None:
    okt = board.board_of(okt_wednesday.center, moment(okt_wednesday, "25.11 12:30"))
    kor = board.board_of(kor_weeks.cast.center, moment(okt_wednesday, "25.11 12:30"))
    assert {line.name for line in okt.blocks} != {line.name for line in kor.blocks}
    assert all("/korsakovsky/" in mark.url for mark in kor.figures)
