"""The demo's people: accounts with one password, roles and leaves, given through the roster's services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password

from blocks import actors
from blocks.models import Block, Center, Membership, Recipient, Source
from blocks.roles import Role
from blocks.services.accounts import NewPerson, create_person
from blocks.services.roster import Appointment, add_membership
from blocks.services.substitutions import Loan, add_substitution
from mcu.models import User
from messages.demo import texts
from messages.demo.texts import Duty, Leave

IN_OFFICE = timedelta(days=300)  # for how long everybody has held the role
CONSENT = timedelta(days=12)  # before the first day, where members take part by agreement


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the table that is shown to whoever tries the demo."""

    sign_in: str
    full_name: str
    roles: str
    centers: tuple[str, ...]  # slugs


def sign_ins() -> list[SignIn]:
    """Everybody of the demo in the order of the file, with the names of their blocks and sources. Three queries."""
    names = {
        (slug, code): short
        for model in (Block, Source, Recipient)
        for slug, code, short in model.objects.values_list("center__slug", "code", "short")
    }
    return [
        SignIn(
            person.sign_in,
            person.full_name,
            _roles(person.duties, names),
            tuple(dict.fromkeys(duty.center for duty in person.duties)),
        )
        for person in texts.people()
    ]


def _roles(duties: Sequence[Duty], names: Mapping[tuple[str, str], str]) -> str:
    """«куратор блока, ответственный за блок: Дороги»: roles with the same bounds stand together."""
    labels: dict[str, list[str]] = {}
    for duty in duties:
        codes = [*duty.sources, duty.recipient] if duty.recipient else [*duty.blocks, *duty.sources]
        bounds = ", ".join(names.get((duty.center, code), code) for code in codes)
        labels.setdefault(bounds, []).append(str(Role(duty.role).label))
    return "; ".join(", ".join(dict.fromkeys(words)) + (f": {bounds}" if bounds else "") for bounds, words in labels.items())


def hire(*, centers: dict[str, Center], password: str, now: datetime) -> dict[str, User]:
    """Make the accounts and give the roles. People have no e-mail, so nothing of the demo is ever mailed."""
    since = now - IN_OFFICE
    users = {row.sign_in: create_person(NewPerson(row.sign_in, row.full_name)) for row in texts.people()}
    set_password(password)
    rows = _Rows(centers)
    for person in texts.people():
        for duty in person.duties:
            center = centers[duty.center]
            for appointment in rows.appointments(duty, since):
                add_membership(
                    actor=actors.system(center), center=center, user=users[person.sign_in], appointment=appointment, now=since
                )
    return users


def send_on_leave(*, centers: dict[str, Center], users: dict[str, User], now: datetime) -> None:
    """Lend the roles of those who are absent today."""
    for leave in texts.leaves():
        _lend(leave, centers[leave.center], users, now)


def set_password(password: str) -> None:
    """The one password of the demo's people, where it is not that already. Who has chosen another keeps it.

    One hash serves all: hashing is slow by design, and the password is printed anyway.
    """
    people = User.objects.filter(username__in=[row.sign_in for row in texts.people()])
    shared = _shared_hash(list(people.values_list("password", flat=True)))
    if shared is None:
        people.update(password=make_password(password))
    elif not check_password(password, shared):
        people.filter(password=shared).update(password=make_password(password))


def _shared_hash(hashes: list[str]) -> str | None:
    """The hash that several people have: unusable ones differ from each other."""
    return next((one for one in hashes if hashes.count(one) > 1), None)


def _lend(leave: Leave, center: Center, users: dict[str, User], now: datetime) -> None:
    today = now.astimezone(center.tz).date()
    loan = Loan(
        substitute=users[leave.substitute],
        since=today + timedelta(days=leave.from_day),
        until=today + timedelta(days=leave.to_day),
        reason=leave.reason,
    )
    told = now + timedelta(days=leave.from_day - 1)
    for membership in Membership.objects.filter(center=center, user=users[leave.absent]).order_by("pk"):
        add_substitution(actor=actors.system(center), membership_id=membership.pk, loan=loan, now=told)


class _Rows:
    """Rows of the Centers' lists by code, read once."""

    def __init__(self, centers: dict[str, Center]) -> None:
        ids = [center.pk for center in centers.values()]
        self._centers = centers
        self._blocks = {(row.center_id, row.code): row for row in Block.objects.filter(center__in=ids)}
        self._sources = {(row.center_id, row.code): row for row in Source.objects.filter(center__in=ids)}
        self._recipients = {(row.center_id, row.code): row for row in Recipient.objects.filter(center__in=ids)}

    def appointments(self, duty: Duty, since: datetime) -> list[Appointment]:
        """One appointment for each block or source of the duty; one without bounds where it names none."""
        center = self._centers[duty.center]
        day = since.astimezone(center.tz).date()
        recipient = self._recipients[center.pk, duty.recipient] if duty.recipient else None
        bounds: list[tuple[Block | None, Source | None]] = [(self._blocks[center.pk, code], None) for code in duty.blocks]
        bounds += [(None, self._sources[center.pk, code]) for code in duty.sources]
        return [
            Appointment(
                role=Role(duty.role),
                post=duty.post,
                block=block,
                source=source,
                recipient=recipient,
                by_agreement=duty.by_agreement,
                agreed_on=day - CONSENT if duty.by_agreement else None,
                since=day,
            )
            for block, source in bounds or [(None, None)]
        ]
