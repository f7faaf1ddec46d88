"""The seven indicators worked out by hand, in both Centers' zones, and what their report says of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import time_machine
from django.core.management import call_command
from django.test import Client

from blocks.actors import ActorKind
from blocks.models import Recipient, RoadmapMeasure, Settlement, Topic
from messages.models import Message, MessageEvent
from reports.compose import composed
from reports.documents import render
from reports.indicators import DEFINITIONS, INDICATOR_ROWS, outlook
from reports.indicators.counted import count_month
from reports.indicators.counting import YEAR, Divided, YearCount
from reports.indicators.wording import verdict
from reports.kinds import KINDS, plan_of
from reports.kinds.indicators import against_plan
from reports.models import Publication, PublicHearing, Report, ResidentDecision
from reports.paper import Cell, Section, Table
from reports.paper_charts import draw
from reports.periods import Period, parse_period
from reports.services.making import make
from tests.cast import Cast
from tests.reports.story import Story, moment, tell

FAST, DELIVERY, INFORMING, DECISIONS, ROADMAP, CONTROL, HEARINGS = DEFINITIONS
NOVEMBER, OCTOBER, DECEMBER = "2026-11", "2026-10", "2026-12"
SNOW, TALINKA = "road_snow", "talinka"


def month(cast: Cast, code: str = NOVEMBER) -> Period:
    return parse_period(code, now=moment(cast, "31.12 09:00"), tz=cast.center.tz)


def row(cast: Cast, code: str, period: str = NOVEMBER) -> dict[str, Any]:
    counted = count_month(cast.center, month(cast, period))
    return next(one for one in counted["rows"] if one["code"] == code)


def of(part: int, whole: int) -> dict[str, Any]:
    return {"value": round(part / whole, 6) if whole else None, "numerator": part, "denominator": whole}


def answer(
    cast: Cast, at: str, *, received: str = "25.10 10:00", topic: str = "", settlement: str = "", **fields: Any
) -> Story:
    """An answer of the block «roads» posted at the local moment."""
    story = tell(cast, "im", received, topic=topic, settlement=settlement)
    day = f"{received[:5]} 11:00"
    story.assign(day, "roads").agree(day).approve(day).send(at)
    Message.objects.filter(pk=story.message.pk).update(**fields)
    return story


def handed(cast: Cast, at: str, kind: ActorKind, *, story: Story | None = None, **data: Any) -> Story:
    """A case handed over to a block by somebody."""
    story = story or tell(cast, "im", at)
    MessageEvent.objects.create(
        message=story.message, at=moment(cast, at), code="assign", actor_kind=kind, from_state="received", to_state="assigned",
        data={"recipient": None, "responsible": None} | data,
    )  # fmt: skip
    return story


def kept(cast: Cast, model: Any, **fields: Any) -> Any:
    """A row of a register."""
    at = moment(cast, "01.11 09:00")
    number = model.objects.filter(center=cast.center).count() + 1
    return model.objects.create(center=cast.center, number=number, created_at=at, changed_at=at, **fields)


def voided(cast: Cast, model: Any, **fields: Any) -> Any:
    return kept(cast, model, voided_at=moment(cast, "02.11 09:00"), void_reason="Внесено дважды.", **fields)


def measure(cast: Cast, done_on: date | None, *, settlement: str = "", void: bool = False) -> RoadmapMeasure:
    topic = Topic.objects.get(center=cast.center, code=SNOW)
    place = Settlement.objects.get(center=cast.center, code=settlement) if settlement else None
    keep = voided if void else kept
    found: RoadmapMeasure = keep(
        cast, RoadmapMeasure, roadmap="Зима", block=topic.block, topic=topic, settlement=place, cause="Техники мало",
        measure="Купить грейдер", due_on=date(2026, 11, 1), done_on=done_on,
    )  # fmt: skip
    return found


def made(cast: Cast, code: str = NOVEMBER, at: str = "01.12 07:00") -> Report:
    kind = KINDS["indicators"]
    return make(center=cast.center, kind=kind, period=month(cast, code), now=moment(cast, at), actor=cast.system)


# Each by its definition


def test_fast_track_and_control_of_what_was_answered_by_the_zones_month(okt: Cast) -> None:
    answer(okt, "01.11 00:00", fast_track=True)  # the border belongs to November
    answer(okt, "30.11 23:59", fast_track=True, control="photo")
    answer(okt, "15.11 12:00", control="glonass")
    answer(okt, "31.10 23:59", fast_track=True, control="sensor")
    answer(okt, "01.12 00:00", fast_track=True)
    found = row(okt, FAST)
    assert (found["month"], found["year"]) == (of(2, 3), of(3, 4))
    assert [one["numerator"] if one else None for one in found["history"]] == [*[None] * 9, 1, 2]
    assert (row(okt, CONTROL)["month"], row(okt, CONTROL)["year"]) == (of(2, 3), of(3, 4))
    assert row(okt, FAST, DECEMBER)["month"] == of(1, 1)
    assert row(okt, FAST, DECEMBER)["year"] == of(4, 5)


def test_both_zones_have_their_own_midnight(okt: Cast, kor: Cast) -> None:
    for cast in (okt, kor):
        story = tell(cast, "im", "25.10 10:00")
        Message.objects.filter(pk=story.message.pk).update(fast_track=True, answered_at=moment(okt, "01.11 00:00"))
    for cast, expected in ((okt, (0, 1)), (kor, (1, 0))):  # the same moment is 22:00 of 31 October in Корсаково
        counted = YearCount(cast.center, month(cast)).everything()
        assert tuple(counted.get(FAST, number).whole for number in (10, 11)) == expected
        assert counted.get(FAST, YEAR) == Divided(1, 1)


def test_a_reopened_case_counts_in_each_month_it_was_answered_in_and_once_in_the_year(okt: Cast) -> None:
    story = answer(okt, "30.10 12:00", fast_track=True)
    story.reopen("02.11 09:00").agree("02.11 10:00").approve("02.11 10:00").send("20.11 12:00")
    found = row(okt, FAST)
    assert (found["month"], found["year"]) == (of(1, 1), of(1, 1))
    assert found["history"][9] == of(1, 1)
    story.reopen("21.11 09:00")  # no answer stands now, both were given
    found = row(okt, FAST)
    assert (found["month"], found["history"][9], found["year"]) == (of(1, 1), of(1, 1), of(1, 1))


def test_delivery_is_the_first_hand_over_by_a_rule_that_nobody_changed(okt: Cast) -> None:
    handed(okt, "02.11 09:00", ActorKind.RULE, recipient=5)  # counts
    handed(okt, "03.11 09:00", ActorKind.RULE, responsible=7)  # counts
    handed(okt, "04.11 09:00", ActorKind.RULE)  # to a block only: whom it reached nobody said
    handed(okt, "05.11 09:00", ActorKind.PERSON, recipient=5)
    again = handed(okt, "06.11 09:00", ActorKind.RULE, recipient=5)
    handed(okt, "02.12 09:00", ActorKind.PERSON, story=again, recipient=6)  # changed by hand, a month later
    other = handed(okt, "20.10 09:00", ActorKind.PERSON, recipient=5)
    handed(okt, "07.11 09:00", ActorKind.RULE, story=other, recipient=5)  # not the first hand-over: October's case
    found = row(okt, DELIVERY)
    assert (found["month"], found["year"], found["history"][9]) == (of(2, 5), of(2, 6), of(0, 1))
    old = tell(okt, "im", "20.10 09:00")
    Message.objects.filter(pk=old.message.pk).update(received_at=moment(okt, "20.10 09:00") - timedelta(days=365))
    handed(okt, "08.11 09:00", ActorKind.RULE, story=old, recipient=5)
    MessageEvent.objects.create(
        message=old.message, at=moment(okt, "20.10 09:00") - timedelta(days=300), code="assign", actor_kind="person", data={}
    )
    assert row(okt, DELIVERY)["month"] == of(2, 5)  # handed over last year already


def test_recipients_with_a_publication_out_of_those_in_force(okt: Cast) -> None:
    first, second, third, *_ = Recipient.objects.filter(center=okt.center).order_by("pk")
    everybody = Recipient.objects.filter(center=okt.center).count()
    about = {"network": "ВКонтакте", "title": "Снег"}
    kept(okt, Publication, recipient=first, published_on=date(2026, 11, 30), **about)
    kept(okt, Publication, recipient=first, published_on=date(2026, 11, 1), **about)
    kept(okt, Publication, recipient=second, published_on=date(2026, 10, 31), **about)
    kept(okt, Publication, recipient=second, planned_on=date(2026, 11, 5), **about)  # a plan
    voided(okt, Publication, recipient=third, published_on=date(2026, 11, 5), **about)
    found = row(okt, INFORMING)
    assert (found["month"], found["year"]) == (of(1, everybody), of(2, everybody))
    Recipient.objects.filter(pk=first.pk).update(closed_at=moment(okt, "15.11 00:00"))
    found = row(okt, INFORMING)
    assert (found["month"], found["year"]) == (of(0, everybody - 1), of(1, everybody - 1))
    assert found["history"][9] == of(1, everybody)  # in October it was in force


def test_decisions_through_pos_announced_by_the_end(okt: Cast) -> None:
    about = {"way": "vote", "title": "Сквер"}
    day = date(2026, 11, 10)
    kept(okt, ResidentDecision, decided_on=day, executed_on=day, announced_on=date(2026, 11, 30), **about)
    kept(okt, ResidentDecision, decided_on=day, executed_on=day, announced_on=date(2026, 12, 1), **about)  # later
    kept(okt, ResidentDecision, decided_on=day, announced_on=day, **about)  # nothing was executed to tell of
    kept(okt, ResidentDecision, decided_on=day, executed_on=day, announced_on=day, via_pos=False, **about)
    voided(okt, ResidentDecision, decided_on=day, executed_on=day, announced_on=day, **about)
    told = kept(okt, ResidentDecision, decided_on=day, executed_on=day, **about)
    recipient = Recipient.objects.filter(center=okt.center).first()
    kept(okt, Publication, recipient=recipient, decision=told, published_on=day, network="ВК", title="Сделано")
    early = kept(okt, ResidentDecision, decided_on=date(2026, 10, 1), executed_on=day, **about)
    kept(okt, Publication, recipient=recipient, decision=early, published_on=date(2026, 11, 9), network="ВК", title="Скоро")
    found = row(okt, DECISIONS)
    assert (found["month"], found["year"]) == (of(2, 4), of(2, 5))
    assert row(okt, DECISIONS, DECEMBER)["year"] == of(3, 5)
    assert row(okt, DECISIONS, DECEMBER)["month"]["value"] is None


def test_measures_of_roadmaps_by_topic_territory_and_day(okt: Cast) -> None:
    answer(okt, "10.10 12:00", received="05.10 10:00", topic=SNOW, settlement=TALINKA)
    answer(okt, "10.11 12:00", topic=SNOW, settlement=TALINKA)
    answer(okt, "11.11 12:00", topic=SNOW)  # of no known place
    answer(okt, "12.11 12:00", settlement=TALINKA)  # of no topic
    measure(okt, None)
    measure(okt, date(2026, 11, 3), void=True)
    assert (row(okt, ROADMAP)["month"], row(okt, ROADMAP)["year"]) == (of(0, 3), of(0, 4))
    measure(okt, date(2026, 11, 30), settlement=TALINKA)  # the last day of November, there alone
    found = row(okt, ROADMAP)
    assert (found["month"], found["year"], found["history"][9]) == (of(1, 3), of(2, 4), of(0, 1))
    measure(okt, date(2026, 12, 1))  # everywhere, after the period
    assert row(okt, ROADMAP)["month"] == of(1, 3)
    assert row(okt, ROADMAP, DECEMBER)["year"] == of(3, 4)


def test_hearings_with_pos(okt: Cast) -> None:
    for day, with_pos in ((1, True), (30, True), (15, False)):
        kept(okt, PublicHearing, held_on=date(2026, 11, day), title="Бюджет", with_pos=with_pos)
    kept(okt, PublicHearing, held_on=date(2026, 10, 31), title="Устав", with_pos=False)
    voided(okt, PublicHearing, held_on=date(2026, 11, 3), title="Бюджет", with_pos=False)
    found = row(okt, HEARINGS)
    assert (found["month"], found["year"], found["plan"]) == (of(2, 3), of(2, 4), 80)
    assert "Требует подтверждения" in found["note"]


def test_nothing_is_no_data_never_nought_or_a_hundred(okt: Cast) -> None:
    counted = count_month(okt.center, month(okt))
    for one in counted["rows"]:
        if one["code"] != INFORMING:
            assert (one["month"]["value"], one["year"]["value"], one["forecast"], one["reached"]) == (None,) * 4, one["code"]
    assert counted["since"] == 12  # no month had anything
    assert all(one is None for one in counted["rows"][0]["history"])


# Plan and December


def test_the_plan_is_compared_without_rounding() -> None:
    assert outlook.reaches(Divided(9, 10), 90) is True
    assert outlook.reaches(Divided(8999, 10_000), 90) is False  # 90,0 % as it is shown
    assert outlook.reaches(Divided(0, 0), 90) is None
    assert outlook.reaches(Divided(1, 1), None) is None


def test_december_if_it_goes_on_as_in_the_last_three_months() -> None:
    months = [Divided(0, 100), Divided(10, 20), Divided(10, 20), Divided(10, 20)]
    assert outlook.forecast(Divided(30, 160), months, 8) == round((30 + 8 * 10) / (160 + 8 * 20), 6)
    assert outlook.forecast(Divided(30, 160), months[:1], 0) == 0.1875
    assert outlook.forecast(Divided(0, 0), [], 3) is None
    assert outlook.forecast_of_stock(Divided(10, 40), [4, 1, 2, 3], 5) == 0.5  # two more a month
    assert outlook.forecast_of_stock(Divided(39, 40), [9, 9, 9], 5) == 1.0  # no more than there are


def test_each_is_carried_on_by_its_own_method(okt: Cast) -> None:
    for day, with_pos in ((date(2026, 9, 1), False), (date(2026, 10, 1), True)):
        kept(okt, PublicHearing, held_on=day, title="Бюджет", with_pos=with_pos)
    answer(okt, "15.11 12:00", fast_track=True)
    report = made(okt)
    found = {one["code"]: one for one in report.figures["rows"]}
    assert found[HEARINGS]["forecast"] == 0.5  # few rows: as it is to date, not as in November without hearings
    assert found[HEARINGS]["ahead"] == found[DECISIONS]["ahead"] == "to_date"
    note = section_of(report, "plan").note
    assert "1, 2, 5, 6 — к итогу с начала года прибавлены оставшиеся месяцы" in note
    assert "4, 7 — доля с начала года" in note
    assert "3 — к получателям" in note


# The report


def section_of(report: Report, code: str) -> Section:
    return next(section for section in composed(report).sections if section.code == code)


def table_of(report: Report, code: str) -> Table:
    table = section_of(report, code).parts[0]
    assert isinstance(table, Table)
    return table


def test_before_december_the_plan_is_not_missed_only_the_forecast_is(okt: Cast) -> None:
    answer(okt, "15.11 12:00", fast_track=True)
    answer(okt, "16.11 12:00", fast_track=True, control="photo")
    answer(okt, "15.12 12:00", fast_track=True)
    november, december = (against_plan(count_month(okt.center, month(okt, code))) for code in (NOVEMBER, DECEMBER))
    fast, control = november.rows[0], november.rows[5]
    assert (fast[-1].words, fast[-1].tone) == ("Выше плана", "")
    assert control[-1].words == "Пока ниже плана, по прогнозу тоже"
    assert [cell.tone for cell in control] == ["", "", "", "", "", "", "bad", ""]
    assert (december.rows[0][-1].words, december.rows[0][-1].tone) == ("Достигнут", "good")
    assert (december.rows[5][-1].words, december.rows[5][-1].tone) == ("Не достигнут", "bad")
    equal = {"plan": 50, "reached": True, "forecast_reached": False, "year": of(1, 2)}
    assert verdict(equal, {"month": NOVEMBER}) == Cell("На уровне плана, но по прогнозу не удержится")


def test_a_month_without_data_says_so_over_its_little_line(okt: Cast) -> None:
    kept(okt, PublicHearing, held_on=date(2026, 10, 1), title="Бюджет", with_pos=True)
    answer(okt, "15.11 12:00", fast_track=True)
    drawn = str(draw(table_of(made(okt), "months"), width=640))
    hearings = drawn[drawn.index("7. Слушания ПОС") :]
    assert ">нет данных за ноябрь<" in hearings
    assert ">100,0\xa0%<" not in hearings


def test_the_paper_says_what_a_month_counts_and_nothing_of_the_charters_doubts(okt: Cast) -> None:
    rows = table_of(made(okt), "formulas").rows
    assert "о которых сообщено до его конца" in rows[3][1].note
    assert not any("подтверждения" in cell.words + cell.note for row in rows for cell in row)


def test_the_report_opens_on_the_page_and_in_every_document(okt: Cast, client: Client) -> None:
    answer(okt, "15.11 12:00", fast_track=True, topic=SNOW)
    kept(okt, PublicHearing, held_on=date(2026, 11, 3), title="Бюджет", with_pos=True)
    kept(okt, ResidentDecision, decided_on=date(2026, 11, 3), title="Сквер", way="vote")
    paper = composed(made(okt))
    for form in ("xlsx", "docx", "pdf", "csv"):
        assert render(paper, form)
    with time_machine.travel(moment(okt, "01.12 09:00"), tick=False):
        client.force_login(okt.people["support"])
        _open(client)


def _open(client: Client) -> None:
    page = client.get("/oktyabrsky/reports/indicators/2026-11/").content.decode()
    assert "нет данных" in page
    assert "100,0\xa0%" in page
    for address in ("cases/2026-11/fast_track/", "rows/2026-11/hearings_pos/", "cases/2026-01-01..2026-11-30/answered/"):
        assert f'href="/oktyabrsky/reports/{address}' in page, address
        back = client.get(f"/oktyabrsky/reports/{address}?from=indicators.2026-11").content.decode()
        assert 'href="/oktyabrsky/reports/indicators/2026-11/">← Показатели деятельности Центра, ноябрь 2026 года' in back
        astray = client.get(f"/oktyabrsky/reports/{address}?from=//elsewhere")
        assert astray.status_code == 200
        assert "elsewhere" not in astray.content.decode().split("page__back")[1].split("</a>")[0]
    for code in INDICATOR_ROWS:
        assert client.get(f"/oktyabrsky/reports/rows/2026-11/{code}/").status_code == 200
    assert client.get("/oktyabrsky/reports/rows/2026-11/nothing/").status_code == 404
    assert client.get("/oktyabrsky/reports/rows/2026-13/hearings/").status_code == 404


def test_the_district_has_its_three_months(okt: Cast) -> None:
    for at in ("15.09 12:00", "15.10 12:00", "15.11 12:00"):
        answer(okt, at, received=f"05{at[2:5]} 10:00", fast_track=True)
    for code, at, number in (("2026-09", "01.10 07:00", 1), ("2026-10", "01.11 07:00", 2), ("2026-11", "01.12 07:00", 3)):
        report = made(okt, code, at)
        fast = report.figures["rows"][0]
        assert (fast["month"], fast["year"]) == (of(1, 1), of(number, number))
        assert (fast["reached"], fast["forecast"], report.figures["since"]) == (True, 1.0, 9)


def test_the_terminal_lists_them_with_numerator_and_denominator(okt: Cast, kor: Cast, capsys: Any) -> None:
    answer(okt, "15.11 12:00", fast_track=True)
    answer(okt, "16.11 12:00")
    for slug in ("oktyabrsky", "korsakovsky"):
        call_command("figures", "--center", slug, "--from", "2026-11-01", "--to", "2026-11-30")
    told = capsys.readouterr().out
    line = next(one for one in told.splitlines() if one.startswith("1. Обработано"))
    assert line.split()[-2:] == ["1", "2"]
    assert told.count("Показатели деятельности") == 1  # Корсаково has none


def test_korsakovsky_has_none(kor: Cast) -> None:
    assert plan_of(kor.center, KINDS["indicators"]) is None
