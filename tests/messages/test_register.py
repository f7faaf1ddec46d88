"""«Сообщения»: filters against a plain reading of the rows, search in any form of a word, pages without loss or repeat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker, Settings

from blocks.actors import Actor
from mcu.keyset import Order
from mcu.keyset import page as page_of
from messages.models import NO_TERM, Deadline, Message
from messages.selectors.orders import NEAREST_TERM, NEWEST
from messages.selectors.register import Filters, register
from messages.selectors.rows import for_rows
from messages.workflow import OPEN, State
from tests.cast import NOW, Cast, make_oktyabrsky
from tests.messages.browsing import browser, crowd, page

SIZE = 4
BLOCKS, SOURCES = ("", "roads", "housing"), ("im", "pos", "fz59")
TEXTS = ("Не горят фонари у школы.", "Яма на дороге, машины вязнут.", "Нет воды в доме.")


@pytest.fixture(scope="module")
def varied(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, list[Message]]]:
    """Sixty cases with many equal moments, so that the id must break ties; made once and taken back at the end."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            cast = make_oktyabrsky()
            yield cast, _sixty(cast)
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def _sixty(cast: Cast) -> list[Message]:
    blocks = {code: cast.block(code) for code in BLOCKS if code}
    sources = {code: cast.source(code) for code in SOURCES}
    states = [state for state in State if state != State.MERGED]
    rows = crowd(cast, 60)
    for number, message in enumerate(rows):
        state = states[number % len(states)]
        block = BLOCKS[number % 3] if state not in ("assigned", "drafting", *OPEN[3:]) else BLOCKS[1 + number % 2]
        moment = NOW + timedelta(hours=(number % 7) * 12 - 24)
        Message.objects.filter(pk=message.pk).update(
            state=state,
            block=blocks.get(block),
            source=sources[SOURCES[number % len(SOURCES)]],
            text=TEXTS[number // 5 % len(TEXTS)],
            received_at=NOW - timedelta(days=number % 5),
            next_due_at=moment if state in OPEN else NO_TERM,
            answered_at=NOW,
            sent_recorded_at=NOW,
            closed_at=NOW,
            outcome="solved",
            redirected_at=NOW,
            redirected_to="Прокуратура",
            dismissed_at=NOW,
            dismissal_ground="insults",
        )
        Deadline.objects.filter(message=message).update(due_at=moment, started_at=NOW - timedelta(days=2))
    return list(Message.objects.select_related("block", "source").filter(pk__in=[row.pk for row in rows]))


def _walk(actor: Actor, cast: Cast, filters: Filters, order: Order) -> tuple[list[int], list[int]]:
    """Ids met walking forth to the end, and those met walking back to the beginning."""
    rows = for_rows(register(actor=actor, center=cast.center, filters=filters, now=NOW))
    found = page_of(rows, order, size=SIZE)
    forth, steps = [message.pk for message in found.items], 0
    while found.older:
        found = page_of(rows, order, after=found.older, size=SIZE)
        forth += [message.pk for message in found.items]
        steps += 1
        assert steps < 100
    back = [message.pk for message in found.items]
    while found.newer:
        found = page_of(rows, order, before=found.newer, size=SIZE)
        back = [message.pk for message in found.items] + back
        steps -= 1
        assert steps >= 0
    return forth, back


def _expected(rows: list[Message], filters: Filters) -> set[int]:
    """The same filters read plainly, row by row."""
    tz = rows[0].center.tz
    today = NOW.astimezone(tz).replace(hour=0, minute=0, second=0)
    spans = {
        "overdue": (NOW - timedelta(days=9), NOW),
        "today": (NOW, today + timedelta(days=1)),
        "three": (NOW, today + timedelta(days=3)),
    }
    stems = {"фонарь": "фонари", "дорога": "дороге", "вода": "воды", "машинами": "машины", "космос": "космос"}

    def wanted(row: Message) -> bool:
        only_open = bool(filters.term) or (not filters.q and not filters.state)
        return (
            (row.state in OPEN or not only_open)
            and (filters.state in ("", "all", row.state) or (filters.state == "done" and row.state not in OPEN))
            and (not filters.block or (row.block is not None and row.block.code == filters.block))
            and (not filters.source or row.source.code == filters.source)
            and (not filters.term or spans[filters.term][0] <= row.next_due_at < spans[filters.term][1])
            and (not filters.q or stems[filters.q] in row.text)
        )

    return {row.pk for row in rows if wanted(row)}


FILTERS = st.builds(
    Filters,
    state=st.sampled_from(["", "all", "done", *State.values]),
    block=st.sampled_from(["", "", "roads", "housing", "waste"]),
    source=st.sampled_from(["", "", *SOURCES]),
    term=st.sampled_from(["", "", "overdue", "today", "three"]),
    q=st.sampled_from(["", "", "фонарь", "дорога", "вода", "машинами", "космос"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS)
def test_filters_and_pages_give_each_row_once_both_ways(varied: tuple[Cast, list[Message]], filters: Filters) -> None:
    cast, rows = varied
    forth, back = _walk(cast.actor("head"), cast, filters, filters.order)
    assert len(forth) == len(set(forth))
    assert set(forth) == _expected(rows, filters)
    assert back == forth


@pytest.mark.parametrize("order", [NEAREST_TERM, NEWEST], ids=lambda order: order.field)
def test_rows_come_in_order_over_the_borders_of_pages(varied: tuple[Cast, list[Message]], order: Order) -> None:
    cast, rows = varied
    forth, _ = _walk(cast.actor("head"), cast, Filters(state="all"), order)

    def place(message: Message) -> tuple[datetime, int]:
        return getattr(message, order.field), message.pk

    by_hand = sorted(rows, key=place, reverse=order.descending)
    assert forth == [message.pk for message in by_hand]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.one_of(st.text(max_size=60), st.builds("{}_{}".format, st.datetimes(), st.integers())))
def test_a_cursor_that_is_none_begins_anew(varied: tuple[Cast, list[Message]], cursor: str) -> None:
    cast, _ = varied
    rows = for_rows(register(actor=cast.actor("head"), center=cast.center, filters=Filters(), now=NOW))
    first = page_of(rows, NEAREST_TERM, size=SIZE)
    for found in (page_of(rows, NEAREST_TERM, after=cursor, size=SIZE), page_of(rows, NEAREST_TERM, before=cursor, size=SIZE)):
        assert found == first


def test_a_page_whose_rows_went_away_meanwhile_leads_on(varied: tuple[Cast, list[Message]]) -> None:
    """The row of the cursor itself may be closed by a colleague: the place stays a place."""
    cast, _ = varied
    rows = for_rows(register(actor=cast.actor("head"), center=cast.center, filters=Filters(), now=NOW))
    first = page_of(rows, NEAREST_TERM, size=SIZE)
    second = page_of(rows, NEAREST_TERM, after=first.older, size=SIZE)
    fewer = rows.exclude(pk=first.items[-1].pk)
    assert page_of(fewer, NEAREST_TERM, after=first.older, size=SIZE).items == second.items


# From here on by the page itself, each test with rows of its own.


@pytest.fixture
def _page(settings: Settings) -> Iterator[None]:
    settings.DEMO = True
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def numbers(cast: Cast, query: str, name: str = "head") -> set[str]:
    """Numbers of the cases on the first page asked for by the query string."""
    response = browser(cast, name).get(f"{page(cast, 'list')}?{query}")
    assert response.status_code == 200
    return {line.row.number for line in response.context["lines"]}


@pytest.mark.django_db
@pytest.mark.usefixtures("_page")
class TestSearch:
    def test_words_are_found_in_any_form_and_case(self, okt: Cast) -> None:
        lamp = okt.message("im", text="На улице ЛЕНИНА не горят фонари у школы.")
        snow = okt.message("im", text="Уберите снег во дворе, дети играют в сугробах.")
        for q in ("фонарь", "ФОНАРЯ", "фонарей школа", "ленина", "горит фонарь", "фонар"):
            assert numbers(okt, f"q={quote(q)}") == {lamp.number}, q
        for q in ("дворы", "играющий снег", "сугроб снег"):
            assert numbers(okt, f"q={quote(q)}") == {snow.number}, q
        assert numbers(okt, f"q={quote('фонарь снег')}") == set()

    def test_the_address_is_searched_too(self, okt: Cast) -> None:
        message = okt.message("im")
        Message.objects.filter(pk=message.pk).update(address="пгт. Октябрьское, ул. Советская, 42")
        assert numbers(okt, f"q={quote('советская 42')}") == {message.number}

    def test_a_number_is_found_whole_in_small_letters_and_by_its_end(self, okt: Cast) -> None:
        rows = [okt.message("im") for _ in range(12)]
        last = rows[-1].number
        assert last.endswith("-000012")
        for q in (last, last.lower(), "12", "000012"):
            assert numbers(okt, f"q={quote(q)}") == {last}, q
        assert numbers(okt, "q=2") == {rows[1].number}

    def test_the_number_in_the_source_is_found(self, okt: Cast) -> None:
        message = okt.message("im")
        Message.objects.filter(pk=message.pk).update(external_id="ИМ/2026-77.a")
        assert numbers(okt, f"q={quote('ИМ/2026-77.a')}") == {message.number}

    def test_what_is_closed_is_found_and_may_be_left_out(self, okt: Cast) -> None:
        done, waiting = crowd(okt, 2, states=(State.DRAFTING, State.ASSIGNED))
        Message.objects.filter(pk=done.pk).update(
            state=State.CLOSED, answered_at=NOW, sent_recorded_at=NOW, closed_at=NOW, outcome="solved"
        )
        q = quote("фонарь")
        assert numbers(okt, f"q={q}") == {done.number, waiting.number}
        assert numbers(okt, f"q={q}&state=assigned") == {waiting.number}
        assert numbers(okt, f"q={q}&state=done") == {done.number}
        assert numbers(okt, "") == {waiting.number}

    def test_search_finds_only_what_the_person_sees(self, okt: Cast) -> None:
        message = okt.message("pos")
        for name, seen in (("pos", True), ("im", False), ("roads", False), ("support", True)):
            assert (numbers(okt, f"q={quote('фонарь')}", name) == {message.number}) is seen
            assert (numbers(okt, f"q={message.number}", name) == {message.number}) is seen

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(q=st.text(max_size=40))
    def test_nothing_typed_breaks_the_search(self, okt: Cast, q: str) -> None:
        filters = Filters.read({"q": q, "state": q, "block": q, "source": q, "term": q})
        rows = register(actor=okt.actor("head"), center=okt.center, filters=filters, now=NOW)
        assert page_of(for_rows(rows), filters.order).items == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_page")
def test_the_filters_stand_in_the_address_and_go_with_the_pages(okt: Cast) -> None:
    crowd(okt, 120, states=(State.ASSIGNED, State.DRAFTING))
    client = browser(okt, "head")
    address, met = f"{page(okt, 'list')}?{urlencode({'state': 'drafting', 'q': 'фонарь', 'block': 'roads'})}", []
    while address:
        response = client.get(address)
        assert {line.row.state for line in response.context["lines"]} == {State.DRAFTING.label}
        met += [line.row.number for line in response.context["lines"]]
        older = response.context["older_url"]
        address = page(okt, "list") + older if older else ""
    assert len(met) == len(set(met)) == 60
    back = client.get(page(okt, "list") + response.context["newer_url"])
    assert [line.row.number for line in back.context["lines"]] == met[:50]
    chosen = {one.name: one.chosen for one in back.context["filters"] if one.value}
    assert chosen == {"state": "Готовится ответ", "block": okt.block("roads").short}


@pytest.mark.django_db
@pytest.mark.usefixtures("_page")
def test_counts_beside_the_choices_are_of_what_the_person_sees(okt: Cast, kor: Cast) -> None:
    crowd(okt, 4, states=(State.ASSIGNED, State.DRAFTING))
    kor.message("im")
    housing = browser(okt, "housing").get(page(okt, "list")).context["filters"]
    head = browser(okt, "head").get(page(okt, "list")).context["filters"]
    counts = [{choice.value: choice.count for choice in filters[0].choices if choice.count} for filters in (housing, head)]
    assert counts == [{}, {"assigned": 2, "drafting": 2}]


@pytest.mark.django_db
@pytest.mark.usefixtures("_page")
def test_an_empty_list_says_what_to_do(okt: Cast) -> None:
    client = browser(okt, "head")
    assert "Сообщений ещё нет" in client.get(page(okt, "list")).content.decode()
    assert "По этим условиям ничего нет" in client.get(page(okt, "list") + "?q=zzz").content.decode()


def test_yo_and_ye_are_one_letter_for_the_search(okt: Cast) -> None:
    spruce = okt.message("im", text="Ёлка упала на забор, счётчик не виден")
    found = [
        register(actor=okt.actor("im"), center=okt.center, filters=Filters(q=q), now=NOW) for q in ("елка", "счетчики", "Ёлка")
    ]
    assert [list(rows) for rows in found] == [[spruce]] * 3


def test_words_in_quotes_and_beside_signs_are_found(okt: Cast) -> None:
    said = okt.message("im", text="МУП «Льговское» и компания “Аврора+”: площадка_у_дома, спасибо❤Лифт")
    for q in ("льговское", "Аврора", "площадка дома", "лифты"):
        rows = register(actor=okt.actor("im"), center=okt.center, filters=Filters(q=q), now=NOW)
        assert list(rows) == [said], q
