"""Sixty-one cases of two Centers, every figure by hand: a week, the one before, a year ago; a month, the same three."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from blocks.models import Membership, Recipient
from messages.models import Message
from reports.cases import CASE_FIGURES, narrowed
from reports.figures import count_period
from reports.periods import Period, parse_period
from reports.shape import Row
from tests.cast import NOW, Cast, make_korsakovsky, make_oktyabrsky
from tests.reports import scene
from tests.reports.conftest import Scene

# figure: the cases of 16–22 November 2026 | of the week before | of 17–23 November 2025
#         of November 2026                 | of October          | of November 2025
OKT: dict[str, tuple[str, str, str, str, str, str]] = {
    "received": (
        "o2 o3 o4 o10 o13 o14 o15 o16 o17 o18 o19 o28 o29 o35 o38",
        "o1 o8 o9 o11 o12 o20 o21 o30 o31 o32 o36",
        "y1 y3 y5 y6",
        "o1 o2 o3 o4 o5 o8 o9 o10 o11 o12 o13 o14 o15 o16 o17 o18 o19 o20 o21 o23 o24 o27 o28 o29 o30 o31 o32 o33 o35 o36 "
        "o37 o38",
        "o6 o7 o22 o26 o34",
        "y1 y2 y3 y4 y5 y6 y7",
    ),
    "answered": (
        "o1 o2 o3 o7 o8 o12 o13 o14 o20 o28 o29 o35 o36 o37",
        "o11 o12 o23",
        "y1 y2",
        "o1 o2 o3 o7 o8 o11 o12 o13 o14 o19 o20 o22 o23 o28 o29 o34 o35 o36 o37",
        "o26",
        "y1 y2 y5 y7 y8",
    ),
    "in_time": (
        "o1 o2 o13 o14 o20 o28 o29 o35 o36 o37",
        "o11 o12 o23",
        "y1",
        "o1 o2 o11 o13 o14 o19 o20 o22 o23 o28 o29 o35 o36 o37",
        "o26",
        "y1 y7 y8",
    ),
    "late": ("o3 o7 o8 o12", "", "y2", "o3 o7 o8 o12 o34", "", "y2 y5"),
    "no_term": ("", "", "", "", "", ""),
    "complete": (
        "o1 o2 o3 o7 o8 o12 o14 o20 o28 o29 o35 o36",
        "o11 o12",
        "y1",
        "o1 o2 o3 o7 o8 o11 o12 o14 o19 o20 o28 o29 o34 o35 o36",
        "o26",
        "y1 y5 y7 y8",
    ),
    "part": ("o37", "", "y2", "o22 o37", "", "y2"),
    "formal": ("o13", "o23", "", "o13 o23", "", ""),  # o13 by its reopening
    "redirected": ("o9 o38", "o21 o32", "y6", "o9 o21 o32 o38", "", "y6"),
    "dismissed": ("o10", "", "", "o10", "", "y4"),
    "closed": ("o11 o22", "", "", "o11 o22", "", "y1"),
    "reopened": ("o12 o14 o21 o37", "", "y7", "o12 o13 o14 o21 o37", "", "y7"),
    "repeats": ("o12 o14 o37", "", "y7", "o12 o13 o14 o37", "", "y7"),
    "merged": ("o29", "o30", "", "o29 o30", "", ""),
    "extended": ("o33", "", "", "o33", "", ""),
    "interim": ("o35", "", "", "o35", "", ""),
    "returned": ("o36", "", "", "o36", "", ""),
    "scored": ("o23 o36 o37", "o22", "y7", "o22 o23 o36 o37", "", "y7"),
    "low": ("o23 o37", "", "y7", "o23 o37", "", "y7"),
    "open": (
        "o4 o6 o15 o16 o17 o18 o19 o21 o30 o31 o33 o34 o38",
        "o1 o6 o7 o8 o9 o20 o30 o31 o33 o34 o36",
        "y3 y5 y7",
        "o4 o5 o6 o13 o15 o16 o17 o18 o21 o24 o27 o30 o31 o33 o38",
        "o6 o7 o22 o34",
        "y3",
    ),
    "overdue": ("o6 o15 o18 o34", "o6 o9", "y5", "o6 o15 o18", "", ""),
    "threat": ("", "o7 o34", "", "o27", "", ""),
    "breaches": ("o3 o7 o8 o12 o15 o18 o34", "o6 o9", "y2 y5", "o3 o6 o7 o8 o9 o12 o15 o16 o18 o34", "", "y2 y5"),
}
KOR: dict[str, tuple[str, str, str, str, str, str]] = {
    "received": (
        "k2 k4 k5 k8 k9 k10 k11 k12", "k1 k3 k15", "k13",
        "k1 k2 k3 k4 k5 k7 k8 k9 k10 k11 k12 k14 k15", "k6", "k13",
    ),
    "answered": ("k1 k2 k3 k11 k15", "", "k13", "k1 k2 k3 k6 k7 k11 k15", "", "k13"),
    "in_time": ("k1 k2 k3 k11 k15", "", "k13", "k1 k2 k3 k6 k11 k15", "", "k13"),
    "late": ("", "", "", "k7", "", ""),
    "no_term": ("", "", "", "", "", ""),
    "complete": ("k1 k2 k3 k15", "", "", "k1 k2 k3 k6 k7 k15", "", ""),
    "part": ("k11", "", "", "k11", "", ""),
    "formal": ("", "", "k13", "", "", "k13"),
    "redirected": ("k10", "", "", "k10", "", ""),
    "dismissed": ("k12", "", "", "k12", "", ""),
    "closed": ("k11", "", "", "k11", "", ""),
    "reopened": ("k15", "", "", "k15", "", ""),
    "repeats": ("k15", "", "", "k15", "", ""),
    "merged": ("k8", "", "", "k8", "", ""),
    "extended": ("", "", "", "", "", ""),
    "interim": ("", "", "", "", "", ""),
    "returned": ("", "", "", "", "", ""),
    "scored": ("k11", "", "", "k11", "", ""),
    "low": ("", "", "", "", "", ""),
    "open": ("k4 k5 k8 k9 k15", "k1 k3 k15", "", "k4 k5 k8 k9 k14", "k6", ""),
    "overdue": ("k4", "", "", "k4 k5", "", ""),
    "threat": ("", "", "", "", "", ""),
    "breaches": ("k4", "", "", "k4 k5 k7", "", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def months(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Scene, Scene]]:
    """Both Centers' stories of a month and of the year before, told once and taken back at the end."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            okt, kor = make_oktyabrsky(), make_korsakovsky()
            Membership.objects.update(since=date(2025, 1, 1))
            yield Scene(okt, scene.oktyabrsky_month(okt)), Scene(kor, scene.korsakovsky_month(kor))
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture(params=["oktyabrsky", "korsakovsky"])
def told(request: pytest.FixtureRequest, months: tuple[Scene, Scene], db: None) -> tuple[Scene, dict[str, tuple[str, ...]]]:
    """A Center with its table."""
    okt, kor = months
    return (okt, dict(OKT)) if request.param == "oktyabrsky" else (kor, dict(KOR))


