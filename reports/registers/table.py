"""What a register is: a declaration from which its list, form, files and history are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, cast

from django.db import models
from django.utils.text import capfirst

from blocks.models import RegisterQuerySet, RegisterRow
from blocks.roles import Role

NUMBER: Final = "№ записи"
Row = Any
"""A row of some register: the engine reads its fields by name."""
Values = Mapping[str, Any]
"""What is to be written, by the name of the field: text, date, number, yes or no, a row of the charter."""
Words = dict[str, str]
"""Words for fields."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row says of itself in the list."""

    words: str
    tone: str = ""  # red, amber, green or none


@dataclass(frozen=True, slots=True)
class Attention:
    """Rows of the register that wait for somebody: told on the page of all registers, a filter of the list."""

    code: str
    words: str
    rows: Callable[[RegisterQuerySet[Any], date], RegisterQuerySet[Any]]


@dataclass(frozen=True, kw_only=True)
class Register:
    """One register. Its fields, their labels, lengths and choices are those of the model."""

    code: str
    model: type[RegisterRow]
    name: str
    add: str  # the button
    clause: str
    about: str
    head: str  # the field that leads to the row
    columns: tuple[str, ...]  # of the list, beside the head
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    filters: tuple[str, ...] = ()
    search: tuple[str, ...]
    key: tuple[str, ...]  # what tells one row from another in a file without numbers
    days: tuple[str, ...]  # any of these puts a row in the period of the list
    facts: tuple[str, ...] = ()  # days of what has happened: never in the future
    writers: tuple[Role, ...] = (Role.SUPPORT, Role.HEAD)
    by_blocks: bool = False  # people of a block write the rows of their blocks
    titles: Words = field(default_factory=dict)
    helps: Words = field(default_factory=dict)
    public: tuple[str, ...] = ()  # texts that may name official telephones and addresses
    attention: tuple[Attention, ...] = ()
    enrich: Callable[[RegisterQuerySet[Any]], RegisterQuerySet[Any]] = field(default=lambda rows: rows)  # what marks ask
    check: Callable[[Values], Words] = field(default=lambda values: {})
    mark: Callable[[Row, date], Mark | None] = field(default=lambda row, today: None)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what people write, in order."""
        return tuple(name for _, names in self.groups for name in names)

    @property
    def rows(self) -> RegisterQuerySet[Any]:
        """All rows of the table, voided ones too: narrow them by the Center or by ``visible_to``."""
        return cast("RegisterQuerySet[Any]", self.model._default_manager.all())

    def of(self, name: str) -> models.Field[Any, Any]:
        """The model's field."""
        return cast("models.Field[Any, Any]", self.model._meta.get_field(name))

    def title(self, name: str) -> str:
        """The label of a field: of the form, the list and the column of files."""
        return self.titles.get(name) or capfirst(str(self.of(name).verbose_name))

    def headers(self) -> list[str]:
        """The headers of every file of the register."""
        return [NUMBER, *(self.title(name) for name in self.fields)]

    def needed(self) -> list[str]:
        """Those without which no row can be put in."""
        return [self.title(name) for name in self.fields if not (self.of(name).blank or self.of(name).has_default())]

    def points(self) -> tuple[str, ...]:
        """Fields that are rows of other tables."""
        return tuple(name for name in self.fields if isinstance(self.of(name), models.ForeignKey))
