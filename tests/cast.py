"""The fixed cast of people of both Centers, the moment the tests live in, and short ways to set a scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from django.db import transaction

from blocks import actors
from blocks.actors import Actor
from blocks.charters.reading import load
from blocks.models import Block, Center, Membership, Source
from blocks.roles import Role
from blocks.services.load_charter import apply
from mcu.models import User
from messages.models import NO_TERM, Message, Regime
from messages.services import deadlines
from messages.services.history import record
from messages.services.numbers import next_numbers

# Wednesday 18 November 2026, 10:00 in Октябрьское (UTC+5), 08:00 in Корсаково (UTC+3).
NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
SINCE = date(2026, 1, 1)
PASSWORD = "Проверка-2026-пароль"


@dataclass
class Cast:
    """A Center with its people, by short names: ``head``, ``im``, ``roads`` (responsible), ``roads_curator`` …"""

    center: Center
    people: dict[str, User] = field(default_factory=dict)

    def actor(self, name: str, now: datetime = NOW) -> Actor:
        """The person in the roles held on the day of ``now``."""
        return actors.person(user=self.people[name], center=self.center, now=now)

    @cached_property
    def system(self) -> Actor:
        return actors.system(self.center)

    def block(self, code: str) -> Block:
        return Block.objects.get(center=self.center, code=code)

    def source(self, code: str) -> Source:
        return Source.objects.get(center=self.center, code=code)

    def add(self, name: str, role: Role, *, block: str = "", source: str = "", since: date = SINCE) -> User:
        """Give a person of the cast a role, making the person if new."""
        user = self.people.get(name) or User.objects.create_user(
            f"{self.center.slug[:3]}.{name}", password=PASSWORD, full_name=f"Проверкин {name.title()} Тестович"
        )
        self.people[name] = user
        Membership.objects.create(
            user=user,
            center=self.center,
            role=role,
            block=self.block(block) if block else None,
            source=self.source(source) if source else None,
            post=f"должность {name}",
            since=since,
        )
        return user

    @transaction.atomic
    def message(
        self,
        source: str,
        *,
        text: str = "На улице Ленина не горят фонари у школы.",
        received_at: datetime | None = None,
        regime: Regime | None = None,
        fast_track: bool = False,
        now: datetime = NOW,
    ) -> Message:
        """A received case with its first terms, as intake leaves it."""
        row = self.source(source)
        message = Message.objects.create(
            center=self.center,
            number=next_numbers(self.center, now.astimezone(self.center.tz).year, 1)[0],
            source=row,
            regime=regime or row.regime,
            fast_track=fast_track,
            text=text,
            received_at=received_at or now,
            created_at=now,
            changed_at=now,
            next_due_at=NO_TERM,
        )
        record(message=message, code="created", actor=self.system, now=now, from_state="")
        deadlines.sync(message, now=now, actor=self.system)
        return message


def load_center(slug: str) -> Center:
    """The Center by its shipped charter, loaded once a database."""
    center = Center.objects.filter(slug=slug).first()
    if center is None:
        apply(charter=load(slug), actor_label="проверка", now=NOW - timedelta(days=300), dry_run=False)
        center = Center.objects.get(slug=slug)
    return center


def make_oktyabrsky() -> Cast:
    """Октябрьский район: the whole Center's roles, four source curators, two blocks with curator and responsible."""
    cast = Cast(load_center("oktyabrsky"))
    for name, role in _WHOLE:
        cast.add(name, role)
    for source in ("im", "pos", "fz59", "other"):
        cast.add(source, Role.SOURCE_CURATOR, source=source)
    for block in ("roads", "housing"):
        cast.add(f"{block}_curator", Role.BLOCK_CURATOR, block=block)
        cast.add(block, Role.BLOCK_RESPONSIBLE, block=block)
    return cast


def make_korsakovsky() -> Cast:
    """Корсаковский район: the head of a block both drafts and agrees; accounts have a keeper of their own."""
    cast = Cast(load_center("korsakovsky"))
    for name, role in _WHOLE:
        cast.add(name, role)
    for source in ("im", "pos", "fz59", "portal"):
        cast.add(source, Role.SOURCE_CURATOR, source=source)
    cast.add("accounts", Role.ACCOUNTS, source="accounts")
    for role in (Role.BLOCK_CURATOR, Role.BLOCK_RESPONSIBLE):
        cast.add("economy", role, block="economy")
        cast.add("education", role, block="education")
    return cast


_WHOLE = (
    ("head", Role.HEAD),
    ("curator", Role.CURATOR),
    ("support", Role.SUPPORT),
    ("tech", Role.TECH),
    ("district_head", Role.DISTRICT_HEAD),
    ("observer", Role.OBSERVER),
)
