"""The heat map: every number is that of the cases behind it, however summed; who sees which of them, and the page itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from messages.models import Message, Satisfaction
from reports import answers, cases, present
from reports.heat import cube, kept
from reports.heat.cube import NOBODY, Axis, Scope, Sums
from reports.heat.spots import spots
from reports.periods import Period, parse_period
from tests.reports.conftest import Scene
from tests.reports.story import moment, tell

HEAT = "/oktyabrsky/reports/heat/"
PERIODS = ("2026-W47", "2026-W46", "2026-11", "2026-Q4", "2026", "2026-11-16..2026-11-18")


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Settings) -> None:
    settings.DEMO = True


@pytest.fixture(autouse=True)
def _on_tuesday(okt_weeks: Scene) -> Iterator[None]:
    cache.clear()
    with time_machine.travel(moment(okt_weeks.cast, "24.11 12:00"), tick=False):
        yield


@pytest.fixture
def now(okt_weeks: Scene) -> datetime:
    return moment(okt_weeks.cast, "24.11 12:00")


def period(scene: Scene, code: str, now: datetime) -> Period:
    return parse_period(code, now=now, tz=scene.cast.center.tz)


def scope(scene: Scene, code: str, now: datetime, who: str = "head") -> Scope:
    return Scope(scene.cast.center, period(scene, code, now), scene.cast.actor(who, now), now)


def client_of(scene: Scene, who: str) -> Client:
    client = Client()
    client.force_login(scene.cast.people[who])
    return client


def score(scene: Scene, name: str, points: int, at: str) -> None:
    case = scene.cases[name].message
    Satisfaction.objects.create(message=case, score=points, via=Satisfaction.Via.STAFF, at=moment(scene.cast, at))


@pytest.mark.parametrize("code", PERIODS)
@pytest.mark.parametrize("axis", list(Axis))
def test_sums_are_those_of_the_cases(okt_weeks: Scene, now: datetime, code: str, axis: Axis) -> None:
    score(okt_weeks, "o2", 2, "17.11 10:00")
    score(okt_weeks, "o7", 5, "21.11 10:00")
    center, asked = okt_weeks.cast.center, scope(okt_weeks, code, now)

    whole = cube.summed(cube.counted(asked, axis).values())

    stretch = asked.period.until(now)
    given = list(answers.scores(center, stretch).values_list("score", flat=True))
    assert whole == Sums(
        received=cases.received(center, stretch).count(),
        before=cases.received(center, asked.before).count(),
        in_time=answers.answered_in_time(center, stretch).count(),
        late=answers.answered_late(center, stretch).count(),
        scores=len(given),
        points=sum(given),
        overdue=present.overdue(center, now).count(),
    )


@pytest.mark.parametrize("code", PERIODS)
def test_kept_and_late_by_sets_are_what_is_said_of_each_case(okt_weeks: Scene, now: datetime, code: str) -> None:
    center, stretch = okt_weeks.cast.center, period(okt_weeks, code, now)

    parts = kept.parts(center, stretch)

    said = {"answered": answers.with_answer, "late": answers.answered_late}
    for name, definition in said.items():
        found = [pk for part in parts for pk in getattr(part, name).values_list("pk", flat=True)]
        assert sorted(found) == sorted(definition(center, stretch).values_list("pk", flat=True)), name
    judged = {pk for part in parts for pk in part.judged.values_list("pk", flat=True)}
    in_time = set(answers.answered_in_time(center, stretch).values_list("pk", flat=True))
    assert judged == in_time | set(answers.answered_late(center, stretch).values_list("pk", flat=True))


def test_a_cell_is_its_topic_and_place(okt_weeks: Scene, now: datetime) -> None:
    case = Message.objects.get(pk=okt_weeks.cases["o2"].message.pk)
    cells = cube.counted(scope(okt_weeks, "2026-W47", now), Axis.SETTLEMENT)

    snow = cells[case.topic_id or NOBODY, case.settlement_id or NOBODY]
    assert (snow.received, snow.before, snow.in_time, snow.late) == (3, 1, 2, 1)  # o2 o3 o17, before o1; o1 o2 in time, o3 late
    assert cells[NOBODY, NOBODY].received == cube.summed(cells.values()).received - 3


def test_a_period_that_goes_on_is_compared_with_the_same_part_of_the_one_before(okt_weeks: Scene, now: datetime) -> None:
    asked = scope(okt_weeks, "2026-W48", now)

    assert asked.before.end - asked.before.start == now - asked.period.start
    assert asked.before.start == asked.period.previous().start


def test_a_block_counts_its_own_an_observer_counts_all(okt_weeks: Scene, now: datetime) -> None:
    whole = cube.counted(scope(okt_weeks, "2026", now), Axis.SETTLEMENT)
    roads = cube.counted(scope(okt_weeks, "2026", now, "roads"), Axis.SETTLEMENT)
    observed = cube.counted(scope(okt_weeks, "2026", now, "observer"), Axis.SETTLEMENT)

    mine = Message.objects.visible_to(okt_weeks.cast.actor("roads", now))
    assert cube.summed(roads.values()).received == mine.count() < cube.summed(whole.values()).received
    assert observed == whole


def test_the_other_center_is_not_counted(okt_weeks: Scene, kor_weeks: Scene, now: datetime) -> None:
    assert cube.summed(cube.counted(scope(kor_weeks, "2026", now), Axis.SETTLEMENT).values()).received == 5


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        (Sums(received=24, before=9), ["поступило 24, раньше 9 (+15)"]),
        (Sums(received=24, before=22), []),
        (Sums(received=4), []),
        (Sums(in_time=8, late=6), ["с опозданием 6 из 14 (43\u00a0%)"]),
        (Sums(in_time=100, late=6), []),
        (Sums(scores=7, points=17), ["средняя оценка 2,43, оценок 7"]),
        (Sums(scores=2, points=2), []),
        (Sums(overdue=5), ["просрочено сейчас 5"]),
        (Sums(overdue=2), []),
    ],
)
def test_what_makes_a_spot(sums: Sums, words: list[str]) -> None:
    assert [reason.words for spot in spots({(1, 2): sums}) for reason in spot.reasons] == words


def test_the_worst_spots_come_first_and_nowhere_is_no_spot() -> None:
    bad, worse = Sums(overdue=4), Sums(received=40, before=2, overdue=9)
    found = spots({(1, 1): bad, (2, 2): worse, (NOBODY, 3): worse, (3, NOBODY): worse})
    assert [spot.key for spot in found] == [(2, 2), (1, 1)]
    assert len(spots({(n, n): bad for n in range(1, 30)})) == 10


def test_the_page_shows_numbers_that_open_their_cases(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "head")
    page = client.get(HEAT, {"period": "2026-W47"})
    assertContains(page, "Тепловая карта")
    assertContains(page, "16–22 ноября 2026 года")

    links = re.findall(r'href="([^"]*/cases/[^"]*\?topic=\d+&amp;settlement=\d+)" aria-label="([^"]*)"', page.content.decode())
    assert len(links) == 1
    address, said = links[0]
    assert "поступило 3, раньше 1 (+2)" in said
    opened = client.get(address.replace("&amp;", "&"))
    for name in ("o2", "o3", "o17"):
        assertContains(opened, okt_weeks.cases[name].message.number)
    assertNotContains(opened, okt_weeks.cases["o1"].message.number)


@pytest.mark.parametrize("measure", ["received", "in_time", "score", "overdue"])
@pytest.mark.parametrize("by", ["settlement", "recipient"])
def test_every_link_of_the_page_opens(okt_weeks: Scene, measure: str, by: str) -> None:
    score(okt_weeks, "o2", 2, "17.11 10:00")
    client = client_of(okt_weeks, "head")
    page = client.get(HEAT, {"period": "2026-11", "measure": measure, "by": by}).content.decode()

    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/oktyabrsky/reports/(?:cases|now)/[^"]*)"', page)}
    assert links
    for link in links:
        assertNotContains(client.get(link), "Дел нет")


def test_an_observer_has_the_numbers_without_links(okt_weeks: Scene) -> None:
    page = client_of(okt_weeks, "observer").get(HEAT, {"period": "2026-11"})

    assertContains(page, "Карта населённых пунктов")
    assertNotContains(page, "/cases/")
    assertNotContains(page, "/now/")


def test_drawings_of_the_page_are_well_formed(okt_weeks: Scene) -> None:
    for by in Axis:
        page = client_of(okt_weeks, "head").get(HEAT, {"period": "2026-11", "by": by}).content.decode()
        drawings = re.findall(r'<svg class="chart .*?</svg>', page, re.DOTALL)
        assert drawings or by is Axis.RECIPIENT
        for drawing in drawings:
            ET.XML(drawing)


@pytest.mark.parametrize(
    "address",
    ["", "?period=2026", "?period=2026-W99", "?period=нет", "?from=2026-11-01&to=2026-11-10", "?from=2026-11-10&to=2026-11-01",
     "?from=&to=x", "?measure=нет&by=нет", "?period=2020", "?period=2026-11-01..2026-11-03"],
)  # fmt: skip
def test_any_address_gives_a_page_of_few_queries(okt_weeks: Scene, address: str) -> None:
    client = client_of(okt_weeks, "head")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(HEAT + address).status_code == 200
    assert len(captured) <= 15


@pytest.mark.parametrize("who", ["roads", "roads_curator", "im", "tech", "observer"])
def test_everybody_has_a_map_of_few_queries(okt_weeks: Scene, who: str) -> None:
    client = client_of(okt_weeks, who)
    with CaptureQueriesContext(connection) as captured:
        assertContains(client.get(HEAT, {"period": "2026-11"}), "Тепловая карта")
    assert len(captured) <= 15


def test_what_was_not_understood_is_said(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "head")
    assertContains(client.get(HEAT, {"from": "2026-11-10", "to": "2026-11-01"}), "Последний день периода раньше первого")
    assertContains(client.get(HEAT, {"period": "2026-W99"}), "нет")
    assertContains(client.get(HEAT, {"period": "2020"}), "Данных за период нет", status_code=200)


def test_a_year_is_kept_for_some_minutes_a_month_is_not(okt_weeks: Scene, now: datetime) -> None:
    client = client_of(okt_weeks, "head")
    queries = {}
    for code in ("2026", "2026-11"):
        client.get(HEAT, {"period": code})
        with CaptureQueriesContext(connection) as captured:
            client.get(HEAT, {"period": code})
        queries[code] = len(captured)
    assert queries["2026"] == queries["2026-11"] - 1
    tell(okt_weeks.cast, "im", "24.11 09:00")
    assertContains(client.get(HEAT, {"period": "2026-11"}), "поступило")


def test_strangers_find_nothing(kor_weeks: Scene, okt_weeks: Scene) -> None:
    assert client_of(kor_weeks, "head").get(HEAT).status_code == 404
    assert Client().get(HEAT).status_code == 302
