"""Whom a case concerns: the roster in memory, with substitutes, recipients first, in two queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from blocks.models import Membership, Recipient, Substitution
from blocks.roles import Role
from blocks.selectors import Roster, roster_of
from tests.cast import NOW, SINCE, Cast

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@dataclass
class Case:
    source_id: int
    block_id: int | None = None
    recipient_id: int | None = None
    settlement_id: int | None = None
    responsible_id: int | None = None
    publisher_role: str = Role.SOURCE_CURATOR


def ids(cast: Cast, *names: str) -> tuple[int, ...]:
    return tuple(sorted(cast.people[name].pk for name in names))


def roads(
    cast: Cast,
    *,
    recipient_id: int | None = None,
    responsible_id: int | None = None,
    publisher_role: str = Role.SOURCE_CURATOR,
) -> Case:
    """An ИМ message in the block «Дороги»."""
    return Case(
        source_id=cast.source("im").pk,
        block_id=cast.block("roads").pk,
        recipient_id=recipient_id,
        responsible_id=responsible_id,
        publisher_role=publisher_role,
    )


def substitute(cast: Cast, absent: str, stand_in: str, role: Role) -> Substitution:
    return Substitution.objects.create(
        membership=Membership.objects.get(user=cast.people[absent], role=role),
        substitute=cast.people[stand_in],
        since=TODAY,
        until=TODAY,
    )


def today(cast: Cast) -> Roster:
    return roster_of(cast.center, NOW)


def test_each_role_is_found_by_its_bounds(okt: Cast) -> None:
    roster, case = today(okt), roads(okt)
    assert roster.responsibles(case) == ids(okt, "roads")
    assert roster.block_curators(case) == ids(okt, "roads_curator")
    assert roster.heads() == ids(okt, "head")
    assert roster.source_curators(case) == roster.publishers(case) == ids(okt, "im")


def test_the_responsible_publishes_where_the_source_says_so(okt: Cast) -> None:
    assert today(okt).publishers(roads(okt, publisher_role=Role.BLOCK_RESPONSIBLE)) == ids(okt, "roads")


def test_one_query(okt: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    substitute(okt, "head", "curator", Role.HEAD)
    case = roads(okt)
    with django_assert_num_queries(1):
        roster = today(okt)
        assert roster.heads() == ids(okt, "curator", "head")
        assert roster.responsibles(case)


def test_the_substitute_stands_beside_the_absent_on_the_dates_only(okt: Cast) -> None:
    substitute(okt, "roads", "housing", Role.BLOCK_RESPONSIBLE)
    assert today(okt).responsibles(roads(okt)) == ids(okt, "roads", "housing")
    assert roster_of(okt.center, NOW + timedelta(days=1)).responsibles(roads(okt)) == ids(okt, "roads")


def test_the_case_named_responsible_is_told_with_his_substitute_but_not_his_colleagues(okt: Cast) -> None:
    okt.add("second", Role.BLOCK_RESPONSIBLE, block="roads")
    substitute(okt, "roads", "housing", Role.BLOCK_RESPONSIBLE)
    case = roads(okt, responsible_id=okt.people["roads"].pk)
    assert today(okt).responsibles(case) == ids(okt, "roads", "housing")
    assert today(okt).may_be_responsible(case) == ids(okt, "roads", "housing", "second")


def test_the_curator_of_the_recipient_comes_before_the_block_s(okt: Cast) -> None:
    recipient = Recipient.objects.filter(center=okt.center, blocks=okt.block("roads")).first()
    assert recipient is not None
    own = okt.add("of_recipient", Role.BLOCK_CURATOR, block="roads")
    Membership.objects.filter(user=own).update(recipient=recipient)
    assert today(okt).block_curators(roads(okt, recipient_id=recipient.pk)) == (own.pk,)
    assert today(okt).block_curators(roads(okt)) == ids(okt, "roads_curator")


def test_blocked_ended_future_and_revoked_people_are_not_told(okt: Cast) -> None:
    okt.people["roads"].is_active = False
    okt.people["roads"].save()
    assert today(okt).responsibles(roads(okt)) == ()
    heads = Membership.objects.filter(user=okt.people["head"])
    for change in (
        {"until": TODAY - timedelta(days=1)},
        {"until": None, "since": TODAY + timedelta(days=1)},
        {"since": SINCE, "revoked_at": timezone.now()},
    ):
        heads.update(**change)
        assert today(okt).heads() == ()


def test_the_day_is_the_center_s_own(okt: Cast) -> None:
    """19:30 UTC on the 18th is already the 19th in Октябрьское (UTC+5)."""
    Membership.objects.filter(user=okt.people["head"]).update(until=TODAY)
    assert roster_of(okt.center, NOW.replace(hour=18)).heads() == ids(okt, "head")
    assert roster_of(okt.center, NOW.replace(hour=19, minute=30)).heads() == ()


def test_the_responsible_named_in_the_case_has_it_though_the_recipient_has_people_of_its_own(okt: Cast) -> None:
    """Who took the case into work is told of it, not whoever else the recipient's bounds would name."""
    recipient = Recipient.objects.create(center=okt.center, code="yard", name="Двор", kind="unit")
    keeper = okt.add("keeper", Role.BLOCK_RESPONSIBLE, block="roads")
    Membership.objects.filter(user=keeper).update(recipient=recipient)
    roster = roster_of(okt.center, NOW)
    assert roster.responsibles(roads(okt, recipient_id=recipient.pk)) == ids(okt, "keeper")
    named = roads(okt, recipient_id=recipient.pk, responsible_id=okt.people["roads"].pk)
    assert roster.responsibles(named) == ids(okt, "roads")
