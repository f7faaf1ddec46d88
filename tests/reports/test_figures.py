"""Every figure equals the table worked out by hand from the stories of ``scene``."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.cases import CASE_FIGURES, narrowed
from reports.figures import count_period
from reports.shape import Pair, Row
from tests.reports.conftest import Scene

# figure: names of the cases in the week, and in the week before it
OKT: dict[str, tuple[str, str]] = {
    "received": ("o2 o3 o4 o10 o13 o14 o15 o16 o17 o18 o19", "o1 o8 o9 o11 o12 o20 o21"),
    "answered": ("o1 o2 o3 o7 o8 o12 o13 o14 o20", "o11 o12"),
    "in_time": ("o1 o2 o13 o14 o20", "o11 o12"),
    "late": ("o3 o7 o8 o12", ""),
    "no_term": ("", ""),
    "redirected": ("o9", "o21"),
    "dismissed": ("o10", ""),
    "closed": ("o11", ""),
    "reopened": ("o12 o14 o21", ""),
    "repeats": ("o12 o14", ""),
    "complete": ("o1 o2 o3 o7 o8 o12 o14 o20", "o11 o12"),
    "part": ("", ""),
    "formal": ("o13", ""),
    "merged": ("", ""),
    "extended": ("", ""),
    "interim": ("", ""),
    "returned": ("", ""),
    "scored": ("", ""),
    "low": ("", ""),
    "open": ("o4 o6 o15 o16 o17 o18 o19 o21", "o1 o6 o7 o8 o9 o20"),
    "overdue": ("o6 o15 o18", "o6 o9"),
    "threat": ("", "o7"),  # 21½ days of 25 gone
    "breaches": ("o3 o7 o8 o12 o15 o18", "o6 o9"),
}
KOR: dict[str, tuple[str, str]] = {
    "received": ("k2 k4 k5", "k1 k3"),
    "answered": ("k1 k2 k3", ""),
    "in_time": ("k1 k2 k3", ""),
    "late": ("", ""),
    "no_term": ("", ""),
    "redirected": ("", ""),
    "dismissed": ("", ""),
    "closed": ("", ""),
    "reopened": ("", ""),
    "repeats": ("", ""),
    "complete": ("k1 k2 k3", ""),
    "part": ("", ""),
    "formal": ("", ""),
    "merged": ("", ""),
    "extended": ("", ""),
    "interim": ("", ""),
    "returned": ("", ""),
    "scored": ("", ""),
    "low": ("", ""),
    "open": ("k4 k5", "k1 k3"),
    "overdue": ("k4", ""),
    "threat": ("", ""),
    "breaches": ("k4", ""),
}


def test_the_tables_name_every_figure() -> None:
    assert set(OKT) == set(KOR) == set(CASE_FIGURES)


@pytest.mark.parametrize("figure", CASE_FIGURES)
def test_cases_of_oktyabrsky(okt_weeks: Scene, figure: str) -> None:
    _check_cases(okt_weeks, figure, *OKT[figure])


@pytest.mark.parametrize("figure", CASE_FIGURES)
def test_cases_of_korsakovsky(kor_weeks: Scene, figure: str) -> None:
    _check_cases(kor_weeks, figure, *KOR[figure])


def _check_cases(scene: Scene, figure: str, now: str, before: str) -> None:
    for week, names in ((scene.week, now), (scene.week.previous(), before)):
        found = CASE_FIGURES[figure].cases(scene.cast.center, week).values_list("pk", flat=True)
        assert scene.names(list(found)) == set(names.split()), week.code


def test_totals_of_both_centers_stand_side_by_side(okt_weeks: Scene, kor_weeks: Scene) -> None:
    for scene, table in ((okt_weeks, OKT), (kor_weeks, KOR)):
        totals = count_period(scene.cast.center, scene.week)["totals"]
        assert totals == {
            figure: {"now": len(now.split()), "before": len(before.split()), "year": 0}
            for figure, (now, before) in table.items()
        }


def test_share_in_time_and_mean_time(okt_weeks: Scene, kor_weeks: Scene) -> None:
    figures = count_period(okt_weeks.cast.center, okt_weeks.week)
    assert figures["in_time_share"] == {"now": 0.5556, "before": 1.0, "year": None}
    # o1 11:01, o2 13:00, o3 4:30, o7 26 d 3:00, o8 12 d 8:00, o12 4:30 from reopening, o13 24:00, o14 24:00 from
    # reopening, o20 7 d: 1172 h 1 min for nine; the week before o11 1:20, o12 2:00
    assert figures["answer_seconds"] == {"now": round((1172 * 3600 + 60) / 9), "before": 6000, "year": None}
    empty = count_period(kor_weeks.cast.center, kor_weeks.week)
    assert empty["in_time_share"] == {"now": 1.0, "before": None, "year": None}
    assert empty["answer_seconds"]["before"] is None


def test_rows_by_source_regime_state_and_block(okt_weeks: Scene) -> None:
    figures = count_period(okt_weeks.cast.center, okt_weeks.week)
    sources = _by_name(figures["sources"])
    im, pos, fz59 = (sources[name] for name in _shorts(okt_weeks, "im", "pos", "fz59"))
    assert im["received"] == _pair(7, 4)
    assert pos["received"] == _pair(3, 1)
    assert fz59["received"] == _pair(1, 2)
    assert im["answered"] == _pair(4, 2)
    assert pos["late"] == _pair(2, 0)
    assert im["overdue"] == _pair(2, 0)
    regimes = {row["key"]: row["counts"]["received"] for row in figures["regimes"]}
    assert regimes == {"appeal": _pair(1, 2), "message": _pair(10, 5)}
    states = {row["key"]: row["counts"]["open"] for row in figures["states"]}
    assert states == {
        "received": _pair(3, 2),
        "assigned": _pair(1, 3),
        "drafting": _pair(1, 1),
        "block_approval": _pair(1, 0),
        "head_approval": _pair(1, 0),
        "approved": _pair(1, 0),
        "merged": _pair(0, 0),
    }
    blocks = _by_name(figures["blocks"])
    housing, none = blocks["ЖКХ и энергетика"], blocks["Блок не назначен"]
    assert housing["answered"] == _pair(3, 0)
    assert housing["overdue"] == _pair(1, 0)
    assert none["overdue"] == _pair(1, 1)
    assert {name: sum(row["counts"][name]["now"] for row in figures["blocks"]) for name in ("received", "open", "overdue")} == {
        "received": 11,
        "open": 8,
        "overdue": 3,
    }


def test_topics_territories_days_and_the_spike(okt_weeks: Scene) -> None:
    figures = count_period(okt_weeks.cast.center, okt_weeks.week)
    assert [(row["name"], row["counts"]["received"]) for row in figures["topics"]] == [
        ("Уборка снега и наледи на дорогах", _pair(3, 1)),
        ("Тема не указана", _pair(8, 6)),
    ]
    assert [(row["name"], row["counts"]["received"]) for row in figures["settlements"]] == [
        ("пгт Талинка", _pair(3, 1)),
        ("Населённый пункт не указан", _pair(8, 6)),
    ]
    assert [(day["day"][-2:], day["now"], day["before"]) for day in figures["days"]] == [
        ("16", 4, 1),
        ("17", 1, 2),
        ("18", 1, 2),
        ("19", 1, 0),
        ("20", 2, 1),
        ("21", 0, 0),
        ("22", 2, 1),
    ]
    # one message in the four weeks before: mean 0.25; all three of the week from one settlement, so it is named once
    assert [(one["topic"], one["settlement"], one["count"], one["mean"], one["growth"]) for one in figures["spikes"]] == [
        ("Уборка снега и наледи на дорогах", "пгт Талинка", 3, 0.25, 11.0)
    ]


def test_overdue_list_names_the_term_and_how_long(okt_weeks: Scene) -> None:
    rows = count_period(okt_weeks.cast.center, okt_weeks.week)["overdue"]
    numbers = {name: story.message.number for name, story in okt_weeks.cases.items()}
    assert [row["number"] for row in rows] == [numbers["o6"], numbers["o15"], numbers["o18"]]
    assert [row["late_seconds"] for row in rows] == [8 * 86400, 3 * 86400 + 11 * 3600 + 1800, 2 * 86400 + 12 * 3600]
    assert [row["block"] for row in rows] == ["Дороги", "", "ЖКХ и энергетика"]
    assert rows[0]["term"].startswith("Ответ размещён на ПОС")
    assert rows[0]["clause"] == "Регл. 2.5"
    assert rows[0]["responsible"] == okt_weeks.cast.people["roads"].short_name


def test_a_slice_has_the_cases_of_its_row(okt_weeks: Scene) -> None:
    figures = count_period(okt_weeks.cast.center, okt_weeks.week)
    tables: dict[str, list[Row]] = {
        "source": figures["sources"],
        "block": figures["blocks"],
        "topic": figures["topics"],
        "settlement": figures["settlements"],
        "regime": figures["regimes"],
        "state": figures["states"],
    }
    for dimension, rows in tables.items():
        for row in rows:
            for figure, pair in row["counts"].items():
                every = CASE_FIGURES[figure].cases(okt_weeks.cast.center, okt_weeks.week)
                assert narrowed(every, {dimension: row["key"]}).count() == pair["now"], (dimension, row["name"], figure)


def test_a_later_count_of_a_past_week_is_the_same(okt_weeks: Scene) -> None:
    before = _settled(okt_weeks)
    okt_weeks.cases["o2"].close("25.11 09:00")
    okt_weeks.cases["o18"].agree_now("25.11 10:00").approve("25.11 11:00").send("25.11 12:00")
    okt_weeks.cases["o1"].reopen("26.11 09:00")
    okt_weeks.cases["o4"].redirect("26.11 10:00")
    assert _settled(okt_weeks) == before


def _settled(scene: Scene) -> dict[str, Pair]:
    """Totals but for the marks of completeness, which a reopening lowers to 0 whenever it comes (section 0)."""
    totals = count_period(scene.cast.center, scene.week)["totals"]
    return {figure: pair for figure, pair in totals.items() if figure not in ("complete", "part", "formal")}


def test_the_number_of_queries_does_not_grow(okt_weeks: Scene) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        count_period(okt_weeks.cast.center, okt_weeks.week)
    assert len(captured) <= 31


def _pair(now: int, before: int) -> Pair:
    return Pair(now=now, before=before, year=0)


def _by_name(rows: list[Row]) -> dict[str, dict[str, Any]]:
    return {row["name"]: dict(row["counts"]) for row in rows}


def _shorts(scene: Scene, *codes: str) -> list[str]:
    return [scene.cast.source(code).short for code in codes]
