"""Three thousand random cases: the indicators of cases and the rating equal a count in plain Python, one case at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from blocks.models import Center, RoadmapMeasure, Settlement, Topic
from messages.models import Control, Message, MessageEvent
from reports.indicators import DEFINITIONS
from reports.indicators.counting import ALL, YEAR, YearCount
from reports.periods import Period, Stretch, month_of
from reports.rating import count_rating
from tests.cast import load_center
from tests.reports import dice, naive

CASES = 3000
MONTHS = (9, 10, 11, 12)
FAST, DELIVERY, _, _, ROADMAP, CONTROL, _ = DEFINITIONS
Verdict = Callable[[naive.Case, Stretch], bool | None]


@pytest.fixture(scope="module")
def thrown(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Center, list[naive.Case]]]:
    """A Center full of random cases, marks, measures and hand-overs by rules."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            center = load_center("oktyabrsky")
            dice.throw(center, CASES, seed=7)
            _mark(center, Random(11))
            yield center, naive.read(center.pk)
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def _mark(center: Center, chance: Random) -> None:
    messages = list(Message.objects.filter(center=center))
    for message in messages:
        message.fast_track = chance.random() < 0.6
        message.control = chance.choice(("", "", *Control.values))
    Message.objects.bulk_update(messages, ["fast_track", "control"], batch_size=1000)
    MessageEvent.objects.bulk_create(
        MessageEvent(
            message=message, at=message.received_at + timedelta(minutes=chance.randint(0, 90)), code="assign",
            actor_kind=chance.choice(("rule", "rule", "rule", "client")), from_state="received", to_state="assigned",
            data={"recipient": chance.choice((None, 3)), "responsible": chance.choice((None, 4))},
        )
        for message in messages
        if chance.random() < 0.5
    )  # fmt: skip
    topics, places = Topic.objects.filter(center=center)[:10], Settlement.objects.filter(center=center)[:3]
    at = datetime(2026, 9, 1, tzinfo=UTC)
    RoadmapMeasure.objects.bulk_create(
        RoadmapMeasure(
            center=center, number=number, created_at=at, changed_at=at, roadmap="Зима", block=topic.block, topic=topic,
            settlement=chance.choice((None, *places)), cause="…", measure="…", due_on=date(2026, 10, 1),
            done_on=chance.choice((None, date(2026, chance.randint(8, 12), chance.choice((1, 15, 30))))),
        )
        for number, topic in enumerate([*topics, *topics], start=1)
    )  # fmt: skip


def _fast(case: naive.Case, span: Stretch) -> bool | None:
    return None if naive.answer_in(case, span) is None else case.row["fast_track"]


def _controlled(case: naive.Case, span: Stretch) -> bool | None:
    return None if naive.answer_in(case, span) is None else case.row["control"] != ""


def _delivered(case: naive.Case, span: Stretch) -> bool | None:
    assigns = sorted((one for one in case.events if one["code"] == "assign"), key=lambda one: (one["at"], one["id"]))
    if not assigns or not span.start <= assigns[0]["at"] < span.end:
        return None
    names = assigns[0]["data"].get("recipient") or assigns[0]["data"].get("responsible")
    by_hand = any(one["actor_kind"] in ("person", "client") for one in assigns)
    return assigns[0]["actor_kind"] == "rule" and bool(names) and not by_hand


def _with_measure(measures: list[RoadmapMeasure]) -> Verdict:
    def verdict(case: naive.Case, span: Stretch) -> bool | None:
        if naive.answer_in(case, span) is None:
            return None
        return any(
            one.done_on is not None
            and one.topic_id == case.row["topic_id"]
            and one.settlement_id in (None, case.row["settlement_id"])
            and datetime(one.done_on.year, one.done_on.month, one.done_on.day, tzinfo=one.center.tz) < span.end
            for one in measures
        )

    return verdict


def _verdicts(center: Center) -> dict[str, Verdict]:
    measures = list(RoadmapMeasure.objects.filter(center=center).select_related("center"))
    return {FAST: _fast, CONTROL: _controlled, DELIVERY: _delivered, ROADMAP: _with_measure(measures)}


