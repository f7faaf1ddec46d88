"""«Шаблоны ответов»: the Center's list, a template's form with its preview, and the choice of one at a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import Source
from blocks.policies import MEMBERS
from blocks.roles import BLOCK_ROLES, SOURCE_ROLES
from mcu.clock import utc_now
from mcu.errors import DomainError
from mcu.middleware import status_of
from mcu.text import clean_text
from messages import policies
from messages.answer_fields import FIELDS
from messages.forms import DraftForm
from messages.forms.refusing import blame
from messages.forms.templates import TemplateForm
from messages.models import AnswerTemplate, Message, WorkingCopy
from messages.policies import TEMPLATE_KEEPERS
from messages.selectors import answer_templates as found_in
from messages.selectors.case import find, lists_of
from messages.services import answer_templates as service
from messages.services.drafts import mark_of
from messages.services.reply import MAX_REPLY, latest_reply
from messages.views.drafts import editor_with
from messages.views.sheet import render_case


@dataclass(frozen=True, slots=True)
class Line:
    """A template in the Center's list; ``url`` leads to its form for whoever keeps it."""

    template: AnswerTemplate
    bounds: str
    url: str


@center_page(*MEMBERS)
@require_GET
def listing(request: CenterRequest) -> HttpResponse:
    """All templates in force, with what each is for and how often it was used."""
    lines = [
        Line(row, found_in.bounds_words(row), _url(request, "template", row.pk) if _keeps(request, row) else "")
        for row in found_in.templates_of(request.center)
    ]
    context = {"lines": lines, "new_url": _url(request, "new_template") if request.actor.has(*TEMPLATE_KEEPERS) else ""}
    return render(request, "messages/templates.html", context)


@center_page(*TEMPLATE_KEEPERS)
def edit(request: CenterRequest, pk: int | None = None) -> HttpResponse:
    """A new template or a change of one; «Посмотреть» shows how it reads and saves nothing."""
    row = None
    if pk is not None:
        row = found_in.find_template(request.center, pk)
        if row is None or not _keeps(request, row):
            raise Http404
    lists, sources = lists_of(request.center), _sources(request)
    if request.method != "POST":
        form = TemplateForm(lists=lists, sources=sources, initial=_initial(request, row))
        return _form(request, row, form)
    form = TemplateForm(request.POST, lists=lists, sources=sources)
    if "preview" in request.POST:
        return _form(request, row, form, preview=service.preview(clean_text(request.POST.get("text", ""))[:MAX_REPLY]))
    if form.is_valid():
        values = {"name": form.cleaned_data["name"], "text": form.cleaned_data["text"], "bounds": form.bounds()}
        try:
            saved = service.save_template(center=request.center, actor=request.actor, template_id=pk, now=utc_now(), **values)
        except DomainError as error:
            blame(form, error)
            return _form(request, row, form, status=status_of(error))
        flash.success(request, f"Шаблон «{saved.name}» сохранён.")
        return redirect("messages:templates", request.center.slug)
    return _form(request, row, form, status=400)


@center_page(*TEMPLATE_KEEPERS)
@require_POST
def close(request: CenterRequest, pk: int) -> HttpResponse:
    """Take a template out of use."""
    row = service.close_template(center=request.center, actor=request.actor, template_id=pk, now=utc_now())
    flash.success(request, f"Шаблон «{row.name}» убран. Ответы, написанные по нему, остались.")
    return redirect("messages:templates", request.center.slug)


@center_page(*MEMBERS)
@require_GET
def suggestions(request: CenterRequest, number: str) -> HttpResponse:
    """Templates that fit the case. htmx gets the menu at the editor."""
    message = _found(request, number)
    context = {
        "case": message,
        "suggestions": [
            {"row": one.template, "why": one.why, "url": _url(request, "use_template", message.number, one.template.pk)}
            for one in found_in.suggested(message)
        ],
        "case_url": _url(request, "case", message.number),
        "list_url": _url(request, "templates"),
    }
    is_part = bool(getattr(request, "htmx", False))
    return render(request, "messages/_template_menu.html" if is_part else "messages/template_choice.html", context)


@center_page(*MEMBERS)
@require_POST
def use(request: CenterRequest, number: str, pk: int) -> HttpResponse:
    """The template's text for the case: to the page's script as JSON, else the case page with it below what was written."""
    message = _found(request, number)
    wants_json = request.headers.get("Accept") == "application/json"
    try:
        filled = service.use_template(message_id=message.pk, template_id=pk, actor=request.actor, now=utc_now())
    except DomainError as error:
        if wants_json:
            return JsonResponse({"words": error.message}, status=status_of(error))
        raise
    words = f"Заполните сами: {', '.join(filled.missing)}." if filled.missing else ""
    if wants_json:
        return JsonResponse({"text": filled.text, "words": words})
    if words:
        flash.warning(request, words)
    return render_case(request, message, draft_form=_with_template(request, message, filled.text))


def _with_template(request: CenterRequest, message: Message, text: str) -> DraftForm:
    """The editor with the template below what the person was writing; an empty editor holds the template alone."""
    latest = latest_reply(message)
    copy = WorkingCopy.objects.filter(message=message, user_id=request.user.pk).first()
    written, version = (copy.text, copy.base_version) if copy else (latest.text, latest.version) if latest else ("", 0)
    return editor_with(f"{written}\n\n{text}" if written else text, version=version, known=mark_of(copy))


def _form(
    request: CenterRequest, row: AnswerTemplate | None, form: TemplateForm, *, preview: Any = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "fields": FIELDS.items(),
        "preview": preview,
        "list_url": _url(request, "templates"),
        "close_url": _url(request, "close_template", row.pk) if row else "",
    }
    is_part = bool(getattr(request, "htmx", False)) and preview is not None
    return render(
        request, "messages/_template_preview.html" if is_part else "messages/template_form.html", context, status=status
    )


def _initial(request: CenterRequest, row: AnswerTemplate | None) -> dict[str, Any]:
    """A new template begins with the bound that this person keeps."""
    if row:
        return {"name": row.name, "text": row.text, "source": row.source_id, "block": row.block_id, "topic": row.topic_id}
    actor = request.actor
    if policies.may_keep_template(actor, center_id=request.center.pk, source_id=None, block_id=None):
        return {}
    block = next((grant.block_id for grant in actor.grants if grant.role in BLOCK_ROLES and grant.block_id), None)
    source = next((grant.source_id for grant in actor.grants if grant.role in SOURCE_ROLES and grant.source_id), None)
    return {"block": block} if block else {"source": source}


def _keeps(request: CenterRequest, row: AnswerTemplate) -> bool:
    verdict = policies.may_keep_template(request.actor, center_id=row.center_id, source_id=row.source_id, block_id=row.block_id)
    return bool(verdict)


def _sources(request: CenterRequest) -> list[tuple[int, str]]:
    rows = Source.objects.filter(center=request.center, closed_at__isnull=True).order_by("order", "pk")
    return list(rows.values_list("pk", "short"))


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _url(request: CenterRequest, name: str, *args: object) -> str:
    return reverse(f"messages:{name}", args=[request.center.slug, *args])
