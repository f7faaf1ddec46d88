"""Planning data: any slice counts the cases of its figure, opens them, and goes home as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from messages.models import Message, Satisfaction
from reports import answers, cases, present
from reports.periods import parse_period
from reports.planning import count, layout, slices
from reports.planning.count import OTHERS, Sum2
from tests.reports.conftest import Scene
from tests.reports.story import moment

PLANNING = "/oktyabrsky/reports/planning/"
FILE = "/oktyabrsky/reports/planning/data."
DIMENSIONS = tuple(slices.DIMENSIONS)


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Settings) -> None:
    settings.DEMO = True


@pytest.fixture(autouse=True)
def _on_tuesday(okt_weeks: Scene) -> Iterator[None]:
    with time_machine.travel(moment(okt_weeks.cast, "24.11 12:00"), tick=False):
        yield


@pytest.fixture
def now(okt_weeks: Scene) -> datetime:
    return moment(okt_weeks.cast, "24.11 12:00")


def asked(scene: Scene, code: str, now: datetime, **address: str) -> slices.Slice:
    return slices.read(address, scene.cast.center, parse_period(code, now=now, tz=scene.cast.center.tz))


def client_of(scene: Scene, who: str) -> Client:
    client = Client()
    client.force_login(scene.cast.people[who])
    return client


@pytest.mark.parametrize("rows", DIMENSIONS)
@pytest.mark.parametrize("columns", ["", "source", "month"])
def test_every_slice_sums_to_its_figure(okt_weeks: Scene, now: datetime, rows: str, columns: str) -> None:
    case = okt_weeks.cases["o2"].message
    Satisfaction.objects.create(message=case, score=3, via=Satisfaction.Via.STAFF, at=moment(okt_weeks.cast, "18.11 10:00"))
    center = okt_weeks.cast.center
    stretch = parse_period("2026-11", now=now, tz=center.tz).until(now)
    in_time, late = (one(center, stretch).count() for one in (answers.answered_in_time, answers.answered_late))
    expected: dict[str, float | None] = {
        "received": cases.received(center, stretch).count(),
        "answered": answers.with_answer(center, stretch).count(),
        "late": late,
        "in_time": in_time / (in_time + late),
        "score": 3,
    }
    if "time" not in {slices.DIMENSIONS[rows].kind, "time" if columns == "month" else ""}:
        expected["overdue"] = present.overdue(center, now).count()
    for measure, whole in expected.items():
        slice_ = asked(okt_weeks, "2026-11", now, rows=rows, columns=columns, measure=measure)
        found = layout.lay_out(slice_, count.counted(slice_, now))
        assert found.total.value == pytest.approx(whole), measure


def test_rows_by_week_are_the_weeks_of_the_center(okt_weeks: Scene, now: datetime) -> None:
    slice_ = asked(okt_weeks, "2026-11", now, rows="week")
    found = layout.lay_out(slice_, count.counted(slice_, now))

    numbers = {name: found.row_total(row).value for row, name in found.rows.items()}
    assert numbers == {"с 09.11.2026": 7, "с 16.11.2026": 11, "с 23.11.2026": 1}


def test_filters_narrow_and_words_look_into_addresses(okt_weeks: Scene, now: datetime) -> None:
    Message.objects.filter(pk=okt_weeks.cases["o2"].message.pk).update(address="п. Талинка, ул. Ленина, д. 5, кв. 12")
    snow = str(Message.objects.get(pk=okt_weeks.cases["o2"].message.pk).topic_id)

    def number(**address: str) -> float | None:
        slice_ = asked(okt_weeks, "2026-11", now, **address)
        return layout.lay_out(slice_, count.counted(slice_, now)).total.value

    assert number(topic=snow) == 4
    assert number(topic="none") == 15
    assert number(source=str(okt_weeks.cast.source("fz59").pk)) == 3
    assert number(regime="appeal") == 3
    assert number(words="Ленина 5") == 1
    assert number(words="ленина") == 1
    assert number(words="Мира") == 0
    assert number(topic="99999999") == 0


def test_an_address_is_named_without_its_flat_and_only_where_cases_are_several(okt_weeks: Scene, now: datetime) -> None:
    for name, address in {
        "o2": "п. Талинка, ул. Ленина, д. 5, кв. 12",
        "o3": "п. Талинка, ул. Ленина, д. 5, кв.3",
        "o4": "п. Талинка, ул. Ленина, д. 5 квартира № 7",
        "o10": "п. Талинка, ул. Мира, д. 1, кв. 2",
    }.items():
        Message.objects.filter(pk=okt_weeks.cases[name].message.pk).update(address=address)

    slice_ = asked(okt_weeks, "2026-11", now, rows="address")
    found = layout.lay_out(slice_, count.counted(slice_, now))

    assert {row: found.row_total(row).value for row in found.rows} == {
        "п. Талинка, ул. Ленина, д. 5": 3,
        OTHERS: 1,
        "": 15,
    }
    page = client_of(okt_weeks, "observer").get(PLANNING, {"rows": "address", "period": "2026-11"})
    assertContains(page, "ул. Ленина, д. 5")
    assertNotContains(page, "кв. 12")
    assertNotContains(page, "Мира")


@pytest.fixture
def flats(okt_weeks: Scene) -> Scene:
    """One resident of a house, and three of another."""
    for name, address in {
        "o2": "п. Талинка, ул. Ленина, д. 5, кв. 12",
        "o3": "п. Талинка, ул. Мира, д. 112, кв. 12",
        "o4": "п. Талинка, ул. Мира, д. 112, кв. 3",
        "o10": "п. Талинка, ул. Мира, д. 112",
    }.items():
        Message.objects.filter(pk=okt_weeks.cases[name].message.pk).update(address=address)
    return okt_weeks


@pytest.mark.parametrize(
    ("words", "cases"),
    [("кв 12", 0), ("Ленина 12", 0), ("Мира 12", 0), ("Мира кв", 0), ("Ленина 5", 1), ("мира 112", 3), ("улица Мира", 0)],
)
@pytest.mark.parametrize("rows", ["settlement", "address"])
def test_words_do_not_find_a_flat(flats: Scene, now: datetime, words: str, cases: int, rows: str) -> None:
    slice_ = asked(flats, "2026-11", now, rows=rows, words=words)
    assert layout.lay_out(slice_, count.counted(slice_, now)).total.value == cases


@pytest.mark.parametrize("measure", slices.MEASURES)
def test_an_observer_learns_nothing_of_fewer_than_three_cases_under_words(flats: Scene, measure: str) -> None:
    client = client_of(flats, "observer")
    address = {"period": "2026-11", "measure": measure, "words": "Ленина 5", "rows": "topic"}
    page = client.get(PLANNING, address)
    assertContains(page, "меньше трёх дел")
    assertNotContains(page, "heat-table")
    assertNotContains(page, "planning/data")
    for form in ("xlsx", "csv"):
        assert client.get(f"{FILE}{form}", address).status_code == 404
    same = client.get(PLANNING, address | {"words": "Нигде"})
    assertContains(same, "меньше трёх дел")


def test_of_three_cases_under_words_an_observer_is_told(flats: Scene) -> None:
    address = {"period": "2026-11", "words": "Мира 112"}
    assertContains(client_of(flats, "observer").get(PLANNING, address), "heat-table")
    one = client_of(flats, "head").get(PLANNING, address | {"words": "Ленина 5"})
    assertContains(one, "heat-table")


def test_a_period_that_has_not_begun_is_not_shown(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "head")
    for path in ("cases/2099/overdue/", "cases/2026-12/open/", "cases/2026-11-25/threat/", "rows/2099/hearings/"):
        assert client.get(f"/oktyabrsky/reports/{path}").status_code == 404, path
    for path in (PLANNING, "/oktyabrsky/reports/heat/"):
        page = client.get(path, {"period": "2099"})
        assertContains(page, "ещё не начался")
        assertNotContains(page, "Год 2099")
    with pytest.raises(CommandError, match="ещё не начался"):
        call_command("figures", "--center=oktyabrsky", "--from=2099-01-01", "--to=2099-12-31")


def test_stocks_of_a_period_that_goes_on_are_those_of_now(okt_weeks: Scene, now: datetime) -> None:
    center = okt_weeks.cast.center
    for figure, expected in {
        "open": cases.open_at(center, now),
        "overdue": cases.overdue_at(center, now),
        "threat": cases.threatened_at(center, now),
    }.items():
        for period in ("2026", "2026-W48", "2026-11-24", "2026-11-24..2027-05-01"):
            page = client_of(okt_weeks, "head").get(f"/oktyabrsky/reports/cases/{period}/{figure}/")
            assert page.context["page"].everything == expected.count(), (figure, period)


def test_a_cell_opens_its_cases(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "head")
    for address in (
        {"rows": "topic", "columns": "settlement"},
        {"rows": "source", "columns": "week", "measure": "answered"},
        {"rows": "block", "measure": "overdue"},
        {"rows": "recipient", "columns": "regime", "measure": "late"},
        {"rows": "settlement", "columns": "source", "source": str(okt_weeks.cast.source("im").pk)},
    ):
        page = client.get(PLANNING, {**address, "period": "2026-11"}).content.decode()
        links = {link.replace("&amp;", "&") for link in re.findall(r'<td[^>]*>\s*<a href="([^"]+)"', page)}
        assert links, address
        for link in links:
            opened = client.get(link)
            assert opened.status_code == 200
            assertNotContains(opened, "Дел нет")


def test_numbers_of_page_and_files_are_one(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "curator")
    address = {"rows": "source", "columns": "regime", "period": "2026-11"}
    page = client.get(PLANNING, address).content.decode()
    shown = [re.sub(r"\D", "", re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)]

    book = load_workbook(io.BytesIO(client.get(f"{FILE}xlsx", address).content))
    taken = [
        str(round(cell)) for row in book["Данные"].iter_rows(values_only=True) for cell in row if isinstance(cell, int | float)
    ]
    text = client.get(f"{FILE}csv", address).content.decode("utf-8-sig")
    written = [row["value"] for row in csv.DictReader(io.StringIO(text)) if row["unit"] == "count" and row["value"]]

    numbers = [number for number in shown if number]
    assert numbers
    assert sorted(numbers) == sorted(taken) == sorted(written)


def test_a_formula_in_an_address_never_runs(okt_weeks: Scene) -> None:
    evil = '=HYPERLINK("http://x","y")'
    Message.objects.filter(center=okt_weeks.cast.center).update(address=evil)
    client = client_of(okt_weeks, "head")

    book = load_workbook(io.BytesIO(client.get(f"{FILE}xlsx", {"rows": "address", "period": "2026-11"}).content))
    kinds = {
        cell.data_type for row in book["Данные"].iter_rows() for cell in row if cell.value and "HYPERLINK" in str(cell.value)
    }
    text = client.get(f"{FILE}csv", {"rows": "address", "period": "2026-11"}).content.decode("utf-8-sig")

    assert kinds == {"s"}
    assert "HYPERLINK" in text
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith("=")]


def test_only_the_whole_center_and_observers_plan(okt_weeks: Scene, kor_weeks: Scene) -> None:
    for who in ("head", "curator", "support", "tech", "district_head", "observer"):
        client = client_of(okt_weeks, who)
        assert client.get(PLANNING).status_code == 200
        assert client.get(f"{FILE}csv").status_code == 200
    for who in ("roads", "roads_curator", "im"):
        client = client_of(okt_weeks, who)
        assert client.get(PLANNING).status_code == client.get(f"{FILE}xlsx").status_code == 403
    assert client_of(kor_weeks, "head").get(PLANNING).status_code == 404
    assertNotContains(client_of(okt_weeks, "observer").get(PLANNING, {"period": "2026-11"}), "/cases/")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("?rows=week&measure=overdue", "не раскладывается по времени"),
        ("?columns=address", "поставьте их в строки"),
        ("?columns=week&period=2025-01-01..2026-11-22&rows=source", None),
        ("?rows=нет&columns=нет&measure=нет&topic=нет&source=%00", None),
        ("?period=2020", "ничего нет"),
    ],
)
def test_what_does_not_go_together_is_said(okt_weeks: Scene, address: str, said: str | None) -> None:
    page = client_of(okt_weeks, "head").get(PLANNING + address)
    assert page.status_code in (200, 422)
    if said:
        assertContains(page, said, status_code=page.status_code)


def test_the_page_costs_few_queries(okt_weeks: Scene) -> None:
    client = client_of(okt_weeks, "head")
    client.get(PLANNING)
    for address in (
        {},
        {"rows": "topic", "columns": "settlement", "measure": "in_time"},
        {"rows": "address", "words": "Ленина"},
    ):
        with CaptureQueriesContext(connection) as captured:
            client.get(PLANNING, address)
        assert len(captured) <= 15


def test_parts_add_up() -> None:
    assert (Sum2(3) + Sum2(4)).value == 7
    assert (Sum2(1, 2) + Sum2(-1, 0)).value == 0
    assert Sum2(0, 0).value is None
