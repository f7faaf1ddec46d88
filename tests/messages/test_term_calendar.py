"""The calendar of terms: which day a term falls on, what is counted, whose terms are shown, days of the production calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from mcu.calendar import production_calendar
from messages.models import Deadline
from messages.selectors.terms import calendar
from messages.selectors.terms.calendar import Work
from messages.workflow import State
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, crowd, page, words
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=6)


@pytest.fixture(autouse=True)
def _later(settings: Settings) -> Iterator[None]:
    settings.DEMO = True  # nobody is asked for a code
    with time_machine.travel(LATER, tick=False):
        yield


def shown(okt: Cast, who: str, **query: str) -> Any:
    """What the page of the calendar is made from."""
    answer = browser(okt, who).get(page(okt, "terms"), query)
    assert answer.status_code == 200
    return answer.context


def tally(context: Any, day: date) -> tuple[int, int, int, int]:
    (found,) = (one for week in context["weeks"] for one in week if one.date == day)
    return found.tally.running, found.tally.late, found.tally.met, found.tally.met_late


class TestDays:
    def test_a_term_falls_on_the_local_day(self, okt: Cast) -> None:
        """Midnight in the Center is 19:00 UTC: the day takes its first moment and leaves that of the next."""
        bring(okt, IM, "assigned")
        midnight = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
        borders = {
            midnight - timedelta(microseconds=1): date(2026, 11, 20),
            midnight: date(2026, 11, 21),
            midnight + timedelta(days=1, microseconds=-1): date(2026, 11, 21),
        }
        for due, day in borders.items():
            Deadline.objects.update(due_at=due)
            assert tally(shown(okt, "head"), day)[0] == 1, due
            assert len(shown(okt, "head", day=day.isoformat())["lines"]) == 1, due

    def test_what_is_met_stands_apart_from_what_is_not(self, okt: Cast) -> None:
        day = date(2026, 11, 18)
        terms = [Deadline.objects.get(message=bring(okt, IM, "assigned").message) for _ in range(4)]
        for term, change in zip(
            terms,
            ({}, {"due_at": NOW + timedelta(hours=9)}, {"met_at": NOW}, {"met_at": LATER, "due_at": NOW}),
            strict=True,
        ):
            Deadline.objects.filter(pk=term.pk).update(**change)
        context = shown(okt, "head", day="2026-11-18")
        assert tally(context, day) == (2, 1, 2, 1)
        assert {line.pk for line in context["lines"]} == {terms[0].pk, terms[1].pk}
        done = shown(okt, "head", day="2026-11-18", done="1")
        assert {line.pk for line in done["lines"]} == {terms[2].pk, terms[3].pk}

    def test_internal_and_void_terms_are_not_shown(self, okt: Cast) -> None:
        bring(okt, IM, "assigned")
        for change in ({"internal": True}, {"internal": False, "void_at": NOW}):
            Deadline.objects.update(**change)
            assert tally(shown(okt, "head"), date(2026, 11, 18)) == (0, 0, 0, 0)

    @pytest.mark.parametrize(
        ("day", "work"),
        [
            (date(2026, 11, 3), Work.SHORTENED),
            (date(2026, 11, 4), Work.HOLIDAY),
            (date(2026, 11, 5), Work.WORKED),
            (date(2026, 11, 7), Work.OFF),
            (date(2025, 11, 1), Work.MOVED),
        ],
    )
    def test_days_are_those_of_the_production_calendar(self, day: date, work: Work) -> None:
        assert calendar.work_of(day, production_calendar()) == work

    def test_a_working_saturday_and_a_short_day_say_so(self, okt: Cast) -> None:
        assert "рабочая суббота" in words(browser(okt, "head").get(page(okt, "terms"), {"day": "2025-11-10"}))
        page_of_november = words(browser(okt, "head").get(page(okt, "terms"), {"day": "2026-11-10"}))
        assert "короткий день" in page_of_november
        assert "нерабочий день" in page_of_november

    @pytest.mark.parametrize("day", ["2026-11-18", "2026-02-28", "2024-02-29", "2026-12-31", "2026-06-01"])
    def test_a_month_is_whole_weeks_from_monday(self, day: str) -> None:
        chosen = date.fromisoformat(day)
        first, after = calendar.month_span(chosen)
        assert first.weekday() == after.weekday() == 0
        assert first <= chosen.replace(day=1)
        assert after > chosen
        assert (after - first).days in (28, 35, 42)
        assert first + timedelta(days=7) > chosen.replace(day=1)

    @pytest.mark.parametrize("day", ["", "x", "2026-13-40", "0001-01-01", "9999-12-31", "\x00"])
    def test_a_day_that_is_none_is_today(self, okt: Cast, day: str) -> None:
        assert shown(okt, "head", day=day)["day"].date == timezone.localdate(LATER, okt.center.tz)


class TestWhose:
    def test_each_sees_the_own_cases(self, okt: Cast) -> None:
        bring(okt, IM, "assigned")
        day = date(2026, 11, 18)
        for name, count in {"roads": 1, "housing": 0, "im": 1, "pos": 0, "head": 1, "tech": 1}.items():
            assert tally(shown(okt, name), day)[0] == count, name

    def test_filters_of_the_address(self, okt: Cast) -> None:
        bring(okt, IM, "assigned")
        day = date(2026, 11, 18)
        me, other = str(okt.people["roads"].pk), str(okt.people["housing"].pk)
        expected = {
            ("block", "roads"): 1, ("block", "housing"): 0, ("block", "none"): 0, ("kind", "agree"): 1, ("kind", "answer"): 0,
            ("person", me): 1, ("person", other): 0, ("person", "9" * 18): 0,
        }  # fmt: skip
        for (name, value), count in expected.items():
            assert tally(shown(okt, "head", **{name: value}), day)[0] == count, (name, value)
        assert tally(shown(okt, "roads", person="me"), day)[0] == 1
        assert tally(shown(okt, "head", person="me"), day)[0] == 0

    def test_a_line_says_what_is_due_and_who_has_it(self, okt: Cast) -> None:
        scene = bring(okt, IM, "assigned")
        (line,) = shown(okt, "head", day="2026-11-18")["lines"]
        assert (line.number, line.kind, line.hour) == (scene.message.number, "согласование ответа", "13:01")
        assert line.holder == okt.people["roads"].short_name


class TestPage:
    def test_a_week_has_seven_columns(self, okt: Cast) -> None:
        scene = bring(okt, IM, "assigned")
        context = shown(okt, "head", view="week", day="2026-11-18")
        assert [one.date.day for one, *_ in context["columns"]] == [16, 17, 18, 19, 20, 21, 22]
        assert [[line.number for line in lines] for _, lines, *_ in context["columns"]][2] == [scene.message.number]

    def test_a_full_day_of_a_week_leads_to_its_list(self, okt: Cast) -> None:
        crowd(okt, 20, states=(State.ASSIGNED,))  # two terms each
        (full,) = (column for column in shown(okt, "head", view="week")["columns"] if column[1])
        assert (len(full[1]), full[2]) == (calendar.PER_DAY, 40 - calendar.PER_DAY)
        assert "view=month" in full[3]

    @pytest.mark.parametrize("view", ["month", "week"])
    def test_it_costs_the_same_however_many_there_are(self, okt: Cast, view: str) -> None:
        client = browser(okt, "roads")
        costs = []
        for count in (2, 60):
            crowd(okt, count)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page(okt, "terms"), {"view": view}).status_code == 200
            costs.append(len(queries))
        assert costs[0] == costs[1] <= 15

    def test_the_list_of_a_day_has_pages(self, okt: Cast) -> None:
        crowd(okt, 25, states=(State.ASSIGNED,))  # two terms each
        first = shown(okt, "head")
        assert len(first["lines"]) == 30
        answer = browser(okt, "head").get(page(okt, "terms") + first["older_url"])
        assert len({line.pk for line in (*first["lines"], *answer.context["lines"])}) == 50

    def test_a_swap_gets_the_part_that_changes(self, okt: Cast) -> None:
        part = words(browser(okt, "head").get(page(okt, "terms"), headers={"HX-Request": "true"}))
        assert part.lstrip().startswith('<div id="terms"')
