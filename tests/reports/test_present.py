"""What stands now and the flow of eight weeks: read from the case itself, the same as by the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

import pytest
import time_machine
from django.db.models import Model

from messages.models import Message
from messages.selectors.pressure import overdue_terms, overdue_terms_at, threatened_terms, threatened_terms_at
from messages.selectors.rows import for_rows, rows_of
from messages.terms import Tone
from reports import cases, flow, present
from reports.panels.numbers import count
from tests.reports.conftest import Scene
from tests.reports.story import moment, tell

MOMENTS = ["16.11 00:00", "19.11 12:00", "20.11 11:45", "22.11 22:00", "23.11 00:30", "24.11 12:00"]


@pytest.fixture(autouse=True)
def _after_the_weeks() -> Iterator[None]:
    with time_machine.travel("2026-11-24T12:00:00+05:00", tick=False):
        yield


def _ids(rows: Iterable[Model]) -> set[int]:
    return {row.pk for row in rows}


@pytest.fixture
def now(okt_weeks: Scene) -> datetime:
    return moment(okt_weeks.cast, "25.11 12:00")


def test_the_present_is_what_the_history_says_of_this_moment(okt_weeks: Scene, now: datetime) -> None:
    center = okt_weeks.cast.center
    assert _ids(present.in_work(center, now)) == _ids(cases.open_at(center, now))
    assert _ids(present.overdue(center, now)) == _ids(cases.overdue_at(center, now))
    assert _ids(present.threatened(center, now)) == _ids(cases.threatened_at(center, now))
    assert okt_weeks.names([row.pk for row in present.overdue(center, now)]) >= {"o6", "o15", "o18"}


@pytest.mark.parametrize("local", MOMENTS)
def test_terms_that_press_are_the_same_by_both_readings(okt_weeks: Scene, local: str) -> None:
    """The index of the present asks for what is unmet today; of such terms both readings agree at any moment."""
    center, at = okt_weeks.cast.center, moment(okt_weeks.cast, local)
    unmet = {"met_at__isnull": True, "void_at__isnull": True, "center": center}
    assert _ids(overdue_terms(center_id=center.pk, now=at)) == _ids(overdue_terms_at(at).filter(**unmet))
    assert _ids(threatened_terms(center_id=center.pk, now=at)) == _ids(threatened_terms_at(at).filter(**unmet))


def test_under_threat_is_what_the_chip_shows_in_amber(okt_weeks: Scene) -> None:
    """Handed over at 10:00, to be agreed in three hours: amber from 12:24, red from 13:00."""
    center, actor = okt_weeks.cast.center, okt_weeks.cast.actor("head")
    case = tell(okt_weeks.cast, "im", "25.11 09:00").assign("25.11 10:00", "roads").message
    shown: dict[Tone | None, list[str]] = defaultdict(list)
    for local in ("10:00", "12:20", "12:24", "12:59", "13:00", "13:01"):
        at = moment(okt_weeks.cast, f"25.11 {local}")
        row = rows_of(for_rows(Message.objects.get_queryset().filter(pk=case.pk)), actor=actor, center_slug=center.slug, now=at)
        tone = row[0].chip.tone if row[0].chip else None
        shown[tone].append(local)
        assert (tone == Tone.AMBER) == (case.pk in _ids(present.threatened(center, at))), local
        assert (tone == Tone.RED) == (case.pk in _ids(present.overdue(center, at))), local
    assert shown == {Tone.NEUTRAL: ["10:00", "12:20"], Tone.AMBER: ["12:24", "12:59", "13:00"], Tone.RED: ["13:01"]}


def test_the_flow_of_eight_weeks_is_the_weeks_counted_one_by_one(okt_weeks: Scene, kor_weeks: Scene) -> None:
    """o12 was answered in two weeks, o14 twice in one, o13 in the week before it was reopened."""
    for scene in (okt_weeks, kor_weeks):
        center = scene.cast.center
        weeks = flow.weeks_to(scene.week.previous(-1))
        found = flow.series(count(flow.branches(center, weeks)), weeks)
        assert [row[1:] for row in found] == [
            (cases.received(center, week).count(), cases.answered(center, week).count()) for week in weeks
        ]
    assert found[-2][2] == 3
