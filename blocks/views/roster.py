"""«Состав Центра»: the composition as the decree's annex prints it, and the history of its changes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from blocks import policies
from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.roles import Role
from blocks.selectors.changes import changes_of
from blocks.selectors.composition import composition_of, people_of
from mcu.clock import utc_now


@center_page(*MEMBERS)
def roster(request: CenterRequest) -> HttpResponse:
    """Who is in the Center; whoever keeps the composition sees what can be done with each line."""
    context = {
        "composition": composition_of(request.center, utc_now()),
        "manages": bool(policies.may_manage_roster(request.actor)),
        "lends": request.actor.has(*policies.LENDERS),
        "who_manages": policies.WHO_MANAGES,
        "keeps_delivery": request.actor.has(Role.TECH),
    }
    return render(request, "blocks/roster.html", context)


@center_page(*MEMBERS)
def history(request: CenterRequest) -> HttpResponse:
    """All changes, latest first, of everybody or of one person (``?person=``)."""
    person = _number(request.GET.get("person"))
    people = people_of(request.center)
    context = {
        "changes": changes_of(request.center, person_id=person, before=_number(request.GET.get("before"))),
        "people": people,
        "person": next((user for user in people if user.pk == person), None),
    }
    return render(request, "blocks/history.html", context)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