@pytest.mark.parametrize("number", MONTHS)
def test_indicators_of_cases(thrown: tuple[Center, list[naive.Case]], number: int, db: None) -> None:
    center, cases = thrown
    month = month_of(date(2026, number, 1), center.tz)
    counted = YearCount(center, month).everything()
    spans: dict[int, Period] = {one: month_of(date(2026, one, 1), center.tz) for one in range(1, number + 1)}
    spans[YEAR] = month.year_to_date()
    for code, verdict in _verdicts(center).items():
        expected: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        for span, period in spans.items():
            for case in cases:
                said = verdict(case, period)
                if said is None:
                    continue
                block = case.row["block_id"]
                for key in (ALL, "none" if block is None else str(block)):
                    expected[span, key][0] += said
                    expected[span, key][1] += 1
        found = {
            (span, key): [one.part, one.whole]
            for (name, span, key), one in counted.counts.items()
            if name == code and one.whole
        }
        assert found == dict(expected), code
        assert found[YEAR, ALL][0] > 0


@pytest.mark.parametrize("number", MONTHS)
def test_every_number_opens_its_cases(thrown: tuple[Center, list[naive.Case]], number: int, db: None) -> None:
    center, cases = thrown
    month = month_of(date(2026, number, 1), center.tz)
    for code, verdict in _verdicts(center).items():
        definition = DEFINITIONS[code]
        for period in (month, month.year_to_date()):
            said = {case.row["id"]: verdict(case, period) for case in cases}
            part, whole = definition.part.rows(center, period), definition.whole.rows(center, period)
            assert set(part.values_list("pk", flat=True)) == {key for key, value in said.items() if value}, code
            assert set(whole.values_list("pk", flat=True)) == {key for key, value in said.items() if value is not None}, code


def _naive_rating(cases: list[naive.Case], period: Period) -> dict[int, dict[str, Any]]:
    """By recipient: answers, the four parts and the points."""
    found: dict[int, dict[str, Any]] = {}
    by_recipient: dict[int, list[naive.Case]] = defaultdict(list)
    for case in cases:
        if case.row["recipient_id"] is not None:
            by_recipient[case.row["recipient_id"]].append(case)
    for recipient, own in by_recipient.items():
        answers = [(case, at) for case in own if (at := naive.answer_in(case, period)) is not None]
        verdicts = [naive.kept(case, at) for case, at in answers]
        judged = [one for one in verdicts if one != "no_term"]
        marks = [case.row["completeness"] for case, _ in answers if case.row["completeness"] is not None]
        scores = [one["score"] for case in own for one in case.scores if period.start <= one["at"] < period.end]
        back = [any(one["code"] == "reopen" and one["at"] >= at for one in case.events) for case, at in answers]
        parts = (
            (0.4, judged.count("in_time") / len(judged) if judged else None),
            (0.3, sum(marks) / len(marks) / 2 if marks else None),
            (0.2, (sum(scores) / len(scores) - 1) / 4 if scores else None),
            (0.1, back.count(False) / len(back) if back else None),
        )
        weight = sum(one for one, value in parts if value is not None)
        points = 100 * sum(one * value for one, value in parts if value is not None) / weight if weight else None
        found[recipient] = {"answered": len(answers), "points": points}
    return found


@pytest.mark.parametrize("number", MONTHS)
def test_rating(thrown: tuple[Center, list[naive.Case]], number: int, db: None) -> None:
    center, cases = thrown
    month = month_of(date(2026, number, 1), center.tz)
    expected = _naive_rating(cases, month)
    rows = count_rating(center, month)["rows"]
    assert len(rows) > 8
    for row in rows:
        one = expected[int(row["key"])]
        assert row["work"]["answered"] == one["answered"]
        assert row["points"] == (None if one["points"] is None else pytest.approx(one["points"], abs=0.006))
        better = [other for other in rows if other["place"] and other["points"] > (row["points"] or 0)]
        assert row["place"] == (len(better) + 1 if one["answered"] >= 2 else None)
