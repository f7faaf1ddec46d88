"""«Мой стол» by role: the figures, the cases behind every mark, one role at a time, nothing of other people's bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from blocks.models import ApiClient, ApiKey, Membership, Substitution, Webhook
from blocks.roles import Role
from mcu.beats import beat, failed
from mcu.models import CalendarYear, Heartbeat
from messages.models import Message, Part, Satisfaction
from messages.services import approval
from reports.panels.build import LEADING
from tests.cast import SINCE, Cast
from tests.messages.browsing import words
from tests.reports.conftest import Scene
from tests.reports.reported import make_problemator
from tests.reports.story import moment, tell

QUERIES = 15
DESK = "/oktyabrsky/"


@pytest.fixture(autouse=True)
def _wednesday_after(okt_weeks: Scene, settings: Settings) -> Iterator[None]:
    """The week of the scene is over; what the desk keeps for minutes is of this test alone."""
    settings.DEMO = True
    cache.clear()
    with time_machine.travel(moment(okt_weeks.cast, "25.11 12:30"), tick=False):
        yield


@pytest.fixture
def okt_now(okt_weeks: Scene) -> Cast:
    """The scene with its problemator, one case under threat, one that waits for the head, one returned, a part, a low score."""
    cast = okt_weeks.cast
    at = moment(cast, "23.11 07:00")
    make_problemator(center=cast.center, week=okt_weeks.week, now=at, actor=cast.system)
    tell(cast, "im", "25.11 09:00").assign("25.11 10:00", "roads").draft("25.11 10:10")  # to be agreed by 13:00
    tell(cast, "im", "25.11 08:00").assign("25.11 09:00", "roads").agree("25.11 11:50")
    returned = tell(cast, "pos", "24.11 09:00").assign("24.11 10:00", "roads").submit("24.11 11:00")
    returned.block = "roads"
    _return(returned, "24.11 12:00")
    asked = tell(cast, "pos", "24.11 10:00").assign("24.11 11:00", "roads").message
    Part.objects.create(
        message=asked,
        block=cast.block("housing"),
        question="Когда отремонтируют трубу?",
        asked_at=moment(cast, "24.11 12:00"),
        due_at=moment(cast, "26.11 12:00"),
    )
    scored = tell(cast, "im", "24.11 09:00").assign("24.11 09:10", "roads").agree("24.11 10:00").approve("24.11 10:05")
    scored.send("24.11 10:10")
    Satisfaction.objects.create(
        message=scored.message, score=1, text="Ничего не сделали", via="link", at=moment(cast, "25.11 08:00")
    )
    return cast


def _return(story: Any, at: str) -> None:
    cast = story.cast
    actor = cast.actor("roads_curator", moment(cast, at))
    approval.return_(message_id=story.message.pk, actor=actor, comment="Назовите срок.", now=moment(cast, at))


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


def opened(cast: Cast, name: str, role: str = "") -> Any:
    response = client_of(cast, name).get(DESK + (f"?role={role}" if role else ""))
    assert response.status_code == 200
    return response


def sections(response: Any) -> dict[str, list[str]]:
    return {section.code: [row.number for row in section.rows] for section in response.context["sections"]}


def in_all_roles(cast: Cast, name: str = "head") -> None:
    for role in LEADING:
        if role in (Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE):
            cast.add(name, role, block="roads", since=SINCE)
        elif role in (Role.SOURCE_CURATOR, Role.ACCOUNTS):
            cast.add(name, role, source="im", since=SINCE)
        elif not Membership.objects.filter(user=cast.people[name], role=role).exists():
            cast.add(name, role, since=SINCE)


# ---- The figures -------------------------------------------------------------------------------------------------


def test_the_head_s_line_of_five_by_hand(okt_now: Cast) -> None:
    """The week from Monday 23.11: of its own stories eight came; two answers of four... against Monday for what stands."""
    panel = opened(okt_now, "head").context["panel"]
    names = [mark.name for mark in panel.figures]
    assert names == ["Поступило за неделю", "В срок за неделю", "Под угрозой", "Просрочено", "Оценка заявителей"]
    by_name = {mark.name: mark for mark in panel.figures}
    assert by_name["Поступило за неделю"].value == "6"  # o5 and the five of the fixture
    assert by_name["Под угрозой"].value == "1"
    assert by_name["Оценка заявителей"].value == "1,0"
    assert by_name["Просрочено"].change.endswith("с понедельника")
    assert [week.received for week in panel.weeks][-2:] == [11, 6]
    assert len(panel.weeks) == 8


PANELS = ["head", "curator", "district_head", "support", "roads_curator", "im"]


@pytest.mark.parametrize("name", PANELS)
def test_every_mark_opens_exactly_its_cases(okt_now: Cast, name: str) -> None:
    response = opened(okt_now, name)
    panel = response.context["panel"]
    marks = [*panel.figures, *panel.today, *panel.breaches, *panel.quality, *(row.mark for row in panel.stages)]
    marks += [mark for line in panel.blocks for mark in line.marks]
    marks += [mark for line in panel.people for mark in (line.held, line.overdue)]
    if panel.reported:
        marks += panel.reported.marks
    client = client_of(okt_now, name)
    checked = 0
    for mark in marks:
        if not mark.url:
            assert mark.value in ("0", "—"), mark
            continue
        page = client.get(mark.url)
        assert page.status_code == 200, mark
        if mark.value.isdecimal():
            assert page.context["page"].visible == int(mark.value), mark
            checked += 1
    assert checked > 3
    for week in panel.weeks:
        for url, count in ((week.received_url, week.received), (week.answered_url, week.answered)):
            assert client.get(url).context["page"].visible == count


def test_a_curator_counts_the_own_block_only(okt_now: Cast) -> None:
    roads, housing = okt_now.block("roads"), okt_now.block("housing")
    for name, block in (("roads_curator", roads), ("housing_curator", housing)):
        mark = opened(okt_now, name).context["panel"].figures[0]
        open_cases = Message.objects.get_queryset().open().filter(center=okt_now.center, block=block)
        assert (mark.name, mark.value) == ("В работе", str(open_cases.count()))


def test_what_is_kept_for_minutes_is_kept_apart_for_each_bounds(okt_now: Cast) -> None:
    """The slow figures of one block never show on the desk of another, nor those of one Center in the other."""
    first = {name: opened(okt_now, name).context["panel"].quality for name in ("roads_curator", "housing_curator")}
    cache.clear()
    again = {name: opened(okt_now, name).context["panel"].quality for name in ("housing_curator", "roads_curator")}
    assert first == again
    assert first["roads_curator"] != first["housing_curator"]


# ---- The work ----------------------------------------------------------------------------------------------------


def test_no_case_stands_twice(okt_now: Cast) -> None:
    in_all_roles(okt_now)
    for name in ("head", "roads_curator", "curator"):
        rows = sections(opened(okt_now, name))
        own = [number for code, numbers in rows.items() if code not in ("threat", "late") for number in numbers]
        watched = [*rows.get("threat", []), *rows.get("late", [])]
        assert not set(own) & set(watched)
        assert len(watched) == len(set(watched))


def test_the_responsible_sees_what_came_back_first_and_the_parts_asked_for(okt_now: Cast) -> None:
    rows = sections(opened(okt_now, "roads"))
    assert next(iter(rows)) == "returned"
    assert len(rows["returned"]) == 1
    assert not set(rows["returned"]) & set(rows["draft"])
    housing = opened(okt_now, "housing")
    part = next(section for section in housing.context["sections"] if section.code == "part")
    assert (part.rows[0].text, part.rows[0].chip.words) == ("Когда отремонтируют трубу?", "осталось 23 ч")
    assert part.rows[0].number not in sections(housing).get("draft", [])
    assert "part" not in sections(opened(okt_now, "roads"))


def test_a_low_score_waits_for_the_source_s_curator_with_its_words(okt_now: Cast) -> None:
    section = next(one for one in opened(okt_now, "im").context["sections"] if one.code == "score")
    assert section.rows[0].text == "Оценка 1: Ничего не сделали"
    Satisfaction.objects.update(settled_at=moment(okt_now, "25.11 12:00"))
    assert "score" not in sections(opened(okt_now, "im"))


# ---- Several roles, substitution ---------------------------------------------------------------------------------


def test_a_person_of_several_roles_looks_through_one_of_them(okt_now: Cast) -> None:
    okt_now.add("head", Role.BLOCK_CURATOR, block="housing", since=SINCE)
    every = opened(okt_now, "head")
    assert [choice.words for choice in every.context["choices"]] == ["Во всех ролях", "как руководитель", "как куратор блока"]
    assert {"approve", "agree"} <= set(sections(every)) | {"agree"}
    narrowed = opened(okt_now, "head", "block_curator")
    assert narrowed.context["panel"].role == Role.BLOCK_CURATOR
    assert "approve" not in sections(narrowed)
    assert "как куратор блока" in words(narrowed)
    strange = opened(okt_now, "head", "tech")
    assert strange.context["panel"].role == Role.HEAD
    assert opened(okt_now, "roads").context["choices"] == []


def test_the_desk_of_a_lent_role_names_the_absent_person(okt_now: Cast) -> None:
    day = moment(okt_now, "25.11 12:00").date()
    row = Membership.objects.get(user=okt_now.people["head"], role=Role.HEAD)
    Substitution.objects.create(membership=row, substitute=okt_now.people["housing"], since=day, until=day)
    response = opened(okt_now, "housing", "head")
    assert response.context["panel"].role == Role.HEAD
    assert "За Проверкин H. Т., по замещению" in words(response)
    assert "Утвердить" in words(response)


# ---- The technical desk ------------------------------------------------------------------------------------------


def test_the_technical_desk_says_what_stands_still(okt_now: Cast) -> None:
    now = moment(okt_now, "25.11 12:30")
    beat("task:sweep-deadlines", now - timedelta(minutes=1))
    beat("task:close-answered", now - timedelta(hours=4))
    beat("task:make-reports", now - timedelta(minutes=20))
    failed("task:make-reports", now - timedelta(minutes=1), "OSError: нет места")
    beat("backup", now - timedelta(days=2), bytes=3 * 1024**3, folder="/srv")
    gate = ApiClient.objects.create(center=okt_now.center, name="Шлюз", created_at=now)
    ApiKey.objects.create(client=gate, prefix="a", hash="b", created_at=now, last_used_at=now - timedelta(days=3))
    hook = {"client": gate, "url": "https://portal.example.ru/", "created_at": now, "next_try_at": now}
    Webhook.objects.create(failing_since=now - timedelta(hours=1), error="Ответил 500.", **hook)
    groups = {group.title: {row.name: row for row in group.rows} for group in opened(okt_now, "tech").context["panel"].health}
    work = groups["Фоновая работа"]
    assert (work["Проверка сроков"].words, work["Проверка сроков"].bad) == ("идёт", False)
    assert (work["Закрытие отвеченных"].words, work["Закрытие отвеченных"].bad) == ("стоит", True)
    assert "нет места" in work["Отчёты по расписанию"].words
    assert groups["Копия, место, версия"]["Резервная копия"].words == "3,00 ГБ, давно"
    assert groups["Приём сообщений"]["Шлюз"].bad
    told = groups["Приём сообщений"]["Оповещение: Шлюз"]
    assert (told.words, told.at, told.bad) == ("не принимает: Ответил 500.", now - timedelta(hours=1), True)
    assert Heartbeat.objects.filter(name="backup").exists()


@pytest.mark.parametrize(
    ("day", "loaded", "missing"),
    [
        ("25.11", (), [2027]),
        ("01.10", (), [2027]),
        ("30.09", (), []),
        ("25.11", (2027,), []),
        ("25.11", (2028,), [2027]),
    ],
)
def test_the_technical_desk_asks_for_next_year_s_calendar(
    okt_weeks: Scene, day: str, loaded: tuple[int, ...], missing: list[int]
) -> None:
    cast = okt_weeks.cast
    now = moment(cast, f"{day} 00:30")
    for year in loaded:
        CalendarYear.objects.create(year=year, days={"days_off": ["01-01"]}, loaded_at=now, loaded_by="проверка")
    with time_machine.travel(now, tick=False):
        page = opened(cast, "tech")
    rows = {group.title: group.rows for group in page.context["panel"].health}["Производственный календарь"]
    assert not rows[0].bad
    assert rows[0].words == {(): "2020–2026", (2027,): "2020–2027", (2028,): "2020–2026, 2028"}[loaded]
    assert [row.name for row in rows if row.bad] == [
        f"Производственный календарь на {year} год не загружен" for year in missing
    ]
    assert ("load_calendar" in words(page)) == bool(missing)
    assert ('пока не учтены.<span class="small grey"> Команда manage.py load_calendar' in words(page)) == bool(missing)


# ---- Costs and addresses -----------------------------------------------------------------------------------------


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_a_desk_costs_at_most_fifteen_queries_whatever_the_roles(okt_now: Cast) -> None:
    in_all_roles(okt_now)
    costs = {}
    for name, role in [("head", ""), *(("head", role.value) for role in LEADING), ("roads", ""), ("im", ""), ("tech", "")]:
        address = f"{DESK}?role={role}" if role else DESK
        cache.clear()
        client = client_of(okt_now, name)
        cold, warm = _queries(client, address), _queries(client, address)
        costs[name, role] = (cold, warm)
        assert warm <= cold <= QUERIES, costs
    for figure in ("open", "overdue", "threat", "today", "unscored", "low"):
        assert _queries(client_of(okt_now, "head"), reverse("reports:now", args=["oktyabrsky", figure])) <= QUERIES


@pytest.mark.parametrize(
    "address",
    [
        "reports/now/nothing/", "reports/now/open/?block=x", "reports/now/open/?role=nobody", "reports/now/open/?state=%00",
        "reports/now/open/?responsible=99999999999999999999", "reports/now/open/?page=-1", "?role=%00", "?role=tech",
        "reports/cases/0d/received/", "reports/cases/2026-02-30/received/",
        "reports/cases/28d/scored/", "reports/cases/2026-11-25/answered/?role=head",
        "reports/cases/9999-99-99/received/", "reports/cases/99d/overdue/",
    ],
)  # fmt: skip
def test_odd_addresses_do_no_harm(okt_now: Cast, address: str) -> None:
    assert client_of(okt_now, "roads").get(DESK + address).status_code in (200, 404)


def test_a_role_in_the_address_lends_nothing(okt_now: Cast) -> None:
    """Whoever has not the role reads the same list as without it."""
    address = reverse("reports:now", args=["oktyabrsky", "open"])
    mine = client_of(okt_now, "roads").get(address)
    lent = client_of(okt_now, "roads").get(address + "?role=head")
    assert mine.context["page"].visible == lent.context["page"].visible < mine.context["page"].everything


def test_the_pages_carry_no_inline_style_or_script(okt_now: Cast) -> None:
    for name in (*PANELS, "tech"):
        page = opened(okt_now, name).content.decode()
        assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:|<script(?![^>]*src=)", page)
