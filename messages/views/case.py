"""The case page and everything pressed on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import messages as flash
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from blocks.selectors import roster_of
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from mcu.errors_pages import typed_in
from mcu.middleware import STATUS_OF
from messages import forms, policies
from messages.masking import mask_for
from messages.models import Applicant, Message, Reply
from messages.selectors.case import CasePage, case_page, find, lists_of
from messages.services import contacts as contacts_service
from messages.services import reply as reply_service
from messages.services import routing
from messages.services.notices import holders
from messages.services.reply import DraftConflict
from messages.views.actions import STEPS, actions_for
from messages.workflow import FAMILY, State


@center_page(*MEMBERS)
@require_GET
def case(request: CenterRequest, number: str) -> HttpResponse:
    """One case: letter, answers, draft, the buttons this person may press, terms and history."""
    return _render(request, _found(request, number))


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
            return _render(request, message, failed=(name, form), status=400)
        values = form.values()
    if chosen.with_draft and "text" in request.POST:
        values = {"text": request.POST["text"], "base_version": _version(request)}
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
        return _render(request, message, draft_form=form, status=400)
    try:
        saved = reply_service.save_draft(
            message_id=message.pk,
            actor=request.actor,
            text=form.cleaned_data["text"],
            base_version=form.cleaned_data["version"] or 0,
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
            _blame(form, error)
        else:
            return redirect("messages:case", request.center.slug, number)
    return _render(request, message, classify_form=form, status=400)


@center_page(*MEMBERS)
@require_POST
def contacts(request: CenterRequest, number: str) -> HttpResponse:
    """Show the applicant's contacts; the showing is written down."""
    message = _found(request, number)
    shown = contacts_service.show_contacts(message_id=message.pk, actor=request.actor, now=utc_now())
    if getattr(request, "htmx", False):
        return render(request, "messages/_case_applicant.html", {"letter": _applicant_words(shown, open_contacts=True)})
    return _render(request, message, contacts_shown=True)


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _version(request: CenterRequest) -> int:
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else 0


def _refused(request: CenterRequest, number: str, name: str, form: forms.StepForm | None, error: DomainError) -> HttpResponse:
    """The page again with the refusal in words and everything typed still in its place."""
    message = find(actor=request.actor, number=number)
    if message is None:  # meanwhile it went out of this person's sight: the error page keeps the words
        raise error
    status = STATUS_OF.get(type(error), 409)
    typed = request.POST.get("text")
    if form is not None and name in policies.allowed(request.actor, message):
        _blame(form, error)
        return _render(request, message, failed=(name, form), status=status)
    flash.error(request, error.message)
    if typed is None:
        return _render(request, message, status=status, typed=typed_in(request))
    draft_form = forms.DraftForm({"text": typed, "version": _version(request)})
    draft_form.is_valid()
    conflict = error if isinstance(error, DraftConflict) else None
    return _render(request, message, draft_form=draft_form, conflict=conflict, status=status)


def _blame(form: forms.StepForm | forms.ClassifyForm, error: DomainError) -> None:
    """Put a service's refusal beside the fields it names, or on top."""
    fields = error.fields if isinstance(error, Invalid) else {}
    known = {field: words for field, words in fields.items() if field in form.fields}
    for field, words in known.items():
        form.add_error(field, words)
    if not known:
        form.add_error(None, error.message)


def _next(request: CenterRequest, number: str) -> str:
    """Back to the desk the person came from, else to the case while it is visible, else to the own desk."""
    if request.GET.get("then") == "approval":
        return reverse("messages:approval", args=[request.center.slug])
    if find(actor=request.actor, number=number) is None:
        return reverse("messages:desk", args=[request.center.slug])
    return reverse("messages:case", args=[request.center.slug, number])


