"""Roles are given, ended and lent; every change stands in the history, and nobody without the right makes one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from blocks import actors
from blocks.models import Membership, Recipient, RosterEvent, Substitution
from blocks.roles import Role
from blocks.services.roster import Appointment, add_membership, end_membership
from blocks.services.substitutions import Loan, add_substitution, end_substitution
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import User
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
TOMORROW = TODAY + timedelta(days=1)


def give(cast: Cast, appointment: Appointment, *, to: str = "support", by: str = "head") -> Membership:
    return add_membership(actor=cast.actor(by), center=cast.center, user=cast.people[to], appointment=appointment, now=NOW)


def end(cast: Cast, name: str, *, last_day: date | None, by: str = "head") -> Membership:
    row = Membership.objects.get(user=cast.people[name])
    return end_membership(actor=cast.actor(by), membership_id=row.pk, last_day=last_day, now=NOW)


def lend(cast: Cast, absent: str, stand_in: str, since: date, until: date) -> Substitution:
    row = Membership.objects.get(user=cast.people[absent])
    loan = Loan(cast.people[stand_in], since, until, "отпуск")
    return add_substitution(actor=cast.actor("head"), membership_id=row.pk, loan=loan, now=NOW)


def roads_responsible(cast: Cast) -> Appointment:
    return Appointment(role=Role.BLOCK_RESPONSIBLE, post="начальник отдела дорог", block=cast.block("roads"))


@pytest.mark.parametrize("by", ["head", "tech"])
def test_head_and_tech_give_a_role_and_the_history_keeps_it(okt: Cast, by: str) -> None:
    row = give(okt, replace(roads_responsible(okt), by_agreement=True, agreed_on=date(2026, 11, 2)), by=by)
    assert (row.since, row.by_agreement, row.agreed_on) == (TODAY, True, date(2026, 11, 2))
    assert okt.actor("support").has(Role.BLOCK_RESPONSIBLE)
    event = RosterEvent.objects.get()
    assert (event.kind, event.user_id, event.by_id) == ("role_added", okt.people["support"].pk, okt.people[by].pk)
    assert event.data == {
        "membership": row.pk,
        "role": "block_responsible",
        "since": "2026-11-18",
        "until": None,
        "block": "roads",
        "report_to_cur": True,
    }


@pytest.mark.parametrize("by", ["curator", "support", "im", "roads", "roads_curator", "district_head", "observer"])
def test_nobody_else_changes_the_composition(okt: Cast, by: str) -> None:
    with pytest.raises(NotAllowed, match="Состав ведут"):
        give(okt, roads_responsible(okt), by=by)
    with pytest.raises(NotAllowed):
        end(okt, "roads", last_day=TODAY, by=by)
    assert not RosterEvent.objects.exists()


def test_the_program_itself_may(okt: Cast) -> None:
    add_membership(
        actor=actors.system(okt.center),
        center=okt.center,
        user=okt.people["support"],
        appointment=replace(roads_responsible(okt), since=date(2025, 1, 9)),
        now=NOW,
    )
    assert RosterEvent.objects.get().by is None


def test_an_observer_is_not_a_responsible_person_for_the_cur(okt: Cast) -> None:
    give(okt, Appointment(role=Role.OBSERVER, post="специалист ЦУР"))
    assert "report_to_cur" not in RosterEvent.objects.get().data


def test_bounds_are_asked_by_role(okt: Cast) -> None:
    wrong = [
        (Appointment(role=Role.BLOCK_CURATOR, post="зам"), "block"),
        (Appointment(role=Role.SOURCE_CURATOR, post="зав"), "source"),
        (Appointment(role=Role.HEAD, post="помощник", block=okt.block("roads")), "block"),
        (replace(roads_responsible(okt), post="  "), "post"),
        (replace(roads_responsible(okt), until=TODAY - timedelta(days=1)), "until"),
    ]
    for appointment, field in wrong:
        with pytest.raises(Invalid) as problem:
            give(okt, appointment)
        assert list(problem.value.fields) == [field]


def test_a_recipient_must_belong_to_the_block(okt: Cast) -> None:
    other = Recipient.objects.filter(center=okt.center).exclude(blocks=okt.block("roads")).first()
    assert other is not None
    with pytest.raises(Invalid) as problem:
        give(okt, replace(roads_responsible(okt), recipient=other))
    assert "recipient" in problem.value.fields


def test_rows_of_another_center_are_not_taken(okt: Cast, kor: Cast) -> None:
    with pytest.raises(Invalid) as problem:
        give(okt, replace(roads_responsible(okt), block=kor.block("economy")))
    assert "block" in problem.value.fields


def test_the_same_role_is_held_once_at_a_time(okt: Cast) -> None:
    with pytest.raises(Invalid, match="не добавлена"):
        give(okt, roads_responsible(okt), to="roads")
    end(okt, "roads", last_day=TODAY)
    give(okt, replace(roads_responsible(okt), since=TOMORROW), to="roads")


def test_a_role_ends_after_its_last_day(okt: Cast) -> None:
    end(okt, "roads", last_day=TODAY)
    assert okt.actor("roads").has(Role.BLOCK_RESPONSIBLE)
    assert not okt.actor("roads", NOW + timedelta(days=1)).has(Role.BLOCK_RESPONSIBLE)
    assert RosterEvent.objects.get().data["until"] == "2026-11-18"
    with pytest.raises(WrongState):
        end_membership(
            actor=okt.actor("head"),
            membership_id=Membership.objects.get(user=okt.people["roads"]).pk,
            last_day=None,
            now=NOW + timedelta(days=2),
        )


def test_a_role_is_taken_away_at_once_even_one_given_today(okt: Cast) -> None:
    row = give(okt, roads_responsible(okt))
    end_membership(actor=okt.actor("head"), membership_id=row.pk, last_day=None, now=NOW)
    assert not okt.actor("support").has(Role.BLOCK_RESPONSIBLE)
    assert [event.kind for event in RosterEvent.objects.order_by("pk")] == ["role_added", "role_revoked"]


def test_the_last_day_is_not_in_the_past(okt: Cast) -> None:
    with pytest.raises(Invalid) as problem:
        end(okt, "roads", last_day=TODAY - timedelta(days=1))
    assert "last_day" in problem.value.fields


def test_a_role_of_another_center_is_not_found(okt: Cast, kor: Cast) -> None:
    row = Membership.objects.get(user=kor.people["head"])
    with pytest.raises(NotFound):
        end_membership(actor=okt.actor("head"), membership_id=row.pk, last_day=TODAY, now=NOW)


def test_the_last_technical_person_stays(okt: Cast) -> None:
    for last_day in (None, TODAY, TODAY + timedelta(days=30)):
        with pytest.raises(NotAllowed, match="последний"):
            end(okt, "tech", last_day=last_day)
    invited = User.objects.create(username="new.tech", full_name="Новый Техник", password="!")
    okt.people["invited"] = invited
    give(okt, Appointment(role=Role.TECH, post="инженер"), to="invited")
    with pytest.raises(NotAllowed, match="задал пароль"):
        end(okt, "tech", last_day=TODAY)
    give(okt, Appointment(role=Role.TECH, post="инженер"), to="support")
    end(okt, "tech", last_day=None)


def test_a_substitute_acts_on_the_dates_and_the_history_names_both(okt: Cast) -> None:
    lend(okt, "head", "curator", TODAY, TOMORROW)
    lent = okt.actor("curator").grants_of(Role.HEAD)
    assert [grant.acting_for_id for grant in lent] == [okt.people["head"].pk]
    assert not okt.actor("curator", NOW + timedelta(days=2)).has(Role.HEAD)
    event = RosterEvent.objects.get()
    assert event.kind == "substitution_added"
    assert event.data["substitute"] == okt.people["curator"].pk
    assert event.data["report_to_cur"] is True


def test_a_substitution_ends_early_or_is_called_off(okt: Cast) -> None:
    running = lend(okt, "head", "curator", TODAY, TODAY + timedelta(days=9))
    end_substitution(actor=okt.actor("head"), substitution_id=running.pk, last_day=None, now=NOW)
    assert not okt.actor("curator").has(Role.HEAD)
    planned = lend(okt, "head", "curator", TOMORROW, TOMORROW)
    end_substitution(actor=okt.actor("head"), substitution_id=planned.pk, last_day=None, now=NOW)
    assert not okt.actor("curator", NOW + timedelta(days=1)).has(Role.HEAD)
    with pytest.raises(WrongState):
        end_substitution(actor=okt.actor("head"), substitution_id=planned.pk, last_day=None, now=NOW)


def test_a_substitution_that_makes_no_sense_is_refused_field_by_field(okt: Cast) -> None:
    cases = [
        ("head", TODAY, TODAY, "substitute"),
        ("curator", TOMORROW, TODAY, "until"),
        ("curator", TODAY - timedelta(days=5), TODAY - timedelta(days=1), "until"),
        ("curator", date(2025, 12, 1), TODAY, "since"),
    ]
    for stand_in, since, until, field in cases:
        with pytest.raises(Invalid) as problem:
            lend(okt, "head", stand_in, since, until)
        assert list(problem.value.fields) == [field]
    lend(okt, "head", "curator", TODAY, TOMORROW)
    with pytest.raises(Invalid):
        lend(okt, "head", "curator", TOMORROW, TOMORROW)


def test_history_is_only_added_to(okt: Cast) -> None:
    give(okt, roads_responsible(okt))
    for spoil in (RosterEvent.objects.all().delete, lambda: RosterEvent.objects.update(kind="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()
