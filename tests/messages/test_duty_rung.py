"""A rung of the ladder that is told to whoever is on duty: the duty of the case's block, else its curator, else the head."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blocks.models import DeadlineRule, DutyShift, Membership
from blocks.roles import Role
from mcu.models import Outbox
from messages.models import Deadline
from messages.services.sweep import sweep
from tests.cast import NOW, Cast
from tests.messages.scenes import IM, bring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ladder(okt: Cast) -> None:
    rungs = [{"to": "duty", "after_hours": 0}]
    DeadlineRule.objects.filter(center=okt.center, code="im_agree").update(ladder=rungs, warn_shares=[])


def told(cast: Cast) -> set[int]:
    """Who is told that the agreement of a case is late."""
    scene = bring(cast, IM, "assigned")
    term = Deadline.objects.get(message=scene.message, kind="agree")
    sweep(now=term.due_at + timedelta(minutes=1))
    return set(Outbox.objects.filter(kind="deadline_breach").values_list("user_id", flat=True))


def on_duty(cast: Cast, name: str, block: str = "") -> None:
    DutyShift.objects.create(
        center=cast.center,
        user=cast.people[name],
        block=cast.block(block) if block else None,
        since=NOW,
        until=NOW + timedelta(days=1),
        created_at=NOW,
    )


def test_the_duty_of_the_block_is_told(okt: Cast) -> None:
    on_duty(okt, "support")
    on_duty(okt, "housing", "roads")
    assert told(okt) == {okt.people["housing"].pk}


def test_the_duty_of_the_whole_center_is_told_where_the_block_has_none(okt: Cast) -> None:
    on_duty(okt, "support")
    on_duty(okt, "housing", "housing")
    assert told(okt) == {okt.people["support"].pk}


def test_without_a_duty_the_curator_of_the_block_is_told(okt: Cast) -> None:
    assert told(okt) == {okt.people["roads_curator"].pk}


def test_without_a_curator_the_head_is_told(okt: Cast) -> None:
    Membership.objects.filter(center=okt.center, role=Role.BLOCK_CURATOR).update(revoked_at=NOW)
    assert told(okt) == {okt.people["head"].pk}
