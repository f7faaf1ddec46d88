"""The seven indicators worked out by hand, in both Centers' zones, and what their report says of them."""

from __future__ import annotations

from typing import Any

from reports.compose import composed
from reports.documents import render
from reports.indicators import DEFINITIONS
from reports.indicators.counted import count_month
from reports.kinds import KINDS, plan_of
from reports.models import Report
from reports.periods import Period, parse_period
from reports.services.making import make
from tests.cast import Cast
from tests.reports.story import moment, tell

FAST, DELIVERY, INFORMING, DECISIONS, ROADMAP, CONTROL, HEARINGS = DEFINITIONS
NOVEMBER, OCTOBER, DECEMBER = "2026-11", "2026-10", "2026-12"


def month(cast: Cast, code: str = NOVEMBER) -> Period:
    return parse_period(code, now=moment(cast, "01.12 09:00"), tz=cast.center.tz)


def row(cast: Cast, code: str, period: str = NOVEMBER) -> dict[str, Any]:
    counted = count_month(cast.center, month(cast, period))
    return next(one for one in counted["rows"] if one["code"] == code)


def of(part: int, whole: int) -> dict[str, Any]:
    return {"value": round(part / whole, 6) if whole else None, "numerator": part, "denominator": whole}


def made(cast: Cast) -> Report:
    now = moment(cast, "01.12 07:00")
    return make(center=cast.center, kind=KINDS["indicators"], period=month(cast), now=now, actor=cast.system)


def test_nothing_is_no_data(okt: Cast) -> None:
    for one in count_month(okt.center, month(okt))["rows"]:
        assert one["month"]["value"] is None or one["code"] == INFORMING, one["code"]
    assert row(okt, INFORMING)["month"]["numerator"] == 0


def test_the_report_opens_everywhere(okt: Cast) -> None:
    tell(okt, "im", "17.11 10:00").assign("17.11 11:00", "roads")
    report = made(okt)
    paper = composed(report)
    for form in ("xlsx", "docx", "pdf", "csv"):
        assert render(paper, form)


def test_korsakovsky_has_none(kor: Cast) -> None:
    assert plan_of(kor.center, KINDS["indicators"]) is None
