"""Values of a row in words, for lists, pages and history."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import models

from reports.registers.choices import name_of
from reports.registers.table import Register

NOTHING: Final = "—"


def said(register: Register, name: str, value: Any) -> str:
    """One value in words; empty for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Decimal | int):
        return _number(value)
    if isinstance(value, models.Model):
        return name_of(value)
    choices = dict(register.of(name).flatchoices or ())
    return str(choices.get(value, value))


def _number(value: Decimal | int) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u00a0")
    return f"{value.normalize():f}".replace(".", ",")


def told(register: Register, row: Any, name: str) -> str:
    """The field of a row in words."""
    return said(register, name, getattr(row, name))


def differences(register: Register, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """What changed, as the history keeps it: the field's name and label, and both values in words."""
    return [
        {
            "field": name,
            "title": register.title(name),
            "before": said(register, name, before.get(name)),
            "after": said(register, name, after[name]),
        }
        for name in register.fields
        if name in after and before.get(name) != after[name]
    ]
