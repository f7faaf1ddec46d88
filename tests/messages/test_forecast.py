"""The forecast of lateness: what it learns and how it is checked, what it says of running terms, where people see it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from messages.models import Deadline, ForecastCheck, Pace, ThreatSpan
from messages.selectors.desk import desk
from messages.selectors.forecast import Quality, explanation, quality
from messages.selectors.pressure import threatened_terms, threatened_terms_at
from messages.services.forecasting import forecast
from messages.services.pace import learn_pace
from messages.terms.chip import LIKELY
from tests.cast import NOW, Cast
from tests.messages.browsing import browser, page, words
from tests.messages.long_ago import QUICK, SLOW, remember
from tests.messages.scenes import IM, Scene, bring

MINUTE = timedelta(minutes=1)


@pytest.fixture
def learned(okt: Cast) -> Cast:
    """Ninety days of which every fifth case was drafted for five hours of its three; the others took less than one."""
    remember(okt, range(1, 91), late_every=5)
    learn_pace(center=okt.center, now=NOW)
    return okt


def term_of(scene: Scene) -> Deadline:
    return Deadline.objects.get(message=scene.message, kind="agree", void_at__isnull=True)


def said(scene: Scene, now: datetime) -> int | None:
    forecast(center=scene.cast.center, now=now)
    return term_of(scene).chance


def pressing(cast: Cast, now: datetime) -> set[int]:
    """What is under threat; the present and the past must say the same."""
    found = set(threatened_terms(center_id=cast.center.pk, now=now).values_list("pk", flat=True))
    assert found == set(threatened_terms_at(now).filter(center=cast.center).values_list("pk", flat=True))
    return found


class TestLearning:
    def test_how_long_cases_stand_where_this_one_does(self, learned: Cast) -> None:
        pace = Pace.objects.get(center=learned.center, kind="agree", state="drafting", block__isnull=False, topic=None)
        assert pace.count == 90
        assert QUICK.total_seconds() <= pace.stage_median <= QUICK.total_seconds() + 20 * 60
        assert pace.stage_p90 == SLOW.total_seconds()

    def test_the_check_finds_the_late_ones_by_what_was_known_before(self, learned: Cast) -> None:
        check = ForecastCheck.objects.get(center=learned.center)
        assert (check.terms, check.late) == (30, 6)
        assert (check.named, check.hits) == (6, 6), "after an hour only late ones are still drafted"
        assert str(quality(learned.center)) == (
            "Прогноз проверен на 30\N{NO-BREAK SPACE}сроках за 30\N{NO-BREAK SPACE}дней: из 6 названных опоздали 6, "
            "из 6 опоздавших заранее названы 6."
        )

    def test_of_ten_and_more_the_share_is_said_in_per_cent(self) -> None:
        assert str(Quality(terms=30, late=23, named=12, hits=12)).replace("\N{NO-BREAK SPACE}", " ") == (
            "Прогноз проверен на 30 сроках за 30 дней: из 12 названных опоздали 12 (100 %), "
            "из 23 опоздавших заранее названы 12 (52 %)."
        )

    def test_what_stands_longer_than_any_before_is_named_too(self, okt: Cast) -> None:
        """Nobody was late before the last month: the check knows no late ones, but that these stand unusually long."""
        remember(okt, range(31, 91), late_every=1000)
        remember(okt, range(1, 30), late_every=3)
        check = learn_pace(center=okt.center, now=NOW)
        assert check is not None
        assert (check.late, check.named, check.hits) == (10, 10, 10)

    def test_a_young_center_is_told_so(self, okt: Cast) -> None:
        scene = bring(okt, IM, "drafting")
        assert learn_pace(center=okt.center, now=NOW + MINUTE) is None
        assert said(scene, NOW + MINUTE) is None
        assert "ещё не проверен" in str(quality(okt.center))

    def test_another_night_replaces_what_was_learned(self, learned: Cast) -> None:
        before = Pace.objects.count()
        learn_pace(center=learned.center, now=NOW + timedelta(days=1))
        assert Pace.objects.count() == before
        assert ForecastCheck.objects.count() == 2


class TestForetelling:
    def test_grows_while_the_case_stands(self, learned: Cast) -> None:
        scene = bring(learned, IM, "drafting")
        said_at = [said(scene, scene.now + minutes * MINUTE) for minutes in (1, 30, 50, 80)]
        assert said_at == sorted(said_at, key=lambda chance: chance or 0)
        assert (said_at[0] or 0) < LIKELY <= (said_at[-1] or 0)

    def test_is_under_threat_from_then_on_and_no_longer_when_it_is_done(self, learned: Cast) -> None:
        scene = bring(learned, IM, "drafting")
        term, likely = term_of(scene), scene.now + 80 * MINUTE
        forecast(center=learned.center, now=scene.now)
        assert pressing(learned, scene.now) == set()
        forecast(center=learned.center, now=likely)
        assert pressing(learned, likely) == {term.pk}
        assert set(threatened_terms_at(likely - MINUTE)) == set()
        scene.now = likely
        scene.submit()
        assert term_of(scene).chance is not None, "a step that meets no term leaves the word standing until the next run"
        scene.agree()
        assert term_of(scene).chance is None
        assert ThreatSpan.objects.get(deadline=term).until == scene.now
        assert pressing(learned, scene.now) == set()
        assert set(threatened_terms_at(likely)) == {term}, "the report still sees what stood then"

    def test_says_nothing_while_the_applicant_is_asked_or_when_it_is_late(self, learned: Cast) -> None:
        scene = bring(learned, IM, "drafting")
        now = scene.now + 80 * MINUTE
        assert (said(scene, now) or 0) >= LIKELY
        Deadline.objects.filter(pk=term_of(scene).pk).update(paused_until=now + 60 * MINUTE)
        assert said(scene, now + MINUTE) is None
        assert pressing(learned, now + MINUTE) == set()
        assert (said(scene, now + 70 * MINUTE) or 0) >= LIKELY
        assert said(scene, now + 24 * 60 * MINUTE) is None
        assert not ThreatSpan.objects.filter(until__isnull=True).exists()

    def test_a_second_run_changes_nothing(self, learned: Cast) -> None:
        now = bring(learned, IM, "drafting").now + 80 * MINUTE
        assert forecast(center=learned.center, now=now) > 0
        spans = list(ThreatSpan.objects.values())
        assert forecast(center=learned.center, now=now) == 0
        assert list(ThreatSpan.objects.values()) == spans

    def test_costs_the_same_for_many(self, learned: Cast) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                forecast(center=learned.center, now=NOW + 80 * MINUTE)
            return len(queries)

        bring(learned, IM, "drafting")
        one = cost()
        for _ in range(4):
            bring(learned, IM, "drafting")
        assert cost() <= one


class TestShown:
    def test_in_words_on_the_desks(self, learned: Cast) -> None:
        scene = bring(learned, IM, "drafting")
        now = scene.now + 80 * MINUTE
        forecast(center=learned.center, now=now)
        for name in ("head", "curator", "roads_curator", "roads"):
            found = desk(actor=learned.actor(name), center=learned.center, now=now)
            told = [row.forecast for section in found.sections for row in section.rows if row.forecast]
            assert len(told) == 1, name
            assert "подготовка ответа в этом блоке обычно занимает" in told[0]
            assert "у каждого десятого — больше 5\N{NO-BREAK SPACE}ч" in told[0]
        term = Deadline.objects.select_related("message").get(pk=term_of(scene).pk)
        why = explanation(term, now=now)
        assert why is not None
        assert why.is_likely
        assert str(why) == told[0]

    def test_how_it_has_done_stands_under_the_list(self, learned: Cast, settings: Settings) -> None:
        settings.DEMO = True  # the head's second step has tests of its own
        scene = bring(learned, IM, "drafting")
        now = scene.now + 80 * MINUTE
        forecast(center=learned.center, now=now)
        chance = f"{term_of(scene).chance}\N{NO-BREAK SPACE}%"
        with time_machine.travel(now, tick=False):
            for name in ("head", "roads"):
                text = words(browser(learned, name).get(page(learned, "desk")))
                assert f"Вероятность опоздания {chance}" in text
                assert "Прогноз проверен на" in text
                assert "Как считается вероятность опоздания" in text
            shown = browser(learned, "head").get(page(learned, "list") + "?term=threat&columns=number,chance")
        assert shown.status_code == 200, shown.headers
        assert scene.message.number in words(shown)
        assert chance in words(shown)
