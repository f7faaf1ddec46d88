"""«Мой стол»: the work that waits for the person and, for those who answer for others, the figures of their role beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.roles import Role
from mcu.clock import utc_now
from messages.selectors.desk import Desk
from messages.selectors.desk import desk as desk_of
from messages.selectors.forecast import quality
from messages.selectors.sorting import SORTERS
from reports.panels.build import LEADING, panel_of
from reports.panels.parts import Panel
from reports.policies import sees_whole_center

AS_WHOM: Final = {
    Role.HEAD: "руководитель",
    Role.CURATOR: "куратор Центра",
    Role.DISTRICT_HEAD: "глава района",
    Role.SUPPORT: "ответственный за обеспечение",
    Role.BLOCK_CURATOR: "куратор блока",
    Role.SOURCE_CURATOR: "куратор источника",
    Role.ACCOUNTS: "куратор аккаунтов",
    Role.BLOCK_RESPONSIBLE: "ответственный за блок",
    Role.TECH: "ответственный за технику",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of the row of roles."""

    words: str
    url: str
    current: bool


@center_page(*MEMBERS)
@require_GET
def desk(request: CenterRequest) -> HttpResponse:
    """The work of all roles under the figures of the leading one; ``?role=`` leaves one role. At most fifteen queries."""
    now = utc_now()
    roles = [role for role in LEADING if request.actor.has(role)]
    chosen = next((role for role in roles if role.value == request.GET.get("role")), None)
    actor = request.actor.narrowed(chosen) if chosen else request.actor
    found = desk_of(actor=actor, center=request.center, now=now)
    panel = panel_of(chosen or roles[0], actor=request.actor, center=request.center, now=now)
    context = {
        "desk": found,
        "sections": found.sections,
        "own": [section for section in found.sections if section.own],
        "others": [section for section in found.sections if not section.own],
        "panel": panel,
        "quality": (panel.forecast or quality(request.center)) if _foretells(found) else None,
        "choices": _choices(request, roles, chosen),
        "is_empty": _is_empty(found, panel),
        "acting_for": _acting_for(request, chosen),
        "list_url": reverse("messages:list", args=[request.center.slug]),
        "board_url": reverse("reports:board", args=[request.center.slug]) if sees_whole_center(request.actor) else "",
        "new_url": reverse("messages:new", args=[request.center.slug]) if request.actor.has(*SORTERS) else "",
    }
    return render(request, "reports/desk.html", context)


def _foretells(found: Desk) -> bool:
    """Whether the desk shows anything that the forecast speaks of."""
    return found.foretells or any(section.code == "threat" for section in found.sections)


def _choices(request: CenterRequest, roles: list[Role], chosen: Role | None) -> list[Choice]:
    """A quiet row of words for whoever has several roles; nothing for the others."""
    if len(roles) < 2:
        return []
    address = reverse("desk", args=[request.center.slug])
    every = Choice("Во всех ролях", address, chosen is None)
    return [every, *(Choice(f"как {AS_WHOM[role]}", f"{address}?role={role.value}", role == chosen) for role in roles)]


def _acting_for(request: CenterRequest, chosen: Role | None) -> str:
    """Whose role it is, where it is only lent; the banner above says the rest."""
    grants = request.actor.grants_of(chosen) if chosen else ()
    names = dict.fromkeys(grant.acting_for_name for grant in grants if grant.acting_for_id)
    return ", ".join(names) if grants and all(grant.acting_for_id for grant in grants) else ""


def _is_empty(found: Desk, panel: Panel) -> bool:
    return not (found.sections or panel.figures or panel.health)
