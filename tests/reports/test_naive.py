"""Five thousand random cases: every figure in every dimension equals a count in plain Python (tests/reports/naive.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from blocks.models import Center
from reports.cases import CASE_FIGURES, UNKNOWN
from reports.counting import DIMENSIONS, EXECUTOR, Counting, executor
from reports.figures import count_period
from reports.periods import Period, Stretch, parse_period
from reports.shape import SIDES
from reports.tally import ALL, TOTAL
from tests.cast import load_center
from tests.reports import dice, naive

CASES = 5000
CODES = ("2026-W47", "2026-11", "2026-Q4", "2026-11-05..2026-11-20")


@pytest.fixture(scope="module")
def centers(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Center, list[naive.Case]]]:
    """Both Centers full of random cases; those of the first as rows."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            center, other = load_center("oktyabrsky"), load_center("korsakovsky")
            dice.throw(center, CASES, seed=47)
            dice.throw(other, CASES // 10, seed=74)
            yield center, naive.read(center.pk)
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def _period(center: Center, code: str) -> Period:
    return parse_period(code, now=dice.NOW, tz=center.tz)


@pytest.mark.parametrize("code", CODES)
def test_every_figure_in_every_dimension(centers: tuple[Center, list[naive.Case]], code: str, db: None) -> None:
    center, cases = centers
    counting = Counting(center, _period(center, code), now=dice.NOW)
    counting.everything()
    for side, stretch in counting.sides.items():
        expected = _counted(cases, stretch)
        found = {
            (dimension, key, figure): number
            for dimension in (TOTAL, *DIMENSIONS, "state", EXECUTOR)
            for key in counting.tally.keys(dimension)
            for figure in CASE_FIGURES
            if (number := counting.tally.pair(dimension, key, figure)[side])
        }
        assert found == expected, side
        assert {figure for _, _, figure in found} == set(CASE_FIGURES) or side == "year"


def _counted(cases: list[naive.Case], stretch: Stretch) -> dict[tuple[str, str, str], int]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for case in cases:
        row = case.row
        keys = {dimension: row[column] for dimension, column in DIMENSIONS.items()}
        stock = {"state": naive.state_at(case, stretch.end), EXECUTOR: executor(row["block_id"], row["recipient_id"])}
        for figure in naive.figures(case, stretch):
            of_figure: dict[str, Any] = {TOTAL: ALL, **keys, **(stock if figure in ("open", "overdue", "threat") else {})}
            counted.update((name, UNKNOWN if key is None else str(key), figure) for name, key in of_figure.items())
    return dict(counted)


@pytest.mark.parametrize("code", CODES)
def test_every_number_opens_its_cases(centers: tuple[Center, list[naive.Case]], code: str, db: None) -> None:
    center, cases = centers
    stretch = _period(center, code).until(dice.NOW)
    expected: dict[str, set[int]] = {figure: set() for figure in CASE_FIGURES}
    for case in cases:
        for figure in naive.figures(case, stretch):
            expected[figure].add(case.row["id"])
    for figure, one in CASE_FIGURES.items():
        assert set(one.cases(center, stretch).values_list("pk", flat=True)) == expected[figure], figure
        assert one.cases(center, stretch).count() == len(expected[figure]), figure


@pytest.mark.parametrize("code", CODES)
def test_shares_means_days_and_the_list_of_the_overdue(centers: tuple[Center, list[naive.Case]], code: str, db: None) -> None:
    center, cases = centers
    period = _period(center, code)
    figures = count_period(center, period, now=dice.NOW)
    stretches = dict(zip(SIDES, (period.until(dice.NOW), period.previous(), period.year_ago()), strict=True))
    for side, stretch in stretches.items():
        answers = [(case, at) for case in cases if (at := naive.answer_in(case, stretch)) is not None]
        verdicts = Counter(naive.kept(case, at) for case, at in answers)
        scores = [score["score"] for case in cases for score in case.scores if stretch.start <= score["at"] < stretch.end]
        seconds = sum(naive.took(case, at) for case, at in answers)
        with_term = verdicts["in_time"] + verdicts["late"]
        assert figures["in_time_share"][side] == round(verdicts["in_time"] / with_term, 4)
        assert figures["answer_seconds"][side] == round(seconds / len(answers))
        assert figures["score"][side] == round(sum(scores) / len(scores), 2)
        marks = Counter(case.row["completeness"] for case, _ in answers if case.row["completeness"] is not None)
        assert figures["complete_share"][side] == round(marks[2] / marks.total(), 4)
        if figures["days"]:
            assert sum(day[side] for day in figures["days"]) == figures["totals"]["received"][side] or code == "2026-11"
    overdue = {
        case.row["number"]: min(term["due_at"] for term in case.terms if naive.is_overdue(term, stretches["now"].end))
        for case in cases
        if "overdue" in naive.figures(case, stretches["now"])
    }
    longest = sorted(overdue.values())[: len(figures["overdue"])]
    assert [row["due_at"] for row in figures["overdue"]] == [at.isoformat() for at in longest]
    assert all(overdue[row["number"]].isoformat() == row["due_at"] for row in figures["overdue"])


def test_one_source_and_all_the_others_make_the_whole(centers: tuple[Center, list[naive.Case]], db: None) -> None:
    center, cases = centers
    period = _period(center, "2026-W47")
    for source in center.sources.all()[:4]:
        counting = Counting(center, period, source, dice.NOW)
        counting.everything()
        own = [case for case in cases if case.row["source_id"] == source.pk]
        for side, stretch in counting.sides.items():
            expected = Counter(figure for case in own for figure in naive.figures(case, stretch))
            assert {name: counting.tally.pair(TOTAL, ALL, name)[side] for name in CASE_FIGURES} == {
                name: expected[name] for name in CASE_FIGURES
            }