def _sides(cast: Cast) -> tuple[Period, ...]:
    week, month = (parse_period(code, now=NOW, tz=cast.center.tz) for code in ("2026-W47", "2026-11"))
    return week, week.previous(), week.year_ago(), month, month.previous(), month.year_ago()


def test_the_tables_name_every_figure_and_enough_cases(months: tuple[Scene, Scene]) -> None:
    assert set(OKT) == set(KOR) == set(CASE_FIGURES)
    assert sum(len(one.cases) for one in months) >= 60


@pytest.mark.parametrize("figure", CASE_FIGURES)
def test_every_number_has_the_cases_of_the_table(told: tuple[Scene, dict[str, tuple[str, ...]]], figure: str) -> None:
    center, table = told
    found = [
        center.names(list(CASE_FIGURES[figure].cases(center.cast.center, period).values_list("pk", flat=True)))
        for period in _sides(center.cast)
    ]
    assert found == [set(names.split()) for names in table[figure]]


def test_totals_are_the_lengths_of_the_table(told: tuple[Scene, dict[str, tuple[str, ...]]]) -> None:
    center, table = told
    week, _, _, month, _, _ = _sides(center.cast)
    for period, first in ((week, 0), (month, 3)):
        assert count_period(center.cast.center, period)["totals"] == {
            figure: dict(
                zip(("now", "before", "year"), (len(names.split()) for names in sides[first : first + 3]), strict=True)
            )
            for figure, sides in table.items()
        }


