"""Accounts of people: invited, blocked, let in again, given a new link; and the first account of an installation.

One account serves all the person's Centers, so what touches the account asks for a manager of each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from blocks import policies
from blocks.actors import Actor, ActorKind
from blocks.models import Center, Membership, RoleTitle
from blocks.roles import Role
from blocks.selectors.standing import left_without, local_day, managed_center_ids, working_centers
from blocks.services.history import Kind, demand, lock_composition, record
from blocks.services.roster import Appointment, add_membership
from mcu.accounts import end_sessions, find_link, make_link, revoke_links, use_link
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import OneTimeLink, User

LEAST_DIGITS: Final = 3  # of an office's inner telephone
LONGEST_EMAIL: Final = 254
WRONG_EMAIL: Final = "Проверьте адрес: он выглядит как ivanova@adm.ru."
TECH_POST: Final = "ответственный за техническое обеспечение"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is asked of a person to make an account; people sign in by login or e-mail."""

    username: str
    full_name: str
    email: str = ""
    phone: str = ""


def digits_of(phone: str) -> str:
    """By which telephones are compared: however they are written, the last ten digits."""
    return "".join(filter(str.isdecimal, phone))[-10:]


def create_person(person: NewPerson, *, password: str | None = None) -> User:
    """A bare account without roles; without a password nobody can sign in with it yet. Raises Invalid by field."""
    person = NewPerson(person.username.strip(), " ".join(person.full_name.split()), person.email.strip(), person.phone.strip())
    if wrong := _wrong_account(person):
        raise Invalid("Учётная запись не создана.", wrong)
    user = User(username=person.username, full_name=person.full_name, email=person.email, phone=person.phone)
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def invite(*, actor: Actor, center: Center, person: NewPerson, appointment: Appointment, now: datetime) -> tuple[User, str]:
    """A new person with a role; returns the path of the one-time link to hand over. Raises NotAllowed, Invalid."""
    demand(policies.may_manage_roster(actor))
    lock_composition([center])
    user = create_person(person)
    record(kind=Kind.INVITED, user=user, actor=actor, center=center, now=now)
    add_membership(actor=actor, center=center, user=user, appointment=appointment, now=now)
    return user, make_link(purpose=OneTimeLink.Purpose.INVITE, user=user, by=_person(actor), now=now)


@transaction.atomic
def block_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """The person signs in no more, sessions and links end now; roles stay in the history. Doing it twice is harmless.

    Keys of API clients are not people's and go on working. Raises NotFound, NotAllowed.
    """
    user, centers = _locked_person(actor, user_id, now)
    verdict = policies.may_block(
        actor,
        user_id=user.pk,
        foreign=_foreign(actor, centers, now),
        last_tech_in=[center.short for center in left_without(Role.TECH, centers=centers, now=now, but_user=user)],
    )
    demand(verdict)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        _record_everywhere(Kind.BLOCKED, user, actor, centers, now)
    end_sessions(user)
    revoke_links(user=user, now=now)
    return user


@transaction.atomic
def unblock_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """The person may sign in again with the same password. Doing it twice is harmless. Raises NotFound, NotAllowed."""
    user, centers = _locked_person(actor, user_id, now)
    demand(policies.may_block(actor, user_id=user.pk, foreign=_foreign(actor, centers, now), last_tech_in=[]))
    if not user.is_active:
        end_sessions(user)
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record_everywhere(Kind.UNBLOCKED, user, actor, centers, now)
    return user


@transaction.atomic
def reset_access(*, actor: Actor, user_id: int, clear_second_factor: bool = False, now: datetime) -> str:
    """A new one-time link, its path returned; the old password, the sessions and earlier links stop working at once.

    ``clear_second_factor`` also forgets the authenticator app and recovery codes. Raises NotFound, NotAllowed, WrongState.
    """
    user, centers = _locked_person(actor, user_id, now)
    demand(policies.may_reset(actor, user_id=user.pk, foreign=_foreign(actor, centers, now)))
    if not user.is_active:
        raise WrongState("Учётная запись заблокирована: сначала разблокируйте её, потом выдайте ссылку.")
    purpose = OneTimeLink.Purpose.RESET if user.has_usable_password() else OneTimeLink.Purpose.INVITE
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)
    if clear_second_factor:
        Authenticator.objects.filter(user=user).delete()
    _record_everywhere(Kind.LINK_ISSUED, user, actor, centers, now, second_factor_cleared=clear_second_factor)
    return make_link(purpose=purpose, user=user, by=_person(actor), now=now)


@transaction.atomic
def open_link(*, token: str, password: str, now: datetime) -> User:
    """The invited person sets a password; nobody is signed in by it. Raises NotFound, WrongState, Invalid."""
    link = find_link(token=token, now=now)
    if link.user is None:
        raise NotFound("Эта ссылка — для первой учётной записи.")
    _check_password(password, link.user)
    user = use_link(token=token, password=password, now=now)
    for center in working_centers(user, now):
        record(kind=Kind.LINK_USED, user=user, actor=None, center=center, now=now)
    return user


