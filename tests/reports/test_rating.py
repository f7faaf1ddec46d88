"""The rating of recipients worked out by hand in both Centers, and what its report opens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from blocks.charters.settings_schema import settings_of
from blocks.models import Recipient
from messages.models import Message, Satisfaction
from reports.compose import composed
from reports.documents import render
from reports.kinds import KINDS
from reports.models import Report
from reports.paper import Figures, Part, Prose
from reports.periods import Period, parse_period
from reports.rating import RATING_FIGURES, Work, count_rating, places, points
from reports.services.making import make
from tests.cast import Cast
from tests.reports.story import Story, moment, tell


def month(cast: Cast, code: str = "2026-11") -> Period:
    return parse_period(code, now=moment(cast, "01.12 09:00"), tz=cast.center.tz)


def recipients(cast: Cast) -> list[Recipient]:
    return list(Recipient.objects.filter(center=cast.center).order_by("pk"))


def answered(cast: Cast, recipient: Recipient, at: str, *, hours: int = 1, mark: int = 2, source: str = "im") -> Story:
    """An answer agreed so many hours after the hand-over; the term of ОКТ's ИМ is three hours."""
    day, hour = at.split()
    begun = int(hour[:2]) - hours - 1
    story = tell(cast, source, f"{day} {begun:02d}:00")
    block = "roads" if cast.center.slug == "oktyabrsky" else "economy"
    story.assign(f"{day} {begun:02d}:00", block).agree(f"{day} {begun + hours:02d}:00", mark)
    if story.message.source.needs_head:
        story.approve(f"{day} {begun + hours:02d}:10")
    story.send(at)
    Message.objects.filter(pk=story.message.pk).update(recipient=recipient)
    return story


def score(story: Story, value: int, at: str) -> None:
    Satisfaction.objects.create(message=story.message, cycle=0, score=value, via="link", at=story.at(at))


def rows(cast: Cast, code: str = "2026-11", **about: Any) -> dict[int, dict[str, Any]]:
    return {int(row["key"]): row for row in count_rating(cast.center, month(cast, code), **about)["rows"]}


def made(cast: Cast, at: datetime, source: str = "") -> Report:
    of = cast.source(source) if source else None
    return make(center=cast.center, kind=KINDS["rating"], period=month(cast), source=of, now=at, actor=cast.system)


def test_points_by_the_charters_weights(okt: Cast) -> None:
    weights = settings_of(okt.center.settings).rating
    work = Work(received=5, answered=4, in_time=3, late=1, complete=2, part=1, formal=1, scores=2, points=8, kept=3)
    # 0,40 × 3/4 + 0,30 × 5/8 + 0,20 × (4 − 1)/4 + 0,10 × 3/4
    assert points(work.parts(), weights) == 71.25
    # without scores and marks: (0,40 × 3/4 + 0,10 × 3/4) / 0,50
    assert points(Work(answered=4, in_time=3, late=1, kept=3).parts(), weights) == 75
    assert points(Work(received=3).parts(), weights) is None
    assert Work(scores=1, points=1).parts()["satisfaction"] == 0  # the worst score is worth nothing


def test_equal_points_share_a_place() -> None:
    assert places({1: 90.0, 2: 80.0, 3: 90.0, 4: 70.0}) == {1: 1, 3: 1, 2: 3, 4: 4}
    assert places({}) == {}


def test_a_month_by_hand(okt: Cast) -> None:
    first, second, third, *_ = recipients(okt)
    score(answered(okt, first, "02.11 12:00"), 5, "05.11 12:00")
    answered(okt, first, "03.11 12:00", mark=1)
    late = answered(okt, second, "04.11 18:00", hours=4)
    answered(okt, second, "05.11 12:00")
    late.reopen("06.11 09:00")  # came back: the mark falls to 0
    answered(okt, third, "06.11 12:00")  # one answer is no rating
    answered(okt, third, "31.10 12:00")  # of October
    tell(okt, "im", "07.11 12:00")  # of nobody
    found = rows(okt)
    # in time 2/2, marks 3/4, score (5 − 1)/4, none back: 40 + 22,5 + 20 + 10
    assert (found[first.pk]["points"], found[first.pk]["place"]) == (92.5, 1)
    # in time 1/2, marks 2/4, no scores, one of two back: (0,4 × 0,5 + 0,3 × 0,5 + 0,1 × 0,5) / 0,8
    assert (found[second.pk]["points"], found[second.pk]["place"]) == (50.0, 2)
    assert found[second.pk]["work"]["repeats"] == 1
    assert (found[third.pk]["place"], found[third.pk]["work"]["answered"]) == (None, 1)
    assert set(found) == {first.pk, second.pk, third.pk}


