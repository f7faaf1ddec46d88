"""The case page. Each part of it is a module with its template; ``MAIN`` and ``ASIDE`` say in which order they stand.

To add a part: a ``Part`` (its template, a function ``Sheet → variables of the template``, its own style and script if it
needs them) and its place in one of the two lists. What it reads beside the letter belongs into ``messages.selectors.extras``:
the page costs one query for all of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms as django_forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from blocks.access import CenterRequest
from mcu.clock import utc_now
from messages import forms
from messages.models import Message
from messages.selectors.case import case_page
from messages.services.reply import DraftConflict
from messages.views.register import tags
from messages.views.sheet import draft, files, flow, letter, letter_out, parts, score, similar, standing, steps, talk
from messages.views.sheet.base import CameBack, Part, Sheet
from messages.views.sheet.letter import applicant_words
from messages.workflow import FAMILY, State

__all__ = ["Part", "Sheet", "applicant_words", "render_case"]

# Left: the letter, what was written about it, what others give for the answer, the editor, the bar of steps last.
MAIN: Final = (letter.PART, flow.PART, talk.PART, parts.PART, draft.PART, letter_out.PART, steps.PART)
# Right: what it owes, who has it, what it is about, who answers with it, its files and likes, what happened.
ASIDE: Final = (
    standing.TERMS,
    standing.HOLDER,
    score.PART,
    standing.FACTS,
    tags.PART,
    parts.ASIDE,
    files.PART,
    similar.PART,
    standing.HISTORY,
)


def render_case(
    request: CenterRequest,
    message: Message,
    *,
    failed: tuple[str, forms.StepForm] | None = None,
    draft_form: forms.DraftForm | None = None,
    classify_form: forms.ClassifyForm | None = None,
    conflict: DraftConflict | None = None,
    contacts_shown: bool = False,
    typed: Iterable[str] = (),
    came_back: Mapping[str, django_forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case page, with whatever form came back and all that was typed into it.

    ``came_back`` names forms of other parts than the steps, the editor and the facts: ``{"comment": form}``.
    """
    now = utc_now()
    message.center = request.center
    page = case_page(message=message, center=request.center)
    question = page.extras.question_of(message.cycle)
    message.question_until = question.until if question else None  # read with the page already
    back = CameBack(failed, draft_form, conflict, classify_form, typed, came_back or {})
    sheet = Sheet(request, page, now, back, contacts_shown=contacts_shown)
    chip, chip_title = page.chip(now)
    context: dict[str, Any] = {
        "case": message,
        "family": FAMILY[State(message.state)],
        "chip": chip,
        "chip_title": chip_title,
        "back_url": reverse("messages:list", args=[request.center.slug]),
        "typed": typed,
        "main_parts": [part.template for part in MAIN],
        "aside_parts": [part.template for part in ASIDE],
        "styles": list(dict.fromkeys(style for part in (*MAIN, *ASIDE) for style in part.styles)),
        "scripts": list(dict.fromkeys(script for part in (*MAIN, *ASIDE) for script in part.scripts)),
    }
    for part in (*MAIN, *ASIDE):
        context |= part.show(sheet)
    return render(request, "messages/case.html", context, status=status)