def test_shares_and_means_of_the_week_and_the_month(months: tuple[Scene, Scene], db: None) -> None:
    center = months[0].cast.center
    week, _, _, month, _, _ = _sides(months[0].cast)
    figures = count_period(center, week)
    assert figures["in_time_share"] == {"now": round(10 / 14, 4), "before": 1.0, "year": 0.5}
    assert figures["complete_share"] == {"now": round(12 / 14, 4), "before": round(2 / 3, 4), "year": 0.5}
    assert figures["score"] == {"now": 2.75, "before": 5.0, "year": 2.0}  # 1, 4, and 1 and 5 of o37
    assert figures["ratios"]["score"]["now"] == {"value": 2.75, "numerator": 11, "denominator": 4}
    # y1 11:00, y2 14:01; o11 1:20, o12 2:00, o23 8 d 11:00
    assert figures["answer_seconds"]["year"] == round((11 * 3600 + 14 * 3600 + 60) / 2)
    assert figures["answer_seconds"]["before"] == round((1 * 3600 + 20 * 60 + 2 * 3600 + (8 * 24 + 11) * 3600) / 3)
    figures = count_period(center, month)
    assert figures["in_time_share"] == {"now": round(14 / 19, 4), "before": 1.0, "year": 0.6}
    assert figures["score"]["now"] == round((5 + 1 + 4 + 1 + 5) / 5, 2)


def test_recipients_and_who_has_what_is_overdue(months: tuple[Scene, Scene], db: None) -> None:
    center = months[0].cast.center
    week, *_ = _sides(months[0].cast)
    figures = count_period(center, week)
    rows = {row["key"]: row for row in figures["recipients"]}
    keys = {row.code: str(row.pk) for row in Recipient.objects.filter(center=center)}
    assert set(rows) == {"none", keys[scene.ROADS], keys[scene.HOUSING]}
    roads, housing = rows[keys[scene.ROADS]], rows[keys[scene.HOUSING]]
    assert {name: pair["now"] for name, pair in roads["counts"].items() if pair["now"]} == {
        "received": 1, "answered": 2, "in_time": 2, "complete": 2, "scored": 1, "open": 1,  # o31 o35 o36
    }  # fmt: skip
    assert {name: pair["now"] for name, pair in housing["counts"].items() if pair["now"]} == {
        "received": 2, "answered": 2, "in_time": 2, "complete": 2, "scored": 1, "low": 1, "open": 1,  # o23 o28 o29 o33
    }  # fmt: skip
    assert roads["score"] == {"now": 4.0, "before": 5.0, "year": 2.0}
    assert {row["block"]: row["counts"]["overdue"] for row in figures["overdue_by"]} == {
        "Дороги": {"now": 1, "before": 1, "year": 0},
        "ЖКХ и энергетика": {"now": 2, "before": 0, "year": 1},
        "": {"now": 1, "before": 1, "year": 0},
    }


@pytest.mark.parametrize("code", ["2026-W47", "2026-11"])
def test_a_slice_has_the_cases_of_its_row(told: tuple[Scene, dict[str, tuple[str, ...]]], code: str) -> None:
    center = told[0].cast.center
    period = parse_period(code, now=NOW, tz=center.tz)
    figures = count_period(center, period)
    tables: dict[str, list[Row]] = {
        "source": figures["sources"],
        "block": figures["blocks"],
        "recipient": figures["recipients"],
        "topic": figures["topics"],
        "settlement": figures["settlements"],
        "regime": figures["regimes"],
        "state": figures["states"],
    }
    keys = {name: list(CASE_FIGURES[name].cases(center, period).values_list("pk", flat=True)) for name in CASE_FIGURES}
    for dimension, rows in tables.items():
        for row in rows:
            for figure, pair in row["counts"].items():
                every = CASE_FIGURES[figure].cases(center, period)
                cases = every if dimension == "state" else Message.objects.filter(pk__in=keys[figure])
                assert narrowed(cases, {dimension: row["key"]}).count() == pair["now"], (dimension, row["name"], figure)


def test_the_same_of_one_source(told: tuple[Scene, dict[str, tuple[str, ...]]]) -> None:
    center, table = told
    week, *_ = _sides(center.cast)
    source = center.cast.source("pos")
    totals = count_period(center.cast.center, week, source=source)["totals"]
    own = {name for name, story in center.cases.items() if story.message.source_id == source.pk}
    assert {figure: pair["now"] for figure, pair in totals.items()} == {
        figure: len(own & set(sides[0].split())) for figure, sides in table.items()
    }
