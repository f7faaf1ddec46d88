"""«Внести сообщение»: the quick form for calls, visits and papers, with the applicant's earlier cases as one types."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final, cast
from uuid import uuid4

from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.request import Request

from blocks.access import CenterRequest, center_page
from blocks.models import Source
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import Conflict, DomainError
from mcu.middleware import status_of
from mcu.throttles import LookUpThrottle
from messages import policies
from messages.forms.quick import ApplicantForm, QuickForm
from messages.forms.refusing import blame
from messages.models import Message
from messages.selectors.case import find, lists_of
from messages.selectors.earlier import earlier
from messages.selectors.sorting import SORTERS
from messages.services import attachments, contacts, quick
from messages.services.quick import TakenDown

KEYS: Final = (
    (("Ctrl", "Enter"), "записать и разобрать"),
    (("Ctrl", "Shift", "Enter"), "записать и передать в блок"),
    (("Tab",), "следующее поле"),
)
# A refusal of a service and the field of the form that it is about.
_FIELDS: Final = {"external_id": "", "kind": "regime", "received_at": "received_on"}
_SENT_BEFORE: Final = (
    "Эта страница уже отправлена с другими словами: то сообщение записано. Если перед вами другое, нажмите «Записать» ещё раз."
)


@uploads.takes_files
@center_page(*SORTERS)
@require_http_methods(["GET", "POST"])
def new(request: CenterRequest) -> HttpResponse:
    """The form, or what was taken down in it. A sending that is refused comes back with all that was typed."""
    sources = _sources(request)
    if not sources:
        raise PermissionDenied
    hands_over = "hand_over" in request.POST
    options: dict[str, Any] = {"sources": sources, "lists": lists_of(request.center), "tz": request.center.tz}
    if request.method != "POST":
        form = QuickForm(initial={"source": request.GET.get("source", "")}, **options)
        return _page(request, form)
    form = QuickForm(request.POST, request.FILES, hand_over=hands_over, **options)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        done = _take_down(request, form, hands_over=hands_over)
    except Conflict as error:
        return _sent_before(request, form, error, options)
    except DomainError as error:
        blame(form, error, _FIELDS)
        return _page(request, form, status=status_of(error))
    return _on(request, done, handed_over=hands_over)


@center_page(*SORTERS)
@require_POST
def lookup(request: CenterRequest) -> HttpResponse:
    """The applicant's earlier cases, for the page that asks while one types. By POST: addresses are logged, bodies are not."""
    throttle = LookUpThrottle()
    context: dict[str, Any] = {"often": not throttle.allow_request(cast(Request, request), None)}
    if not context["often"]:
        given = {name: request.POST.get(name, "")[:300] for name in ("phone", "name", "email")}
        given = {name: words.replace("\x00", "") for name, words in given.items()}
        context["cases"] = earlier(actor=request.actor, **given)
    return render(request, "messages/_quick_earlier.html", context)


@center_page(*SORTERS)
@require_POST
def applicant(request: CenterRequest) -> HttpResponse:
    """The applicant of an earlier case put into the form; the showing of the contacts is written down."""
    message = find(actor=request.actor, number=request.POST.get("number", ""))
    if message is None:
        raise Http404
    found = contacts.show_contacts(message_id=message.pk, actor=request.actor, now=utc_now())
    known = {"phone": found.phone, "name": found.name, "email": found.email, "type": found.type}
    form = ApplicantForm(initial=known)
    return render(request, "messages/_quick_applicant.html", {"form": form, "taken_from": message.number})


def _sources(request: CenterRequest) -> list[Source]:
    """Those whose messages this person brings in. One query."""
    rows = Source.objects.filter(center=request.center, closed_at__isnull=True)
    return [row for row in rows if policies.may_take_in(request.actor, source=row)]


def _take_down(request: CenterRequest, form: QuickForm, *, hands_over: bool) -> TakenDown:
    """The service's call, with the files in their places for as long as it works."""
    source = form.chosen
    source.center = request.center
    with ExitStack() as kept:
        files = [
            kept.enter_context(attachments.stored(uploads.accept(file, field="upload"))) for file in form.cleaned_data["upload"]
        ]
        done = quick.take_down(
            actor=request.actor,
            source=source,
            payload=form.values(user_id=request.user.pk),
            by=form.cleaned_data["by"],
            files=files,
            block_id=int(form.cleaned_data["block"]) if hands_over else None,
            now=utc_now(),
        )
    for file in done.unneeded:
        uploads.discard(file.path)
    return done


def _on(request: CenterRequest, done: TakenDown, *, handed_over: bool) -> HttpResponse:
    """To the sorting desk with this case open; what is handed over already leaves room for the next call."""
    message, slug = done.message, request.center.slug
    if handed_over:
        where = f" и передано в блок «{message.block.short}»" if message.block else ""
        written = f"Сообщение {message.number} записано{where if done.created else ''}."
        flash.success(request, f"{written}{_unknown(message)} Можно вносить следующее.")
        address = reverse("messages:new", args=[slug])
        return HttpResponseRedirect(f"{address}?source={message.source_id}")
    flash.success(request, f"Сообщение {message.number} записано.{_unknown(message)}")
    return HttpResponseRedirect(reverse("messages:sorting", args=[slug, message.number]))


def _unknown(message: Message) -> str:
    """What was typed and is not among the Center's places and topics: it stays words, and this is said."""
    said = (("Населённый пункт", message.settlement_words), ("Тема", message.topic_words))
    left = [f"{what} «{words}»" for what, words in said if words]
    return f" {'; '.join(left)} — нет в списке: останется словами, выберите на разборе." if left else ""


def _sent_before(request: CenterRequest, form: QuickForm, error: Conflict, options: dict[str, Any]) -> HttpResponse:
    """«Back» and other words: the first stay written; the form gets a new mark, so that a person may mean another message."""
    first = Message.objects.filter(source=form.chosen, external_id=form.values(user_id=request.user.pk).external_id).first()
    typed = request.POST.copy()
    typed["token"] = uuid4().hex
    again = QuickForm(typed, **options)
    again.add_error(None, f"{_SENT_BEFORE} Записано под номером {first.number}." if first else error.message)
    return _page(request, again, status=status_of(error))


def _page(request: CenterRequest, form: QuickForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "page_keys": KEYS}
    return render(request, "messages/quick.html", context, status=status)
