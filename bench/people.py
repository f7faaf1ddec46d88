"""The people who open the pages, and a client that pushes: accounts, roles, sessions, a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from blocks.middleware import CHECKED_UNTIL
from blocks.models import Block, Center, Membership, Source
from blocks.roles import Role
from blocks.services.clients import create_client
from mcu.models import User

_IN_OFFICE = timedelta(days=1200)
_WHOLE = (Role.HEAD, Role.CURATOR, Role.SUPPORT, Role.DISTRICT_HEAD)


@dataclass(slots=True)
class Staff:
    """The people of one Center by role and by the code of their block or source."""

    center: Center
    users: dict[tuple[Role, str], User] = field(default_factory=dict)

    def of(self, role: Role, bound: str = "") -> User:
        return self.users[role, bound]


def hire(center: Center, now: datetime) -> Staff:
    """One person for every role of the Center, every block and every source. A few statements a person."""
    staff = Staff(center)
    day = (now - _IN_OFFICE).date()
    blocks, sources = list(Block.objects.filter(center=center)), list(Source.objects.filter(center=center))
    bounds: list[tuple[Role, Block | None, Source | None]] = [(role, None, None) for role in _WHOLE]
    bounds += [(role, block, None) for role in (Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE) for block in blocks]
    bounds += [(Role.SOURCE_CURATOR, None, source) for source in sources]
    for number, (role, block, source) in enumerate(bounds):
        code = block.code if block else source.code if source else ""
        user = User.objects.create_user(f"{center.slug}.{number}", full_name=f"Замеров Номер{number} {role.capitalize()}ович")
        staff.users[role, code] = user
        Membership.objects.create(
            user=user, center=center, role=role, block=block, source=source, post="сотрудник для замера", since=day
        )
    return staff


def sign_in(user: User, now: datetime) -> str:
    """The cookie of a session as a sign-in with the second step done leaves it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[CHECKED_UNTIL] = (now + timedelta(days=1)).timestamp()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def client_key(center: Center, now: datetime) -> str:
    """A key that may push to every source of the Center."""
    codes = Source.objects.filter(center=center).values_list("code", flat=True)
    return create_client(center=center, name="Замер", sources=codes, now=now)[1]
