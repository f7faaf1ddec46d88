"""Whose a case is: the filter «У кого», the feed and the column of the register say the same of every case and person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blocks.models import Membership, Recipient, Substitution
from blocks.roles import Role
from blocks.selectors import roster_of
from messages.models import Message
from messages.selectors.terms.feed import terms_held
from messages.selectors.terms.holding import held_by
from messages.services.notices import holders
from tests.cast import NOW, Cast
from tests.messages.scenes import ACCOUNTS, IM, POS, WAYS, bring

pytestmark = pytest.mark.django_db


def compare(cast: Cast) -> int:
    """How many cases the people hold, the same by the one definition and by the other."""
    roster = roster_of(cast.center, NOW)
    rows = list(Message.objects.filter(center=cast.center).select_related("source"))
    held = 0
    for name, person in cast.people.items():
        by_row = {row.pk for row in rows if person.pk in holders(row, roster)}
        assert set(Message.objects.filter(held_by(person.pk, roster)).values_list("pk", flat=True)) == by_row, name
        held += len(by_row)
    return held


def test_in_every_state_of_every_chain(okt: Cast, kor: Cast) -> None:
    for cast, chain in ((okt, IM), (okt, POS), (kor, ACCOUNTS)):
        for state in WAYS:
            if chain.needs_head or state != "head_approval":
                bring(cast, chain, state)
    assert compare(okt)
    assert compare(kor)


def test_with_a_named_responsible_a_substitute_and_people_of_a_recipient(okt: Cast) -> None:
    okt.add("mate", Role.BLOCK_RESPONSIBLE, block="roads")
    school = Recipient.objects.create(center=okt.center, code="test-school", name="Школа", order=900)
    for name, role in (("teacher", Role.BLOCK_RESPONSIBLE), ("director", Role.BLOCK_CURATOR)):
        okt.add(name, role, block="roads")
        Membership.objects.filter(user=okt.people[name]).update(recipient=school)
    ways = [(chain, state) for chain in (IM, POS) for state in WAYS if chain.needs_head or state != "head_approval"]
    cases = [bring(okt, chain, state).message.pk for chain, state in ways]
    Message.objects.filter(pk__in=cases[::2]).update(responsible=okt.people["roads"])
    Message.objects.filter(pk__in=cases[::3]).update(recipient=school)
    Message.objects.filter(pk__in=cases[::5]).update(responsible=okt.people["housing"])  # who has no role in the block
    own = Membership.objects.get(user=okt.people["roads"])
    today = NOW.astimezone(okt.center.tz).date()
    Substitution.objects.create(membership=own, substitute=okt.people["housing"], since=today, until=today)
    assert compare(okt)
    Membership.objects.filter(role=Role.BLOCK_RESPONSIBLE).update(until=today - timedelta(days=1))
    assert compare(okt), "without responsibles the curators of the block hold what is to be written"


def test_a_case_that_waits_for_another_is_not_the_responsible_s(okt: Cast) -> None:
    numbers = {}
    for state in ("drafting", "block_approval", "head_approval", "approved"):
        message = bring(okt, IM, state).message
        Message.objects.filter(pk=message.pk).update(responsible=okt.people["roads"])
        numbers[state] = message.pk
    whose = {"roads": "drafting", "roads_curator": "block_approval", "head": "head_approval", "im": "approved"}
    for name, state in whose.items():
        held = Message.objects.filter(held_by(okt.people[name].pk, roster_of(okt.center, NOW)))
        assert [message.pk for message in held] == [numbers[state]], name
    assert {term.message_id for term in terms_held(okt.actor("roads"), okt.center, NOW)} == {numbers["drafting"]}
