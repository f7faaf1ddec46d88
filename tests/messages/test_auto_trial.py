"""A rule tried on past messages: what it would have done, where people sent them; nothing is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages.models import AutoMove, Message, MessageEvent
from messages.selectors.auto_trial import Sample, rows_of, try_rule
from messages.services import routing
from tests.cast import NOW, Cast
from tests.messages.rules_of import apply, make, waiting
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_trial_says_how_often_people_did_the_same_and_where_they_did_not(okt: Cast) -> None:
    bring(okt, IM, "answered", text="Фонари не горят.")
    bring(okt, IM, "drafting", text="Починили фонарь.")
    other = okt.message("im", text="Фонарь во дворе.")
    routing.assign(message_id=other.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=NOW)
    okt.message("im", text="Фонарь у школы, ещё никто не разобрал.")
    okt.message("im", text="Яма.")
    okt.message("im", text="Фонарь прошлого года.", received_at=NOW - 40 * DAY)
    rule = make(okt, "Свет", on=False, words=("фонарь",), block="roads")
    before = MessageEvent.objects.count()
    with CaptureQueriesContext(connection) as queries:
        done = try_rule(okt.center, rule, Sample(since=NOW - DAY), now=NOW)
    assert (done.looked, len(done.hits), done.same, done.other, done.nowhere) == (5, 4, 2, 1, 1)
    assert (done.agreement, len(queries)) == (67, 2)
    (row,) = rows_of(done.differing, center=okt.center, actor=okt.actor("head"), blocks={okt.block("housing").pk: "ЖКХ"})
    assert (row.number, row.real, row.differs) == (other.number, "ЖКХ", True)
    assert len(try_rule(okt.center, rule, Sample(), now=NOW).hits) == 5
    assert try_rule(okt.center, rule, Sample(2), now=NOW).looked == 2
    assert (MessageEvent.objects.count(), AutoMove.objects.count()) == (before, 0)


def test_earlier_rules_and_their_own_hand_overs_are_told_apart(okt: Cast) -> None:
    first = make(okt, "Школы", words=("школа",), block="housing")
    rule = make(okt, "Свет", words=("фонарь",), block="roads")
    waiting(okt, text="Фонарь у школы.")
    moved = waiting(okt, text="Фонарь у дома.")
    apply()
    make(okt, "После", block="housing")
    done = try_rule(okt.center, rule, Sample(), now=NOW)
    assert dict(done.taken) == {first.pk: 1}
    assert [hit.pk for hit in done.hits] == [moved.pk]
    assert (done.by_rules, done.agreement) == (1, None), "a rule's own work says nothing about people"
    routing.assign(message_id=moved.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=NOW)
    assert try_rule(okt.center, rule, Sample(), now=NOW).agreement == 0
    assert Message.objects.filter(center=okt.center).count() == 2
