"""Who sees which cases: one rule for the database and for a single case, and nothing of another Center ever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.actors import Actor, ActorKind, Grant
from blocks.models import Membership, Recipient, Settlement, Substitution
from blocks.roles import Role
from mcu.errors import NotFound
from messages.models import Message
from messages.selectors.case import find
from messages.selectors.desk import desk
from messages.services import contacts, reply, routing
from messages.services.case import locked
from tests.cast import NOW, Cast
from tests.messages.scenes import IM, POS, bring

pytestmark = pytest.mark.django_db


def seen(actor: Actor) -> set[int]:
    return set(Message.objects.visible_to(actor).values_list("pk", flat=True))


def _varied(cast: Cast) -> tuple[list[Message], dict[str, list[int | None]]]:
    """Cases that differ in every bound a role may name, and the values of these bounds."""
    bounds: dict[str, list[int | None]] = {
        "source_id": [cast.source(code).pk for code in ("im", "pos", "fz59")],
        "block_id": [None, *(cast.block(code).pk for code in ("roads", "housing"))],
        "recipient_id": [None, *Recipient.objects.filter(center=cast.center).values_list("pk", flat=True)[:2]],
        "settlement_id": [None, *Settlement.objects.filter(center=cast.center).values_list("pk", flat=True)[:2]],
    }
    cases = []
    for number in range(24):
        message = cast.message("im")
        for shift, (field, values) in enumerate(bounds.items()):
            setattr(message, field, values[number // (shift + 1) % len(values)])
        message.save()
        cases.append(message)
    return cases, bounds


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def _check_one_rule(cases: list[Message], bounds: dict[str, list[int | None]], center: int, data: st.DataObject) -> None:
    grant = st.builds(
        Grant, role=st.sampled_from(list(Role)), **{field: st.sampled_from([None, *values]) for field, values in bounds.items()}
    )
    grants = data.draw(st.lists(grant, min_size=1, max_size=3))
    actor = Actor(ActorKind.PERSON, center, "Случайный С. С.", user_id=1, grants=tuple(grants))
    assert seen(actor) == {case.pk for case in cases if any(grant.reaches(case) for grant in grants)}


def test_the_rule_of_the_list_is_the_rule_of_the_single_case(okt: Cast) -> None:
    cases, bounds = _varied(okt)
    _check_one_rule(cases, bounds, okt.center.pk)


def test_each_sees_what_the_design_says(okt: Cast) -> None:
    im_roads, pos_roads = bring(okt, IM, "assigned").message, bring(okt, POS, "drafting").message
    im_housing = okt.message("im")
    routing.assign(message_id=im_housing.pk, actor=okt.actor("im"), block_id=okt.block("housing").pk, now=NOW)
    im_new, pos_new = okt.message("im"), okt.message("pos")
    everything = {im_roads.pk, pos_roads.pk, im_housing.pk, im_new.pk, pos_new.pk}
    expected = {
        "im": {im_roads.pk, im_housing.pk, im_new.pk},
        "pos": {pos_roads.pk, pos_new.pk},
        "fz59": set(),
        "roads": {im_roads.pk, pos_roads.pk},
        "roads_curator": {im_roads.pk, pos_roads.pk},
        "housing": {im_housing.pk},
        "observer": set(),
        **dict.fromkeys(("head", "curator", "support", "tech", "district_head"), everything),
    }
    assert {name: seen(okt.actor(name)) for name in expected} == expected


def test_nobody_sees_a_case_of_another_center(okt: Cast, kor: Cast) -> None:
    """Also with the same person in both Centers: what is held in one gives nothing in the other."""
    foreign = kor.message("im")
    Membership.objects.create(
        user=okt.people["im"], center=kor.center, role=Role.OBSERVER, post="наблюдатель", since=date(2026, 1, 1)
    )
    kor.people["guest"] = okt.people["im"]
    for actor in [*(okt.actor(name) for name in okt.people), okt.system, kor.actor("guest")]:
        assert foreign.pk not in seen(actor)
        assert find(actor=actor, number=foreign.number) is None
        with pytest.raises(NotFound):
            locked(message_id=foreign.pk, actor=actor)
        with pytest.raises(NotFound):
            contacts.show_contacts(message_id=foreign.pk, actor=actor, now=NOW)


def test_a_refusal_by_sight_is_the_same_as_for_a_case_that_is_not_there(okt: Cast, kor: Cast) -> None:
    with pytest.raises(NotFound) as hidden:
        reply.start(message_id=kor.message("im").pk, actor=okt.actor("head"), now=NOW)
    with pytest.raises(NotFound) as absent:
        reply.start(message_id=10**9, actor=okt.actor("head"), now=NOW)
    assert hidden.value.message == absent.value.message


def test_a_role_counts_from_its_first_day_to_its_last(okt: Cast) -> None:
    case = bring(okt, IM, "assigned").message
    membership = Membership.objects.get(user=okt.people["roads"])
    today = NOW.astimezone(okt.center.tz).date()
    for since, until, counts in (
        (today, today, True),
        (today + timedelta(days=1), None, False),
        (today - timedelta(days=9), today - timedelta(days=1), False),
    ):
        membership.since, membership.until = since, until
        membership.save()
        assert (case.pk in seen(okt.actor("roads"))) is counts


def test_a_role_ends_at_midnight_of_the_center(okt: Cast) -> None:
    """00:00 in Октябрьское is 19:00 UTC of the day before."""
    Membership.objects.filter(user=okt.people["roads"]).update(until=date(2026, 11, 18))
    last = NOW.replace(hour=18, minute=59)
    assert okt.actor("roads", last).grants
    assert not okt.actor("roads", last + timedelta(minutes=1)).grants


def test_a_substitute_sees_and_does_what_the_absent_person_could(okt: Cast) -> None:
    scene = bring(okt, IM, "assigned")
    today = NOW.astimezone(okt.center.tz).date()
    Substitution.objects.create(
        membership=Membership.objects.get(user=okt.people["roads"]),
        substitute=okt.people["housing"],
        since=today,
        until=today,
    )
    substitute = okt.actor("housing")
    assert scene.message.pk in seen(substitute)
    reply.start(message_id=scene.message.pk, actor=substitute, now=scene.now)
    event = scene.message.events.get(code="start")
    assert (event.user, event.acting_for) == (okt.people["housing"], okt.people["roads"])
    assert scene.message.pk not in seen(okt.actor("housing", NOW + timedelta(days=1)))


def test_a_key_of_the_api_sees_its_sources_only(okt: Cast) -> None:
    im, pos = okt.message("im"), okt.message("pos")
    key = Actor(ActorKind.CLIENT, okt.center.pk, "ключ", client_id=1, source_ids=frozenset({im.source_id}))
    assert seen(key) == {im.pk}
    assert pos.pk not in seen(key)


def test_what_the_absent_person_has_begun_stands_on_the_substitute_s_desk(okt: Cast) -> None:
    message = okt.message("im")
    routing.assign(message_id=message.pk, actor=okt.actor("im"), block_id=okt.block("roads").pk, now=NOW)
    reply.start(message_id=message.pk, actor=okt.actor("roads"), now=NOW)
    membership = okt.people["roads"].memberships.get()
    day = NOW.date()
    Substitution.objects.create(membership=membership, substitute=okt.people["housing"], since=day, until=day)
    sections = desk(actor=okt.actor("housing"), center=okt.center, now=NOW).sections
    assert [(section.code, [row.number for row in section.rows]) for section in sections] == [("draft", [message.number])]