def test_the_place_of_the_month_before(okt: Cast) -> None:
    first, second, *_ = recipients(okt)
    for at in ("05.10 18:00", "06.10 18:00"):
        answered(okt, first, at, hours=4)
        answered(okt, second, at.replace(" 18", " 12"))
    for at in ("05.11 12:00", "06.11 12:00"):
        answered(okt, first, at)
        answered(okt, second, at.replace(" 12", " 18"), hours=4)
    found = rows(okt)
    assert [(found[one.pk]["place"], found[one.pk]["before"]) for one in (first, second)] == [(1, 2), (2, 1)]


def test_each_source_has_its_own(kor: Cast) -> None:
    first, *_ = recipients(kor)
    for at in ("05.11 12:00", "06.11 12:00"):
        answered(kor, first, at)
    whole, im, portal = rows(kor), rows(kor, source=kor.source("im")), rows(kor, source=kor.source("portal"))
    assert whole[first.pk]["place"] == im[first.pk]["place"] == 1
    assert portal == {}


@pytest.mark.parametrize("source", ["", "im"])
def test_the_report_opens_on_the_page_and_in_every_document(okt: Cast, client: Client, source: str) -> None:
    first, second, *_ = recipients(okt)
    for at in ("05.11 12:00", "06.11 12:00"):
        score(answered(okt, first, at), 4, "07.11 12:00")
        answered(okt, second, at)
    answered(okt, recipients(okt)[2], "06.11 12:00")
    report = made(okt, moment(okt, "01.12 07:00"), source)
    for form in ("xlsx", "docx", "pdf", "csv"):
        assert render(composed(report), form)
    with time_machine.travel(moment(okt, "01.12 09:00"), tick=False):
        client.force_login(okt.people["support"])
        page = client.get(report.get_absolute_url()).content.decode()
        assert (first.short or first.name) in page
        of_source = f"&amp;source={okt.source('im').pk}" if source else ""
        for code in ("answered", "in_time", "complete", "scored", "kept"):
            address = f"/oktyabrsky/reports/cases/2026-11/{code}/?recipient={first.pk}{of_source}&amp;from=rating.{report.code}"
            assert f'href="{address}"' in page, code
            answer = client.get(address.replace("&amp;", "&"))
            assert f'href="{report.get_absolute_url()}">← Рейтинг получателей, ноябрь 2026 года' in answer.content.decode()


def test_what_came_back_opens_its_own_list(okt: Cast) -> None:
    first, *_ = recipients(okt)
    back = answered(okt, first, "02.11 12:00")
    answered(okt, first, "03.11 12:00")
    answered(okt, first, "31.10 12:00").reopen("05.11 09:00")  # came back in November, answered in October
    back.reopen("02.12 09:00")  # came back in December, answered in November
    assert rows(okt)[first.pk]["work"]["repeats"] == 1
    found = RATING_FIGURES["came_back"].cases(okt.center, month(okt)).filter(recipient=first)
    assert [case.pk for case in found] == [back.message.pk]
    counts = next(table for _, table in composed(made(okt, moment(okt, "03.12 07:00"))).tables() if table.title == "Количество")
    cell = counts.rows[0][-1]
    assert cell.value == 1
    assert cell.cases is not None
    assert cell.cases.figure == "came_back"


def test_the_headline_names_the_best_and_the_last(okt: Cast) -> None:
    first, second, *_ = recipients(okt)
    for at in ("05.11 12:00", "06.11 12:00"):
        answered(okt, first, at)
        answered(okt, second, at.replace(" 12", " 18"), hours=4)
    line = headline_of(made(okt, moment(okt, "01.12 07:00")))
    assert isinstance(line, Figures)
    assert [(one.name, one.note) for one in line.figures[2:]] == [
        ("Лучший", first.short or first.name),
        ("Худший", second.short or second.name),
    ]


def headline_of(report: Report) -> Part:
    return composed(report).sections[0].parts[0]


def test_nobody_answered_often_enough(okt: Cast) -> None:
    first, *_ = recipients(okt)
    answered(okt, first, "05.11 12:00")
    report = made(okt, moment(okt, "01.12 07:00"))
    line = headline_of(report)
    assert isinstance(line, Prose)
    assert line.paragraphs == ("В рейтинге никого нет: за месяц ни один получатель не ответил 2\xa0раза и больше.",)
    assert "Рейтинг" not in [table.title for _, table in composed(report).tables()]
    for form in ("xlsx", "docx", "pdf", "csv"):
        assert render(composed(report), form)


def test_nobody_answered_anything(kor: Cast) -> None:
    report = made(kor, moment(kor, "01.12 07:00"))
    assert report.figures["rows"] == []
    line = headline_of(report)
    assert isinstance(line, Prose)
    assert line.paragraphs == ("За месяц сообщений получателям не было: составлять рейтинг не из чего.",)
    assert render(composed(report), "pdf")
