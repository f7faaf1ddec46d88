"""What all tables of a charter share: refusal of unknown keys and the common kinds of value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)]
Name = Annotated[str, Field(min_length=1, max_length=400)]
Short = Annotated[str, Field(min_length=1, max_length=60)]
Clause = Annotated[str, Field(max_length=200)]
Share = Annotated[float, Field(gt=0, lt=1)]
Regime = Literal["appeal", "message"]
RoleCode = Literal[
    "curator",
    "head",
    "block_curator",
    "block_responsible",
    "support",
    "tech",
    "source_curator",
    "accounts",
    "district_head",
    "observer",
]
LadderRung = Literal["responsible", "block_curator", "head", "source_curator", "publisher", "duty"]


class Table(BaseModel):
    """Base of every table: keys that nobody knows are refused, values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Step(Table):
    """A step of the escalation ladder, counted from the breach: one of the two amounts.

    `working` counts it in working time, `when` makes it only in or only out of working hours, `ways` are those the notice
    leaves by whatever the person chose (empty: as the person chose).
    """

    to: LadderRung
    after_hours: Annotated[int, Field(ge=0)] | None = None
    after_days: Annotated[int, Field(ge=0)] | None = None
    working: bool = False
    when: Literal["always", "working", "off"] = "always"
    ways: list[Literal["email", "push"]] = Field(default_factory=list)
