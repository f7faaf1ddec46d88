"""What a panel is made of: plain data that the template lays out. Every mark carries the address of its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString

from blocks.roles import Role
from messages.selectors.forecast import Quality
from reports.charts import FlowWeek


@dataclass(frozen=True, slots=True)
class Mark:
    """A number with its words and the address of its cases."""

    name: str
    value: str
    url: str = ""
    change: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block as a row: a bar of what is in work with its overdue and threatened parts, then the numbers."""

    name: str
    bar: SafeString
    marks: list[Mark]  # in work, under threat, overdue, breaches of the week
    median: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person with what he holds."""

    name: str
    bar: SafeString
    held: Mark
    overdue: Mark


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the overdue cases stand."""

    name: str
    bar: SafeString
    mark: Mark


@dataclass(frozen=True, slots=True)
class Reported:
    """The last problemator."""

    period: str
    url: str
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class Health:
    """One thing that must go on by itself: a word on how it is, and whether somebody must look."""

    name: str
    words: str
    at: datetime | None = None
    bad: bool = False
    url: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class HealthGroup:
    """Things of one kind under their heading."""

    title: str
    rows: list[Health]
    url: str = ""
    link: str = ""


@dataclass(slots=True)
class Panel:
    """The figures of one role; what a role has nothing of stays empty."""

    role: Role
    threat: int = 0
    threat_url: str = ""
    forecast: Quality | None = None
    """How the forecast did when it was last tried; None where the role has no figures."""
    figures: list[Mark] = field(default_factory=list)
    today: list[Mark] = field(default_factory=list)
    breaches: list[Mark] = field(default_factory=list)
    quality: list[Mark] = field(default_factory=list)
    flow: SafeString | str = ""
    weeks: list[FlowWeek] = field(default_factory=list)
    blocks: list[BlockLine] = field(default_factory=list)
    with_breaches: bool = False
    people: list[PersonLine] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    reported: Reported | None = None
    health: list[HealthGroup] = field(default_factory=list)
