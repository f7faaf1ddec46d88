"""Template tags and filters that every page uses: numbers, dates, plurals and links that keep the address's filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
TEENS = range(11, 15)
FEW = range(2, 5)
Number = int | float | Decimal


@register.filter
def num(value: Number | None) -> str:
    """A number as it is printed in Russian: groups of three, a decimal comma, a dash for "no data"."""
    if value is None:
        return "—"
    text = f"{value:,}".replace(",", NBSP).replace(".", ",")
    return text.replace("-", MINUS)


@register.filter
def signed(value: Number | None) -> str:
    """A change with its sign: «+3», «−2», «0»."""
    if value is None:
        return "—"
    return f"+{num(value)}" if value > 0 else num(value)


@register.filter
def percent(value: Number | None) -> str:
    """A share of 0…1 as whole percents; a dash where there is no data (an empty denominator is never 0 or 100)."""
    return "—" if value is None else f"{round(value * 100)}{NBSP}%"


@register.filter
def words(value: int, forms: str) -> str:
    """A count with the right form of its noun: ``{{ n|words:"сообщение,сообщения,сообщений" }}``."""
    one, few, many = forms.split(",")
    tail, last = value % 100, value % 10
    if tail in TEENS:
        form = many
    elif last == 1:
        form = one
    elif last in FEW:
        form = few
    else:
        form = many
    return f"{num(value)}{NBSP}{form}"


@register.filter
def svgnum(value: Number | None) -> str:
    """A number for an SVG attribute: a decimal point whatever the page's language; nothing counts as 0."""
    return f"{float(value or 0):.2f}".rstrip("0").rstrip(".")


@register.filter
def hundredths(share: Number | None) -> str:
    """A share of 0…1 as a width of 0…100 for an SVG of that width, cut to these borders."""
    return svgnum(min(max(float(share or 0), 0.0), 1.0) * 100)


@register.filter
def initials(name: str) -> str:
    """Two letters of a person's name for the round mark."""
    return "".join(part[0] for part in name.split()[:2]).upper()


@register.simple_tag
def moment(value: dt.datetime | dt.date | None, form: str = "short") -> str | SafeString:
    """A ``<time>`` in the active time zone: ``short`` «12 нояб. 14:05», ``day`` without hours, ``long`` in full.

    The year is left out in the short forms while it is the current one; the full moment is always in the title.
    """
    if value is None:
        return "—"
    with_hours = isinstance(value, dt.datetime)
    local = timezone.localtime(value) if isinstance(value, dt.datetime) else value
    year = "" if form != "long" and local.year == timezone.localdate().year else " Y"
    day = format_date(local, ("j E" if form == "long" else "j b") + year)
    hours = f" {format_date(local, 'H:i')}" if with_hours and form != "day" else ""
    full = format_date(local, "j E Y г., H:i" if with_hours else "j E Y г.")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        full,
        (day + hours).replace(" ", NBSP),
    )


@register.simple_tag(takes_context=True)
def link_with(context: Mapping[str, Any], key: str, value: object = None) -> str:
    """The address's query with ``key`` set to ``value`` (left out when empty) and the page's cursor dropped."""
    query = context["request"].GET.copy()
    for stale in ("after", "before", "page", key):
        query.pop(stale, None)
    if value not in (None, ""):
        query[key] = str(value)
    return f"?{query.urlencode()}"
