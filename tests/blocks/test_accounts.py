"""Accounts: people are invited, blocked, let in again, given a new link; the first account of an installation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from blocks.models import ApiClient, Membership, RosterEvent
from blocks.roles import Role
from blocks.services.accounts import (
    NewPerson,
    block_person,
    create_person,
    first_account_link,
    invite,
    open_first_account,
    open_link,
    reset_access,
    unblock_person,
)
from blocks.services.roster import Appointment
from mcu.errors import Invalid, NotAllowed, NotFound, WrongState
from mcu.models import OneTimeLink, User
from tests.cast import NOW, PASSWORD, Cast, load_center

pytestmark = pytest.mark.django_db
GOOD = "Длинный-новый-пароль-7"


def token_of(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def invited(cast: Cast, username: str = "ivanova.ap", *, by: str = "head") -> tuple[User, str]:
    return invite(
        actor=cast.actor(by),
        center=cast.center,
        person=NewPerson(username, "Иванова  Анна Петровна", "ivanova@adm.example"),
        appointment=Appointment(role=Role.SUPPORT, post="специалист"),
        now=NOW,
    )


def test_an_invited_person_has_a_role_but_no_password_until_the_link_is_used(okt: Cast) -> None:
    user, path = invited(okt)
    assert user.full_name == "Иванова Анна Петровна"
    assert not user.has_usable_password()
    assert path == reverse("one_time_link", args=[token_of(path)])
    assert not OneTimeLink.objects.filter(token_hash__contains=token_of(path)).exists()
    assert open_link(token=token_of(path), password=GOOD, now=NOW) == user
    user.refresh_from_db()
    assert user.check_password(GOOD)
    assert [event.kind for event in RosterEvent.objects.order_by("pk")] == ["invited", "role_added", "link_used"]


def test_a_link_works_once_and_for_its_days_only(okt: Cast) -> None:
    _, path = invited(okt)
    with pytest.raises(WrongState, match="истёк"):
        open_link(token=token_of(path), password=GOOD, now=NOW + timedelta(days=7))
    open_link(token=token_of(path), password=GOOD, now=NOW)
    with pytest.raises(WrongState, match="уже задан"):
        open_link(token=token_of(path), password=GOOD, now=NOW)
    with pytest.raises(NotFound):
        open_link(token="чужое", password=GOOD, now=NOW)


def test_a_weak_password_leaves_the_link_in_force(okt: Cast) -> None:
    _, path = invited(okt)
    with pytest.raises(Invalid) as problem:
        open_link(token=token_of(path), password="1234", now=NOW)
    assert "коротк" in problem.value.fields["password"]
    open_link(token=token_of(path), password=GOOD, now=NOW)


def test_logins_and_addresses_are_not_doubled(okt: Cast) -> None:
    invited(okt)
    for person, field in (
        (NewPerson("IVANOVA.ap", "Другая Анна", "other@adm.example"), "username"),
        (NewPerson("other", "Другая Анна", "Ivanova@adm.example"), "email"),
        (NewPerson("other@adm.example", "Другая Анна"), "username"),
        (NewPerson("two words", "Другая Анна"), "username"),
        (NewPerson("other", "  "), "full_name"),
    ):
        with pytest.raises(Invalid) as problem:
            create_person(person)
        assert list(problem.value.fields) == [field]


def test_a_refused_role_leaves_no_account_behind(okt: Cast) -> None:
    with pytest.raises(Invalid):
        invite(
            actor=okt.actor("head"),
            center=okt.center,
            person=NewPerson("lost", "Лишний Человек"),
            appointment=Appointment(role=Role.BLOCK_CURATOR, post="зам"),
            now=NOW,
        )
    assert not User.objects.filter(username="lost").exists()


def test_a_blocked_person_is_out_at_once_and_stays_out_of_old_sessions(okt: Cast, client: Client) -> None:
    person = okt.people["roads"]
    client.force_login(person)
    other = Client()
    other.force_login(okt.people["im"])
    _, path = reset_link(okt, "roads_curator")
    block_person(actor=okt.actor("head"), user_id=person.pk, now=NOW)
    block_person(actor=okt.actor("head"), user_id=person.pk, now=NOW)  # twice is harmless
    assert Session.objects.count() == 1  # the colleague's
    unblock_person(actor=okt.actor("head"), user_id=person.pk, now=NOW)
    response = client.get(reverse("home"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))
    kinds = list(RosterEvent.objects.filter(user=person).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["blocked", "unblocked"]
    assert path  # another person's link is untouched
    assert OneTimeLink.objects.filter(used_at=None, expires_at__gt=NOW).count() == 1


def reset_link(cast: Cast, name: str, *, clear: bool = False) -> tuple[User, str]:
    user = cast.people[name]
    path = reset_access(actor=cast.actor("head"), user_id=user.pk, clear_second_factor=clear, now=NOW)
    user.refresh_from_db()
    return user, path


def test_an_inactive_person_s_session_ends_at_the_next_request(okt: Cast, client: Client) -> None:
    """Even if the session row survives, Django finds no active person in it."""
    client.force_login(okt.people["roads"])
    User.objects.filter(pk=okt.people["roads"].pk).update(is_active=False)
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("account_login"))


def test_a_blocked_person_s_link_is_dead(okt: Cast) -> None:
    user, path = invited(okt)
    block_person(actor=okt.actor("tech"), user_id=user.pk, now=NOW)
    with pytest.raises(WrongState):
        open_link(token=token_of(path), password=GOOD, now=NOW)
    with pytest.raises(WrongState, match="заблокирована"):
        reset_access(actor=okt.actor("head"), user_id=user.pk, now=NOW)


def test_keys_of_programs_outlive_a_blocked_person(okt: Cast) -> None:
    key = ApiClient.objects.create(center=okt.center, name="обмен", created_at=NOW)
    block_person(actor=okt.actor("head"), user_id=okt.people["im"].pk, now=NOW)
    key.refresh_from_db()
    assert key.blocked_at is None


def test_nobody_blocks_himself_or_the_last_technical_person(okt: Cast) -> None:
    for by, who, words in (("head", "head", "Себя"), ("head", "tech", "последний")):
        with pytest.raises(NotAllowed, match=words):
            block_person(actor=okt.actor(by), user_id=okt.people[who].pk, now=NOW)
    with pytest.raises(NotAllowed, match="Состав ведут"):
        block_person(actor=okt.actor("curator"), user_id=okt.people["roads"].pk, now=NOW)


def test_an_account_that_serves_two_centers_asks_for_a_manager_of_both(okt: Cast, kor: Cast) -> None:
    shared = okt.people["support"]
    kor.people["shared"] = shared
    kor.add("shared", Role.CURATOR)
    for change in (block_person, reset_access):
        with pytest.raises(NotAllowed, match="в другом Центре"):
            change(actor=okt.actor("head"), user_id=shared.pk, now=NOW)
    kor.people["both"] = okt.people["head"]
    kor.add("both", Role.TECH)
    block_person(actor=okt.actor("head"), user_id=shared.pk, now=NOW)
    assert set(RosterEvent.objects.filter(kind="blocked").values_list("center_id", flat=True)) == {
        okt.center.pk,
        kor.center.pk,
    }


def test_a_stranger_to_the_center_is_not_found(okt: Cast, kor: Cast) -> None:
    with pytest.raises(NotFound):
        block_person(actor=okt.actor("head"), user_id=kor.people["im"].pk, now=NOW)


def test_a_new_link_ends_the_old_password_sessions_and_links(okt: Cast, client: Client) -> None:
    client.force_login(okt.people["roads"])
    Authenticator.objects.create(user=okt.people["roads"], type=Authenticator.Type.TOTP, data={})
    user, first = reset_link(okt, "roads")
    assert not user.check_password(PASSWORD)
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("account_login"))
    assert Authenticator.objects.count() == 1
    user, second = reset_link(okt, "roads", clear=True)
    assert Authenticator.objects.count() == 0
    with pytest.raises(WrongState):
        open_link(token=token_of(first), password=GOOD, now=NOW)
    open_link(token=token_of(second), password=GOOD, now=NOW)


def test_nobody_issues_himself_a_link(okt: Cast) -> None:
    with pytest.raises(NotAllowed, match="Свой пароль"):
        reset_access(actor=okt.actor("head"), user_id=okt.people["head"].pk, now=NOW)


def test_the_first_account_keeps_every_center_of_the_installation(db: None) -> None:
    centers = [load_center("oktyabrsky"), load_center("korsakovsky")]
    stale, path = first_account_link(now=NOW), first_account_link(now=NOW)
    assert stale is not None
    assert path is not None
    person = NewPerson("first", "Первый Иван Ильич")
    with pytest.raises(WrongState):
        open_first_account(token=token_of(stale), person=person, password=GOOD, now=NOW)
    with pytest.raises(Invalid):
        open_first_account(token=token_of(path), person=person, password="first", now=NOW)
    user = open_first_account(token=token_of(path), person=person, password=GOOD, now=NOW)
    assert user.check_password(GOOD)
    roles = Membership.objects.filter(user=user).values_list("center", "role")
    assert set(roles) == {(center.pk, Role.TECH) for center in centers}
    assert RosterEvent.objects.filter(kind="first_account").count() == 2
    assert first_account_link(now=NOW) is None
    with pytest.raises(WrongState):
        open_first_account(token=token_of(path), person=NewPerson("second", "Второй"), password=GOOD, now=NOW)


def test_the_first_account_waits_for_a_charter(no_centers: None) -> None:
    path = first_account_link(now=NOW)
    assert path is not None
    with pytest.raises(WrongState, match="устав"):
        open_first_account(token=token_of(path), person=NewPerson("first", "Первый"), password=GOOD, now=NOW)
