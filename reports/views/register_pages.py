"""What the pages of the registers share: addresses, cells of a list, menus of filters."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db import models
from django.urls import reverse

from blocks.access import CenterRequest
from mcu.clock import utc_now
from reports.registers.choices import Choices
from reports.registers.definitions import ROADMAPS
from reports.registers.listing import Filters
from reports.registers.table import Register
from reports.registers.words import NOTHING, told

_SHORT: Final = 160  # letters of a text in a list


def today(request: CenterRequest) -> date:
    """The Center's local day."""
    return utc_now().astimezone(request.center.tz).date()


def url(request: CenterRequest, register: Register, what: str = "", *args: object) -> str:
    """The address of the list, or of something in it."""
    slug = request.center.slug
    if what == "approve":
        return reverse("reports:roadmap_approve", args=[slug, *args])
    if not what and register is ROADMAPS:
        return reverse("reports:roadmaps", args=[slug])
    return reverse(f"reports:register_{what}" if what else "reports:register", args=[slug, register.code, *args])


def frame(request: CenterRequest, register: Register) -> dict[str, Any]:
    """What every page of a register has."""
    return {
        "register": register,
        "list_url": url(request, register),
        "new_url": url(request, register, "new"),
        "upload_url": url(request, register, "upload"),
        "registers_url": reverse("reports:registers", args=[request.center.slug]),
    }


def kind(register: Register, name: str) -> str:
    """How a column is set: ``num`` for numbers, ``day`` for days, else text."""
    field = register.of(name)
    if isinstance(field, models.DateField):
        return "day"
    return "num" if isinstance(field, models.IntegerField | models.DecimalField) else ""


def line(request: CenterRequest, register: Register, row: Any, day: date) -> dict[str, Any]:
    """A row of the list."""
    head = told(register, row, register.head)
    return {
        "row": row,
        "url": url(request, register, "row", row.number),
        "head": head if len(head) <= _SHORT else f"{head[: _SHORT - 1]}…",
        "mark": register.mark(row, day),
        "cells": [
            {"title": register.title(name), "kind": kind(register, name), "words": told(register, row, name) or NOTHING}
            for name in register.columns
        ],
    }


def link(name: str, row: Any) -> str:
    """Where a fact leads: links are opened, and only those of the web."""
    value = str(getattr(row, name) or "") if name.endswith("url") else ""
    return value if value.startswith(("http://", "https://")) else ""


def menus(register: Register, filters: Filters, choices: Choices) -> list[dict[str, Any]]:
    """The selects of the list."""
    return [
        {
            "name": name,
            "label": register.title(name),
            "choices": [
                {"value": value, "label": label, "chosen": filters.chosen.get(name) == value}
                for value, label in choices.of(register, name)
            ],
        }
        for name in register.filters
    ]
