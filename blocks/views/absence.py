"""«Замещение»: the person names who acts in the own roles while away, and sees whom the person acts for."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render

from blocks.access import CenterRequest, center_page
from blocks.forms import AbsenceForm
from blocks.policies import MEMBERS
from blocks.selectors.absence import absence_of
from blocks.services import substitutions
from mcu.clock import utc_now
from mcu.errors import Invalid


@center_page(*MEMBERS)
def substitution(request: CenterRequest) -> HttpResponse:
    """Own roles with their substitutes, the form to name one, and the roles that others lend."""
    now = utc_now()
    absence = absence_of(request.user.pk or 0, request.center, now)
    form = AbsenceForm(request.POST or None, absence=absence)
    if request.method == "POST" and form.is_valid():
        try:
            made = substitutions.add_substitutions(actor=request.actor, membership_ids=form.roles(), loan=form.loan(), now=now)
        except Invalid as problem:
            form.refuse(problem)
        else:
            one = made[0]
            flash.success(request, f"Вас замещает {one.substitute.full_name} с {one.since:%d.%m.%Y} по {one.until:%d.%m.%Y}.")
            return redirect("blocks:substitution", request.center.slug)
    status = 422 if form.errors else 200
    return render(request, "blocks/substitution.html", {"form": form, "absence": absence}, status=status)
