"""The letter of an answer: drawn up, downloaded, followed on its way."""

from __future__ import annotations

from typing import Final

from django import forms as django_forms
from django.contrib import messages as flash
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.middleware import status_of
from messages import forms
from messages.forms.refusing import blame
from messages.models import Message
from messages.selectors.case import find
from messages.services import letter_mail, letters
from messages.views.sheet import render_case

_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@center_page(*MEMBERS)
@require_POST
def draw_up(request: CenterRequest, number: str) -> HttpResponse:
    """Draw up the letter of the approved answer; a second press finds the one that is there."""
    message = _found(request, number)
    form = forms.LetterForm(request.POST)
    if not form.is_valid():
        return render_case(request, message, came_back={"letter": form}, status=400)
    try:
        letter = letters.draw_up(message_id=message.pk, actor=request.actor, now=utc_now(), **form.cleaned_data)
    except DomainError as error:
        return _refused(request, number, "letter", form, error)
    flash.success(request, f"Письмо № {letter.number} составлено. Подпишите его, отправьте и отметьте отправку.")
    return redirect("messages:case", request.center.slug, number)


@center_page(*MEMBERS)
@require_POST
def deliver(request: CenterRequest, number: str, letter: int) -> HttpResponse:
    """Change the way of delivery of a letter that went out, or add its tracking number."""
    message = _found(request, number)
    form = forms.DeliveryForm(request.POST, mark=letter)
    if not form.is_valid():
        return render_case(request, message, came_back={f"letter_{letter}": form}, status=400)
    try:
        changed = letters.deliver(
            message_id=message.pk, letter_id=letter, actor=request.actor, now=utc_now(), **form.cleaned_data
        )
    except DomainError as error:
        return _refused(request, number, f"letter_{letter}", form, error)
    flash.success(request, f"Письмо № {changed.number}: {letters.delivery_words(changed)}.")
    return redirect("messages:case", request.center.slug, number)


@center_page(*MEMBERS)
@require_GET
def file(request: CenterRequest, number: str, letter: int, kind: str) -> FileResponse:
    """One of the letter's two files; whose address stands in it was shown is written down."""
    if kind not in _TYPES:
        raise Http404
    message = _found(request, number)
    found, content = letters.open_file(message_id=message.pk, letter_id=letter, form=kind, actor=request.actor, now=utc_now())
    return uploads.download_file(content, name=f"{letter_mail.file_name(found)}.{kind}", content_type=_TYPES[kind])


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _refused(request: CenterRequest, number: str, name: str, form: django_forms.Form, error: DomainError) -> HttpResponse:
    """The page again with the refusal beside what it is about and everything typed in its place."""
    message = find(actor=request.actor, number=number)
    if message is None:
        raise error
    blame(form, error)
    return render_case(request, message, came_back={name: form}, status=status_of(error))
