"""Which report an address names: its kind, period and source; 404 for what is none."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse

from blocks.access import CenterRequest
from mcu.clock import utc_now
from mcu.errors import Invalid
from reports import schedule, selectors, wording
from reports.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Address(selectors.Place):
    """Which report an address names."""

    address: str = ""


def address_of(request: CenterRequest, kind: str, code: str) -> Address:
    """Kind, period and source of an address; 404 for what is none."""
    made = KINDS.get(kind)
    if made is None:
        raise Http404
    stretch, _, source_code = code.partition(".")
    if "\x00" in code:
        raise Http404
    try:
        period = schedule.period_of(stretch, made, now=utc_now(), tz=request.center.tz)
    except Invalid as error:
        raise Http404(error.message) from error
    if not schedule.fits(made, period) or stretch != period.code:
        raise Http404
    source = selectors.source_of(request.center, source_code) if source_code else None
    if (source_code and source is None) or (source is None and made.sources == "only"):
        raise Http404
    if source is not None and made.sources == "never":
        raise Http404
    address = reverse("reports:report", args=[request.center.slug, kind, code])
    return Address(request.center, made, period, source, address)


def came_from(request: CenterRequest) -> tuple[str, str] | None:
    """The report whose number led here, its address and name: ``?from=indicators.2026-10``; None where it says none."""
    kind, _, code = request.GET.get("from", "").partition(".")
    try:
        place = address_of(request, kind, code)
    except Http404:
        return None
    return place.address, f"{place.kind.title}, {wording.period(place.period)}"


def version_of(request: CenterRequest) -> int | None:
    return number_of(request.GET.get("version", "")) or None


def number_of(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
