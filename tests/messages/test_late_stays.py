"""No sequence of allowed steps makes late what was in time, or in time what was late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from blocks.models import DeadlineRule
from messages.models import Deadline, Message, MessageEvent
from messages.selectors.pressure import overdue_terms
from messages.services import approval, closing, merging
from messages.services.recount import moves, recount
from messages.services.sweep import sweep
from messages.terms import Kind
from reports import cases
from reports.periods import Span
from tests.cast import NOW, Cast
from tests.messages.scenes import IM, POS, Scene, bring

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


def term(message: Message, kind: str = "answer") -> Deadline:
    return Deadline.objects.get(message=message, kind=kind, cycle=0, void_at__isnull=True)


def late_pos(okt: Cast) -> tuple[Scene, datetime]:
    """A message of the portal whose answer is a day late, the breach written."""
    scene = bring(okt, POS, "drafting")
    now = term(scene.message).due_at + DAY
    sweep(now=now)
    assert term(scene.message).breached_at
    return scene, now


def is_late(okt: Cast, message: Message, now: datetime) -> bool:
    return cases.answered_late(okt.center, Span(now - 30 * DAY, now + 30 * DAY)).filter(pk=message.pk).exists()


def change_rule(okt: Cast, code: str, at: datetime, **values: object) -> None:
    """Close the edition in force and begin another, as the page does; without values the rule ends."""
    row = DeadlineRule.objects.get(center=okt.center, code=code, closed_at__isnull=True)
    DeadlineRule.objects.filter(pk=row.pk).update(closed_at=at)
    if values:
        row.pk, row.since = None, at
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def move(okt: Cast, message: Message, kind: Kind, at: datetime) -> None:
    assert not [one for one in moves(okt.center, now=at, editions={kind: at}) if one.message_id == message.pk]
    recount(okt.center, [message.pk], now=at, actor=okt.system, why={"rule_change": 0}, editions={kind: at})


@pytest.mark.parametrize("values", [{}, {"starts_on": "handed_over"}, {"amount": 60}, {"amount": 1}])
def test_a_late_term_stays_whatever_becomes_of_its_rule(okt: Cast, values: dict[str, object]) -> None:
    scene, now = late_pos(okt)
    before = term(scene.message)
    change_rule(okt, "pos_answer", now, **values)
    move(okt, scene.message, Kind.ANSWER, now)
    after = term(scene.message)
    assert (after.pk, after.due_at, after.breached_at) == (before.pk, before.due_at, before.breached_at)
    assert overdue_terms(center_id=okt.center.pk, now=now).filter(message=scene.message).exists()
    scene.now = now
    for step in (scene.submit, scene.agree, scene.send):
        step()
    assert is_late(okt, scene.message, scene.now)


@pytest.mark.parametrize("values", [{"amount": 1}, {"starts_on": "received", "amount": 200}, {}])
def test_a_term_met_in_time_stays_in_time_and_one_met_late_stays_late(okt: Cast, values: dict[str, object]) -> None:
    early, late = bring(okt, IM, "block_approval"), bring(okt, IM, "block_approval")
    for scene, hours in ((early, 2), (late, 4)):
        handed = Message.objects.get(pk=scene.message.pk).handed_over_at
        assert handed
        approval.agree(
            message_id=scene.message.pk,
            actor=okt.actor("roads_curator"),
            version=1,
            completeness=2,
            now=handed + hours * HOUR,
        )
    rows = {scene.message.pk: term(scene.message, "agree") for scene in (early, late)}
    at = NOW + 6 * HOUR
    change_rule(okt, "im_agree", at, **values)
    for scene in (early, late):
        move(okt, scene.message, Kind.AGREE, at)
        before, after = rows[scene.message.pk], term(scene.message, "agree")
        assert (after.pk, after.due_at, after.met_at) == (before.pk, before.due_at, before.met_at)
        assert (after.breached_at is None) is (scene is early)


def test_a_late_case_merged_under_an_agreed_one_was_not_agreed_before(okt: Cast) -> None:
    leading = bring(okt, IM, "head_approval")
    agreed_at = Message.objects.get(pk=leading.message.pk).agreed_at
    assert agreed_at
    scene = bring(okt, IM, "drafting")
    now = max(term(scene.message, "agree").due_at, agreed_at) + HOUR
    sweep(now=now)
    merging.merge(message_id=scene.message.pk, actor=okt.actor("im"), leading_id=leading.message.pk, now=now)
    after = term(scene.message, "agree")
    assert after.breached_at
    assert after.met_at == now
    assert not MessageEvent.objects.filter(message=scene.message, code="breach_corrected").exists()
    assert not Deadline.objects.filter(message=scene.message, kind="approve", started_at__lt=now).exists()


@pytest.mark.parametrize("step", ["redirect", "dismiss"])
def test_a_late_case_sent_away_and_taken_up_again_is_answered_late(okt: Cast, step: str) -> None:
    scene = bring(okt, POS, "received")
    scene.now = term(scene.message).due_at + DAY
    sweep(now=scene.now)
    getattr(scene, step)()
    scene.act(closing.reopen, scene.chain.sorter, reason="Наше.")
    for name in ("assign", "draft", "submit", "agree", "send"):
        getattr(scene, name)()
    assert is_late(okt, scene.message, scene.now)
