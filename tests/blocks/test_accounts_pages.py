"""The way in: one-time links, the first account, the way home, and the second step that a charter asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from blocks import middleware
from blocks.models import Membership, RoleTitle, Substitution
from blocks.roles import Role
from blocks.selectors.frame import Entry, entries, memberships_today
from blocks.services.accounts import NewPerson, first_account_link, invite
from blocks.services.roster import Appointment
from mcu.models import User
from tests.cast import NOW, PASSWORD, SINCE, Cast, load_center

pytestmark = pytest.mark.django_db
GOOD = {"password": "Длинный-новый-пароль-7", "repeat": "Длинный-новый-пароль-7"}


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def invited(cast: Cast) -> str:
    _, path = invite(
        actor=cast.actor("head"),
        center=cast.center,
        person=NewPerson("ivanova.ap", "Иванова Анна Петровна"),
        appointment=Appointment(role=Role.CURATOR, post="заместитель главы"),
        now=NOW,
    )
    return path


def test_the_invited_person_sets_a_password_and_signs_in(okt: Cast, client: Client) -> None:
    path = invited(okt)
    shown = client.get(path)
    assert "Иванова Анна Петровна" in shown.content.decode()
    assert shown.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in shown.headers["Cache-Control"]
    done = client.post(path, GOOD)
    assert done.headers["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_login"), {"login": "ivanova.ap", "password": GOOD["password"]})
    assert client.get(reverse("home")).headers["Location"] == reverse("desk", args=[okt.center.slug])


def test_whoever_is_signed_in_on_the_machine_is_signed_out(okt: Cast, client: Client) -> None:
    client.force_login(okt.people["im"])
    client.post(invited(okt), GOOD)
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_is_explained_and_the_link_stays(okt: Cast, client: Client) -> None:
    path = invited(okt)
    assert "не совпали" in client.post(path, GOOD | {"repeat": "другое"}).content.decode()
    assert "Проверьте введённое" in client.post(path, {"password": "123", "repeat": "123"}).content.decode()
    assert client.post(path, GOOD).status_code == 302


def test_used_expired_and_unknown_links_say_whom_to_ask(okt: Cast, client: Client) -> None:
    path = invited(okt)
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        late = client.get(path)
    assert late.status_code == 410
    assert okt.people["head"].full_name in late.content.decode()
    client.post(path, GOOD)
    assert client.get(path).status_code == client.post(path, GOOD).status_code == 410
    unknown = client.get(reverse("one_time_link", args=["x" * 43]))
    assert unknown.status_code == 404
    assert "руководитель Центра" in unknown.content.decode()


def test_the_secret_of_a_link_is_not_logged(okt: Cast, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    path = invited(okt)
    with caplog.at_level(logging.INFO):
        client.get(path)
        client.post(path, GOOD)
        client.get(path)
    noisy = [record for record in caplog.records if path in record.getMessage() and record.name != "django.request"]
    assert noisy == []


def test_the_first_account_is_made_by_its_link(client: Client, db: None) -> None:
    load_center("oktyabrsky")
    path = first_account_link(now=NOW)
    assert path is not None
    assert "Первая учётная запись" in client.get(path).content.decode()
    typed = GOOD | {"full_name": "Первый Иван Ильич", "username": "first user", "email": ""}
    refused = client.post(path, typed).content.decode()
    assert "Логин — буквы" in refused
    assert 'value="Первый Иван Ильич"' in refused
    assert client.post(path, typed | {"username": "first"}).status_code == 302
    assert User.objects.get().username == "first"
    used = client.get(path)
    assert used.status_code == 410
    assert "new_link" in used.content.decode()


def test_home_leads_to_sign_in_to_the_desk_or_says_that_there_is_no_role(okt: Cast, client: Client) -> None:
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("account_login"))
    client.force_login(okt.people["roads"])
    assert client.get(reverse("home")).headers["Location"] == reverse("desk", args=[okt.center.slug])
    client.force_login(okt.people["observer"])
    assert client.get(reverse("home")).headers["Location"] == reverse("reports:index", args=[okt.center.slug])
    client.force_login(User.objects.create_user("nobody", full_name="Без Роли"))
    assert "нет роли" in client.get(reverse("home")).content.decode()


def test_a_lent_role_opens_the_center_on_its_days_only(okt: Cast, kor: Cast, client: Client) -> None:
    head = Membership.objects.get(user=kor.people["curator"])
    day = NOW.date()
    for since, until in (
        (day - timedelta(days=9), day - timedelta(days=2)),
        (day + timedelta(days=1), day + timedelta(days=3)),
    ):
        Substitution.objects.create(membership=head, substitute=okt.people["roads"], since=since, until=until)
    names = {entry.center.slug for entry in _entries(okt.people["roads"])}
    assert names == {"oktyabrsky"}
    Substitution.objects.create(membership=head, substitute=okt.people["roads"], since=day, until=day)
    assert [entry.center.slug for entry in _entries(okt.people["roads"])] == ["korsakovsky", "oktyabrsky"]
    client.force_login(okt.people["roads"])
    text = client.get(reverse("blocks:roster", args=["korsakovsky"])).content.decode()
    assert kor.center.name in text
    assert okt.center.name in text  # the switcher


def _entries(user: User) -> list[Entry]:
    return entries(memberships_today(user.pk, NOW))


# --- The second step --------------------------------------------------------------------------------------------------


def test_a_role_that_asks_for_the_second_step_opens_nothing_without_it(okt: Cast, client: Client) -> None:
    client.force_login(okt.people["head"])
    desk = reverse("blocks:roster", args=[okt.center.slug])
    led = client.get(desk)
    assert led.headers["Location"] == reverse("mfa_activate_totp")
    assert client.post(desk).headers["Location"] == reverse("mfa_activate_totp")
    htmx = client.get(desk, headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"] == reverse("mfa_activate_totp")
    assert client.get("/healthz").status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_the_second_step_is_turned_on_right_after_signing_in(okt: Cast, client: Client) -> None:
    client.post(reverse("account_login"), {"login": okt.people["head"].username, "password": PASSWORD})
    assert client.get(reverse("home")).headers["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        again = client.get(reverse("mfa_activate_totp"))
        assert again.headers["Location"].startswith(reverse("account_reauthenticate"))


def test_nobody_signs_up_by_himself(client: Client) -> None:
    typed = {"username": "stranger", "email": "s@adm.example", "password1": GOOD["password"], "password2": GOOD["password"]}
    client.post(reverse("account_signup"), typed)
    assert not User.objects.filter(username="stranger").exists()


def test_with_an_authenticator_everything_opens(okt: Cast, client: Client) -> None:
    Authenticator.objects.create(user=okt.people["head"], type=Authenticator.Type.TOTP, data={})
    client.force_login(okt.people["head"])
    assert client.get(reverse("blocks:roster", args=[okt.center.slug])).status_code == 200


def test_recovery_codes_alone_are_not_a_second_step(okt: Cast) -> None:
    Authenticator.objects.create(user=okt.people["head"], type=Authenticator.Type.RECOVERY_CODES, data={})
    assert middleware.lacks_second_factor(okt.people["head"], NOW)


def test_other_roles_are_not_asked_and_a_substitute_is(okt: Cast) -> None:
    assert not middleware.lacks_second_factor(okt.people["roads"], NOW)
    Substitution.objects.create(
        membership=Membership.objects.get(user=okt.people["head"]),
        substitute=okt.people["roads"],
        since=NOW.date(),
        until=NOW.date(),
    )
    assert middleware.lacks_second_factor(okt.people["roads"], NOW)


def test_the_charter_of_one_center_does_not_bind_another(okt: Cast, kor: Cast) -> None:
    RoleTitle.objects.filter(center=okt.center, role=Role.CURATOR).update(totp_required=True)
    assert middleware.lacks_second_factor(okt.people["curator"], NOW)
    assert not middleware.lacks_second_factor(kor.people["curator"], NOW)


def test_it_is_looked_up_once_in_ten_minutes(okt: Cast, client: Client) -> None:
    client.force_login(okt.people["roads"])
    address = reverse("blocks:roster", args=[okt.center.slug])
    client.get(address)
    Membership.objects.create(user=okt.people["roads"], center=okt.center, role=Role.TECH, post="инженер", since=SINCE)
    assert client.get(address).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert client.get(address).headers["Location"] == reverse("mfa_activate_totp")


def test_a_demo_does_not_ask(okt: Cast, client: Client, settings: Settings) -> None:
    settings.DEMO = True
    client.force_login(okt.people["head"])
    assert client.get(reverse("blocks:roster", args=[okt.center.slug])).status_code == 200