@transaction.atomic
def first_account_link(*, now: datetime) -> str | None:
    """The path of the link that makes the first account; None once anybody can be signed in. An earlier one stops working."""
    if User.objects.filter(is_active=True).exists():
        return None
    return make_link(purpose=OneTimeLink.Purpose.FIRST, user=None, by=None, now=now)


@transaction.atomic
def open_first_account(*, token: str, person: NewPerson, password: str, now: datetime) -> User:
    """The first person of an installation, with the technical role in every open Center: he invites the others.

    Raises NotFound, WrongState, Invalid.
    """
    # All rows of the purpose are locked, so that of two links opened at the same moment one wins.
    list(OneTimeLink.objects.select_for_update().filter(purpose=OneTimeLink.Purpose.FIRST).order_by("pk"))
    link = find_link(token=token, now=now)
    if link.purpose != OneTimeLink.Purpose.FIRST:
        raise NotFound("Эта ссылка — не для первой учётной записи.")
    if User.objects.filter(is_active=True).exists():
        raise WrongState("Первая учётная запись уже есть: остальных приглашает её владелец на странице «Состав Центра».")
    centers = list(Center.objects.filter(closed_at__isnull=True).order_by("pk"))
    if not centers:
        raise WrongState("В программе ещё нет ни одного Центра: загрузите его устав командой load_charter.")
    _check_password(password, User(username=person.username, full_name=person.full_name, email=person.email))
    user = create_person(person, password=password)
    posts = dict(RoleTitle.objects.filter(role=Role.TECH, closed_at__isnull=True).values_list("center_id", "post"))
    rows = [
        Membership(
            user=user,
            center=center,
            role=Role.TECH,
            post=(posts.get(center.pk) or TECH_POST)[:400],
            since=local_day(center, now),
        )
        for center in centers
    ]
    for membership in Membership.objects.bulk_create(rows):
        record(kind=Kind.FIRST_ACCOUNT, user=user, actor=None, center=membership.center, now=now, membership=membership.pk)
    link.used_at = now
    link.save(update_fields=["used_at"])
    return user


def _locked_person(actor: Actor, user_id: int, now: datetime) -> tuple[User, list[Center]]:
    """A person of the actor's Center and the Centers where he works (at least that one), all locked."""
    demand(policies.may_manage_roster(actor))
    if not Membership.objects.filter(user_id=user_id, center_id=actor.center_id).exists():
        raise NotFound("В этом Центре такого человека нет.")
    home = Center.objects.get(pk=actor.center_id)
    lock_composition([home, *working_centers(User(pk=user_id), now)])
    user = User.objects.select_for_update().get(pk=user_id)
    return user, working_centers(user, now) or [home]


def _foreign(actor: Actor, centers: list[Center], now: datetime) -> list[str]:
    """Names of the Centers among these that the actor does not manage."""
    if actor.kind == ActorKind.SYSTEM:
        return []
    managed = managed_center_ids(actor.user_id, now) if actor.user_id is not None else set()
    return [center.short for center in centers if center.pk not in managed]


def _record_everywhere(kind: Kind, user: User, actor: Actor, centers: list[Center], now: datetime, **data: object) -> None:
    for center in centers:
        record(kind=kind, user=user, actor=actor, center=center, now=now, **data)


def _person(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first() if actor.user_id is not None else None


def _wrong_account(person: NewPerson) -> dict[str, str]:
    wrong: dict[str, str] = {}
    try:
        UnicodeUsernameValidator()(person.username)
    except ValidationError:
        wrong["username"] = "Логин — буквы, цифры и знаки . _ - без пробелов."
    if "@" in person.username:  # people sign in by login or e-mail: a login must not look like someone's e-mail
        wrong["username"] = "Логин не должен содержать @."
    elif User.objects.filter(username__iexact=person.username).exists():
        wrong["username"] = "Такой логин уже занят."
    if not person.full_name:
        wrong["full_name"] = "Назовите фамилию, имя и отчество."
    if person.email and not _is_email(person.email):
        wrong["email"] = WRONG_EMAIL
    elif person.email and User.objects.filter(email__iexact=person.email).exists():
        wrong["email"] = "Этот адрес уже записан за другим человеком."
    if person.phone and len(digits_of(person.phone)) < LEAST_DIGITS:
        wrong["phone"] = "Проверьте телефон: в нём нет номера, он выглядит как 8 34678 2-11-22."
    return wrong


def _is_email(words: str) -> bool:
    try:
        validate_email(words)
    except ValidationError:
        return False
    return len(words) <= LONGEST_EMAIL


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("Пароль не задан.", {"password": " ".join(error.messages)}) from error
