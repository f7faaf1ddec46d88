"""The list of a register: filters read from the address, rows in order of their day, a page at a time. Constant queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.db import models
from django.db.models import F, Q

from blocks.actors import Actor
from blocks.models import Center, RegisterQuerySet
from mcu.text import clean_text
from reports.registers.choices import Choices
from reports.registers.table import Attention, Register

PAGE: Final = 50
LAST_PAGE: Final = 400
LONGEST: Final = 200  # letters of a search


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what is not understood is passed over."""

    q: str = ""
    since: date | None = None
    until: date | None = None
    chosen: dict[str, str] = field(default_factory=dict)
    attention: Attention | None = None
    voided: bool = False
    page: int = 1

    @property
    def any(self) -> bool:
        """Whether the list is narrowed."""
        return bool(self.q or self.since or self.until or self.chosen or self.attention or self.voided)

    def query(self, **changes: object) -> str:
        """The address' query with something changed; a change of a filter begins at the first page."""
        values: dict[str, object] = {
            "q": self.q,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            **self.chosen,
            "wait": self.attention.code if self.attention else "",
            "voided": "1" if self.voided else "",
        } | changes
        return urlencode({name: value for name, value in values.items() if value not in ("", None)})


def read(register: Register, given: Mapping[str, Any], choices: Choices) -> Filters:
    """Filters of an address; choices are checked against what there is to choose."""
    chosen = {}
    for name in register.filters:
        value = str(given.get(name, ""))
        if value and value in {one for one, _ in choices.of(register, name)}:
            chosen[name] = value
    wait = str(given.get("wait", ""))
    page = str(given.get("page", ""))
    return Filters(
        q=clean_text(str(given.get("q", "")))[:LONGEST],
        since=_day(given.get("since")),
        until=_day(given.get("until")),
        chosen=chosen,
        attention=next((one for one in register.attention if one.code == wait), None),
        voided=given.get("voided") == "1",
        page=min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def found(register: Register, center: Center, actor: Actor, filters: Filters, today: date) -> RegisterQuerySet[Any]:
    """The rows that the filters find, the last day first; those without a day (plans) before all."""
    rows = register.rows.visible_to(actor).filter(center=center, voided_at__isnull=not filters.voided)
    if filters.attention:
        rows = filters.attention.rows(rows, today)
    if filters.q:
        rows = rows.filter(_text(register, filters.q))
    if filters.since or filters.until:
        rows = rows.filter(_period(register, filters))
    for name, value in filters.chosen.items():
        rows = rows.filter(**{name: _value(register, name, value)})
    day = F(register.model.DAY)
    points = register.points()
    rows = register.enrich(rows)
    return (rows.select_related(*points) if points else rows).order_by(day.desc(nulls_first=True), "-pk")


def page(rows: RegisterQuerySet[Any], filters: Filters) -> tuple[list[Any], bool]:
    """The rows of the page, and whether there are more. One query."""
    first = (filters.page - 1) * PAGE
    listed = list(rows[first : first + PAGE + 1])
    return listed[:PAGE], len(listed) > PAGE and filters.page < LAST_PAGE


def _text(register: Register, words: str) -> Q:
    found = Q()
    for word in words.split()[:6]:
        one = Q()
        for name in register.search:
            one |= Q(**{f"{name}__icontains": word})
        if word.isascii() and word.isdigit() and len(word) < 10:
            one |= Q(number=int(word))
        found &= one
    return found


def _period(register: Register, filters: Filters) -> Q:
    found = Q()
    for name in register.days:
        one = Q(**{f"{name}__isnull": False})
        if filters.since:
            one &= Q(**{f"{name}__gte": filters.since})
        if filters.until:
            one &= Q(**{f"{name}__lte": filters.until})
        found |= one
    return found


def _value(register: Register, name: str, value: str) -> Any:
    field = register.of(name)
    if isinstance(field, models.BooleanField):
        return value == "1"
    return int(value) if isinstance(field, models.ForeignKey) else value


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def batches(rows: RegisterQuerySet[Any]) -> Iterator[Any]:
    """All rows found, read from the database in parts."""
    return rows.iterator(chunk_size=1000)
