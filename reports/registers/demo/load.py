"""Puts the demo's rows in through the registers' own service, as their people would have done on those days."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import models, transaction

from blocks import actors
from blocks.models import Center, Membership, Recipient
from blocks.roles import Role
from mcu.models import User
from reports.models import RegisterEvent, ResidentDecision
from reports.registers.choices import Choices
from reports.registers.definitions import REGISTERS, ROADMAPS
from reports.registers.table import Register
from reports.services import registers as service

FOLDER: Final = Path(__file__).parent
_TITLES: Final = "publication_titles"
_ORDER: Final = ("decisions", *(code for code in REGISTERS if code != "decisions"))  # publications name decisions


@transaction.atomic
def load(*, center: Center, now: datetime) -> int:
    """Fill the registers of a demo Center that has none; how many rows were made."""
    place = FOLDER / f"{center.slug}.toml"
    if not place.exists() or RegisterEvent.objects.filter(center=center).exists():
        return 0
    given: dict[str, list[dict[str, Any]]] = tomllib.loads(place.read_text(encoding="utf-8"))
    given["publications"] += _publications(center, given.pop(_TITLES)[0])
    demo = _Demo(center, now)
    for code in _ORDER:
        demo.fill(REGISTERS[code], given.get(code, []))
    demo.approve([row for row in given["roadmaps"] if row.get("approved")])
    return RegisterEvent.objects.filter(center=center, kind=RegisterEvent.Kind.CREATED).count()


class _Demo:
    """A Center on the day of loading."""

    def __init__(self, center: Center, now: datetime) -> None:
        self.center, self.now = center, now
        self.today = now.astimezone(center.tz).date()
        self.choices = Choices(center)
        support = Membership.objects.in_force_on(self.today).filter(center=center, role=Role.SUPPORT).first()
        person = User.objects.get(pk=support.user_id) if support else None
        self.actor = actors.person(user=person, center=center, now=now) if person else actors.system(center)

    def fill(self, register: Register, rows: list[dict[str, Any]]) -> None:
        """The rows in order of the days on which they would have been written."""
        for row in sorted(rows, key=lambda one: self._written(register, one)):
            values = {name: self._value(register, name, value) for name, value in row.items() if name != "approved"}
            moment = self.now + timedelta(days=min(self._written(register, row), 0))
            self._create(register, values, moment)

    def approve(self, rows: list[dict[str, Any]]) -> None:
        """Roadmaps that their blocks' curators have approved."""
        named = {(row["block"], row["roadmap"]) for row in rows}
        for measure in ROADMAPS.rows.filter(center=self.center, approved_on__isnull=True).select_related("block"):
            curator = Membership.objects.in_force_on(self.today).filter(
                center=self.center, role=Role.BLOCK_CURATOR, block=measure.block, recipient__isnull=True
            )
            holder = curator.select_related("user").first()
            measure.refresh_from_db()
            if holder is None or measure.approved_on or (measure.block.code, measure.roadmap) not in named:
                continue
            actor = actors.person(user=holder.user, center=self.center, now=self.now)
            service.approve(center=self.center, actor=actor, number=measure.number, now=self.now)

    def _create(self, register: Register, values: dict[str, Any], moment: datetime) -> None:
        """What was added to the row later is shown as known when it was: only the day of writing is told."""
        later = max((day for day in values.values() if hasattr(day, "year")), default=self.today)
        told = min(max(moment, self.now + (later - self.today)), self.now)
        service.create(register=register, center=self.center, actor=self.actor, values=values, now=told)

    def _written(self, register: Register, row: dict[str, Any]) -> int:
        """The day of the row, counted from today."""
        return int(next((row[name] for name in (register.model.DAY, *register.days) if name in row), 0))

    def _value(self, register: Register, name: str, value: Any) -> Any:
        field = register.of(name)
        if isinstance(field, models.DateField):
            return self.today + timedelta(days=int(value))
        if isinstance(field, models.DecimalField):
            return field.to_python(value)
        if isinstance(field, models.ForeignKey):
            model: Any = field.related_model
            key = "title" if model is ResidentDecision else "code"
            return next(row for row in self.choices.rows(model).values() if getattr(row, key) == value)
        return value


def _publications(center: Center, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Every recipient but the silent ones wrote something in the last eight weeks, most of them twice."""
    networks = [str(one) for one in center.settings.get("social_networks", [])][:4]
    codes = (
        Recipient.objects.filter(center=center, closed_at__isnull=True).exclude(code__in=told["silent"]).order_by("order", "pk")
    )
    made = []
    for place, code in enumerate(codes.values_list("code", flat=True)):
        for turn in range(1 + place % 2):
            made.append(
                {
                    "recipient": code,
                    "network": networks[(place + turn) % len(networks)],
                    "kind": ("post", "post", "gospublic", "video")[place % 4],
                    "title": told["titles"][(place + turn) % len(told["titles"])],
                    "published_on": -(1 + (place * 3) % 19 + 30 * turn),
                    "url": f"https://vk.com/wall-{300 + place}_{turn + 1}",
                    "views": 120 + 37 * place % 900,
                    "reactions": 5 + 7 * place % 60,
                }
            )
    return made
