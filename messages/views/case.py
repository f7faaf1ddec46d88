"""The case page and everything pressed on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from mcu.errors_pages import typed_in
from mcu.middleware import status_of
from messages import forms, policies
from messages.forms.refusing import blame
from messages.models import Message
from messages.selectors.case import find, lists_of
from messages.services import contacts as contacts_service
from messages.services import reply as reply_service
from messages.services import routing
from messages.services.control import mark_control
from messages.services.reply import DraftConflict
from messages.views.actions import STEPS
from messages.views.drafts import keep_refused, number_in
from messages.views.sheet import applicant_words, render_case
from messages.workflow import SUBMIT


@center_page(*MEMBERS)
@require_GET
def case(request: CenterRequest, number: str) -> HttpResponse:
    """One case: letter, answers, draft, the buttons this person may press, terms and history."""
    return render_case(request, _found(request, number))


@center_page(*MEMBERS)
@require_POST
def step(request: CenterRequest, number: str, name: str) -> HttpResponse:
    """Make one transition. What is refused comes back on the same page with what was typed."""
    if name not in STEPS:
        raise Http404
    message = _found(request, number)
    chosen = STEPS[name]
    values: dict[str, Any] = {}
    form = None
    if chosen.form:
        form = chosen.form(request.POST, message=message, lists=lists_of(request.center), prefix_id=f"{name}_")
        if not form.is_valid():
            return render_case(request, message, failed=(name, form), status=400)
        values = form.values()
    if chosen.with_draft and "text" in request.POST:
        values = {
            "text": request.POST["text"],
            "base_version": number_in(request.POST.get("version")),
            "known": request.POST.get("known", ""),
        }
    if name == SUBMIT.name:
        values["without_parts"] = "without_parts" in request.POST
    try:
        chosen.service(message_id=message.pk, actor=request.actor, now=utc_now(), **values)
    except DomainError as error:
        return _refused(request, number, name, form, error)
    flash.success(request, f"{number.upper()}: {chosen.flash}.")
    return HttpResponseRedirect(_next(request, number))


@center_page(*MEMBERS)
@require_POST
def draft(request: CenterRequest, number: str) -> HttpResponse:
    """Save the answer's text as a new version."""
    message = _found(request, number)
    form = forms.DraftForm(request.POST)
    if not form.is_valid():
        return render_case(request, message, draft_form=form, status=400)
    try:
        saved = reply_service.save_draft(
            message_id=message.pk,
            actor=request.actor,
            text=form.cleaned_data["text"],
            base_version=form.cleaned_data["version"] or 0,
            known=form.cleaned_data["known"],
            now=utc_now(),
        )
    except DomainError as error:
        return _refused(request, number, "draft", None, error)
    flash.success(request, f"Черновик сохранён, версия {saved.version}.")
    return redirect("messages:case", request.center.slug, number)


@center_page(*MEMBERS)
@require_POST
def classify(request: CenterRequest, number: str) -> HttpResponse:
    """Change what the case is about."""
    message = _found(request, number)
    form = forms.ClassifyForm(request.POST, message=message, lists=lists_of(request.center))
    if form.is_valid():
        try:
            routing.classify(message_id=message.pk, actor=request.actor, now=utc_now(), **form.values())
        except Invalid as error:
            blame(form, error)
        else:
            return redirect("messages:case", request.center.slug, number)
    return render_case(request, message, classify_form=form, status=400)


@center_page(*MEMBERS)
@require_POST
def control(request: CenterRequest, number: str) -> HttpResponse:
    """Say what the solution was checked by."""
    message = _found(request, number)
    mark_control(message_id=message.pk, actor=request.actor, control=request.POST.get("control", ""), now=utc_now())
    return redirect("messages:case", request.center.slug, number)


@center_page(*MEMBERS)
@require_POST
def contacts(request: CenterRequest, number: str) -> HttpResponse:
    """Show the applicant's contacts; the showing is written down."""
    message = _found(request, number)
    shown = contacts_service.show_contacts(message_id=message.pk, actor=request.actor, now=utc_now())
    if getattr(request, "htmx", False):
        return render(request, "messages/_case_applicant.html", {"letter": applicant_words(shown, open_contacts=True)})
    return render_case(request, message, contacts_shown=True)


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _refused(request: CenterRequest, number: str, name: str, form: forms.StepForm | None, error: DomainError) -> HttpResponse:
    """The page again with the refusal in words and everything typed still in its place."""
    message = find(actor=request.actor, number=number)
    if message is None:  # meanwhile it went out of this person's sight: the error page keeps the words
        raise error
    status = status_of(error)
    typed = request.POST.get("text")
    if form is not None and name in policies.allowed(request.actor, message):
        blame(form, error)
        _refresh(form, message)
        return render_case(request, message, failed=(name, form), status=status)
    if not isinstance(error, DraftConflict):  # which the editor tells with both texts
        flash.error(request, error.message)
    if typed is None:
        return render_case(request, message, status=status, typed=typed_in(request))
    keep_refused(request, message)
    draft_form = forms.DraftForm({"text": typed, "version": number_in(request.POST.get("version"))})
    draft_form.is_valid()
    conflict = error if isinstance(error, DraftConflict) else None
    return render_case(request, message, draft_form=draft_form, conflict=conflict, status=status)


def _refresh(form: forms.StepForm, message: Message) -> None:
    """The page now shows the case as it is: what the form says the person saw is that, for the next try."""
    latest = reply_service.latest_reply(message)
    shown = {"seen": message.stage, "version": latest.version if latest else ""}
    form.data = {**form.data.dict(), **shown} if isinstance(form.data, QueryDict) else {**form.data, **shown}


def _next(request: CenterRequest, number: str) -> str:
    """Back to the desk the person came from, else to the case while it is visible, else to the own desk."""
    if request.GET.get("then") == "approval":
        return reverse("messages:approval", args=[request.center.slug])
    if find(actor=request.actor, number=number) is None:
        return reverse("desk", args=[request.center.slug])
    return reverse("messages:case", args=[request.center.slug, number])