def _render(
    request: CenterRequest,
    message: Message,
    *,
    failed: tuple[str, forms.StepForm] | None = None,
    draft_form: forms.DraftForm | None = None,
    classify_form: forms.ClassifyForm | None = None,
    conflict: DraftConflict | None = None,
    contacts_shown: bool = False,
    typed: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    now = utc_now()
    actor = request.actor
    message.center = request.center
    page = case_page(message=message, center=request.center)
    chip, chip_title = page.chip(now)
    actions = actions_for(actor=actor, message=message, lists=page.lists, latest=page.latest, failed=failed)
    draft = _draft(request, page, draft_form)
    replies = _replies(page, conflict, editing=draft is not None)

    def masked(text: str) -> str:
        """Contacts stand in answers, remarks and ways of delivery, too."""
        return mask_for(actor, message, text)

    context = {
        "case": message,
        "family": FAMILY[State(message.state)],
        "chip": chip,
        "chip_title": chip_title,
        "back_url": reverse("messages:list", args=[request.center.slug]),
        "letter": _letter(request, message, open_contacts=contacts_shown),
        "typed": typed,
        "replies": [row | {"text": masked(row["text"]), "delivery": masked(row.get("delivery", ""))} for row in replies],
        "draft": draft,
        "actions": actions,
        "rare_actions": [action for action in actions if action.rare],
        "terms": page.terms(now),
        "holder": _holder(page, request),
        "facts": _facts(message),
        "classify": _classify(request, page, classify_form),
        "history": [replace(line, title=masked(line.title), text=masked(line.text)) for line in page.history],
    }
    return render(request, "messages/case.html", context, status=status)


def _letter(request: CenterRequest, message: Message, *, open_contacts: bool) -> dict[str, Any]:
    applicant = getattr(message, "applicant", None)
    letter: dict[str, Any] = {"text": mask_for(request.actor, message, message.text)}
    if applicant is None:
        return letter
    if not policies.may_see_contacts(request.actor, message):
        return letter | {"applicant": "скрыт для вашей роли"}
    letter |= _applicant_words(applicant, open_contacts=open_contacts)
    if (applicant.email or applicant.phone) and not open_contacts:
        letter["contacts_url"] = reverse("messages:contacts", args=[request.center.slug, message.number])
    return letter


def _applicant_words(applicant: Applicant, *, open_contacts: bool) -> dict[str, Any]:
    kind = "" if applicant.type == Applicant.Type.CITIZEN else f" ({applicant.get_type_display()})"
    contacts = [contact for contact in (applicant.phone, applicant.email) if contact] if open_contacts else []
    return {"applicant": f"{applicant.name or 'не назвался'}{kind}", "contacts": contacts}


def _replies(page: CasePage, conflict: DraftConflict | None, *, editing: bool) -> list[dict[str, Any]]:
    """Versions and remarks in the order of time; open is what was sent, what collides, and the newest not in the editor."""
    latest = page.latest

    def is_open(version: Reply) -> bool:
        return version.posted_at is not None or (version is latest and (not editing or conflict is not None))

    rows = [_version_row(version, is_open=is_open(version)) for version in page.replies]
    rows += [
        {
            "kind": "note",
            "title": "Замечание" if event.code == "return" else "Причина",
            "person": event.user.short_name if event.user else "",
            "at": event.at,
            "text": event.note.text,
            "folded": False,
        }
        for event in page.events
        if event.code in ("return", "decline", "reopen") and hasattr(event, "note")
    ]
    rows.sort(key=lambda row: row["at"])
    if conflict:
        for row in rows:
            if row.get("version") == conflict.latest.version:
                row["title"] += " — сохранена, пока вы писали"
    return rows


def _version_row(version: Reply, *, is_open: bool) -> dict[str, Any]:
    sent = version.posted_at is not None
    return {
        "kind": "final" if sent else "version",
        "title": "Направленный ответ" if sent else f"Версия {version.version}",
        "person": version.author.short_name if version.author else "",
        "at": version.posted_at if sent else version.saved_at,
        "text": version.text,
        "version": version.version,
        "folded": not is_open,
        "url": version.url,
        "delivery": version.delivery,
    }


def _draft(request: CenterRequest, page: CasePage, form: forms.DraftForm | None) -> dict[str, Any] | None:
    """The editor, for whoever may write now — or for whoever has just typed a text that must not be lost."""
    if form is None and not policies.may_edit_draft(request.actor, page.message):
        return None
    latest = page.latest
    if form is None:
        form = forms.DraftForm(initial={"text": latest.text if latest else "", "version": latest.version if latest else 0})
    elif latest and form.is_bound and not form.errors:
        form.data = {**form.data, "version": latest.version}  # the next saving is upon the version now shown beside
    saved = ""
    if latest:
        author = latest.author.short_name if latest.author else ""
        local = latest.saved_at.astimezone(request.center.tz)
        saved = f"Версия {latest.version}, {author}, {local:%d.%m.%Y %H:%M}"
    return {
        "form": form,
        "url": reverse("messages:draft", args=[request.center.slug, page.message.number]),
        "title": "Проект ответа",
        "saved": saved,
    }


def _holder(page: CasePage, request: CenterRequest) -> dict[str, Any] | None:
    """Who has the case now: named people and the role, since when. Two queries."""
    message = page.message
    if not message.is_open:
        return None
    roster = roster_of(request.center, utc_now())
    names = roster.names_of(holders(message, roster))
    rest = f" и ещё {len(names) - 3}" if len(names) > 3 else ""
    return {
        "name": (", ".join(names[:3]) + rest) or "Никто не назначен",
        "role": message.block.short if message.block else "на разборе",
        "since": page.holder_since,
    }


def _facts(message: Message) -> list[tuple[str, str]]:
    facts = [
        ("Блок", message.block.short if message.block else ""),
        ("Тема", _name(message.topic) or message.topic_words),
        ("Место", _name(message.settlement) or message.settlement_words),
        ("Получатель", _name(message.recipient)),
        ("Ответственный", message.responsible.short_name if message.responsible else ""),
        ("Режим", message.get_regime_display()),
        ("Номер в источнике", message.external_id),
    ]
    optional = [
        ("Рег. номер в СЭД", message.outside_number),
        ("Адресат", message.redirected_to),
        ("Полнота ответа", message.get_completeness_display() if message.completeness is not None else ""),
    ]
    return facts + [(name, value) for name, value in optional if value]


def _name(row: Model | None) -> str:
    return str(row) if row else ""


def _classify(request: CenterRequest, page: CasePage, form: forms.ClassifyForm | None) -> dict[str, Any] | None:
    if not policies.may_classify(request.actor, page.message):
        return None
    return {
        "form": form or forms.ClassifyForm(message=page.message, lists=page.lists),
        "url": reverse("messages:classify", args=[request.center.slug, page.message.number]),
        "opened": form is not None,
    }
