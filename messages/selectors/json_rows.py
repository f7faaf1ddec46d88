"""Dataclasses made by the database: rows as JSON objects named as the fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef
from django.db.models.functions import JSONObject

from mcu.models import User
from messages.selectors.extras_rows import Person

R = TypeVar("R")


_PERSON: Final = (Person, Person | None)


@dataclass(frozen=True, slots=True)
class RowList:
    """One kind of rows: ``paths`` says where a field is read that the model does not call by the same name."""

    row: type[Any]
    model: type[Model]
    order: tuple[str, ...]
    paths: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    case: str = "message"  # the field by which the rows belong to the case

    def query(self) -> ArraySubquery:
        rows = self.model._default_manager.filter(**{self.case: OuterRef("pk")}, **self.where).order_by(*self.order)
        return ArraySubquery(rows.values(row=json_object(self.row, "", self.paths)))


def json_object(row: Any, prefix: str, paths: Mapping[str, Any]) -> JSONObject:
    """The dataclass as one JSON object; the fields of a joined row stand in an object of their own."""
    values: dict[str, Any] = {}
    for name, hint in _hints(row).items():
        path = paths.get(name, name)
        if hint in _PERSON:
            values[name] = JSONObject(id=f"{prefix}{path}_id", name=f"{prefix}{path}__full_name")
        elif is_dataclass(hint):
            values[name] = json_object(hint, f"{prefix}{path}__", {})
        else:
            values[name] = f"{prefix}{path}" if isinstance(path, str) else path
    return JSONObject(**values)


@cache
def _hints(row: Any) -> dict[str, Any]:
    return get_type_hints(row)


def row_of(row: type[R], data: Mapping[str, Any]) -> R:
    """The dataclass out of the database's JSON."""
    kind: Any = row
    found: R = kind(**{name: _value(hint, data[name]) for name, hint in _hints(kind).items()})
    return found


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if hint in _PERSON:
        return Person(value["id"], User(full_name=value["name"]).short_name) if value["id"] else None
    if hint in (datetime, datetime | None):
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    return row_of(hint, value) if is_dataclass(hint) and isinstance(hint, type) else value
