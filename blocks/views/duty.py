"""«Дежурства»: who is on duty now, whose duties come, who was."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks import policies
from blocks.access import CenterRequest, center_page
from blocks.forms_duty import DutyForm
from blocks.models import DutyShift
from blocks.policies import DUTY_WRITERS, MEMBERS
from blocks.roles import Role
from blocks.selectors.duty import scope_words, shifts_of
from blocks.services import duty as services
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.text import ended


@center_page(*MEMBERS)
@require_GET
def duty(request: CenterRequest) -> HttpResponse:
    """The rota; whoever writes it sees what can be called off. Two queries."""
    shifts = shifts_of(request.center, utc_now())
    context = {
        "parts": [
            ("Сейчас дежурят", [_line(request, shift, live=True) for shift in shifts.now]),
            ("Впереди", [_line(request, shift, live=True) for shift in shifts.to_come]),
        ],
        "past": [_line(request, shift, live=False) for shift in shifts.past],
        "writes": request.actor.has(*DUTY_WRITERS, Role.BLOCK_CURATOR),
        "who_writes": policies.WHO_WRITES_DUTY,
    }
    return render(request, "blocks/duty.html", context)


@center_page(*DUTY_WRITERS, Role.BLOCK_CURATOR)
def add_duty(request: CenterRequest) -> HttpResponse:
    """«Записать дежурство»."""
    now = utc_now()
    form = DutyForm(request.POST or None, center=request.center, actor=request.actor, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            shift = services.add_shift(actor=request.actor, center=request.center, duty=form.duty(), now=now)
        except Invalid as problem:
            form.refuse(problem)
        else:
            flash.success(request, ended(f"Дежурство записано: {shift.user.short_name}"))
            return redirect("blocks:duty", request.center.slug)
    words = "В эти часы дежурному сообщают о каждом нарушении срока, кто бы ни вёл дело, и в его тихие часы тоже."
    context = {
        "form": form,
        "title": "Записать дежурство",
        "submit": "Записать",
        "words": words,
        "back_url": reverse("blocks:duty", args=[request.center.slug]),
        "back_words": "Дежурства",
    }
    return render(request, "blocks/form.html", context)


@center_page(*DUTY_WRITERS, Role.BLOCK_CURATOR)
@require_POST
def call_off_duty(request: CenterRequest, shift: int) -> HttpResponse:
    """«Отменить»: a duty that has not begun, or ends now."""
    row = services.call_off(actor=request.actor, center=request.center, shift_id=shift, now=utc_now())
    flash.success(request, f"{ended(f'Дежурство отменено: {row.user.short_name}')} Запись об этом — в истории состава.")
    return redirect("blocks:duty", request.center.slug)


def _line(request: CenterRequest, shift: DutyShift, *, live: bool) -> dict[str, Any]:
    may = live and bool(policies.may_write_duty(request.actor, block_id=shift.block_id))
    return {"shift": shift, "scope": scope_words(shift), "may_call_off": may}
