"""What is pressed on the case page beside the steps: comments, files, parts of the answer, what the applicant says of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from django import forms as django_forms
from django.contrib import messages as flash
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.policies import MEMBERS
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from mcu.errors_pages import typed_in
from mcu.middleware import status_of
from messages.forms import together as forms
from messages.models import Message
from messages.selectors.case import find, lists_of
from messages.selectors.similar import similar as similar_to
from messages.services import attachments, comments, parts, satisfaction
from messages.services.parts import Question
from messages.views.sheet import files as files_part
from messages.views.sheet import render_case

SIMILAR = 6


@center_page(*MEMBERS)
@require_POST
def comment(request: CenterRequest, number: str) -> HttpResponse:
    """Say something to the colleagues."""
    message, form = _found(request, number), forms.CommentForm(request.POST)

    def say() -> str:
        said = comments.add(message_id=message.pk, actor=request.actor, text=form.cleaned_data["text"], now=utc_now())
        if said.unknown:
            names = ", ".join(f"«@{name}»" for name in said.unknown)
            flash.warning(
                request,
                f"Комментарий сохранён, но по {names} никто не найден: назвать можно тех, кто видит это сообщение. "
                "Наберите @ и выберите имя из списка; однофамильцам нужны инициалы.",
            )
        return f"comment-{said.comment.pk}"

    return _made(request, message, "comment", form, say)


@uploads.takes_files
@center_page(*MEMBERS)
@require_POST
def files(request: CenterRequest, number: str) -> HttpResponse:
    """Add files; of several either all are taken or none."""
    message = _found(request, number)
    form = forms.FilesForm(request.POST, request.FILES, kinds=files_part.kinds_for(request.actor, message))

    def add() -> str:
        with ExitStack() as kept:
            taken = [
                kept.enter_context(attachments.stored(uploads.accept(file, field="upload")))
                for file in form.cleaned_data["upload"]
            ]
            added = attachments.add(
                message_id=message.pk, actor=request.actor, kind=form.cleaned_data["kind"], files=taken, now=utc_now()
            )
        for repeated in added.repeated:
            uploads.discard(repeated.path)
        if added.repeated:
            flash.info(request, f"Уже есть у сообщения, второй раз не сохранено: {', '.join(r.name for r in added.repeated)}.")
        if added.rows:
            flash.success(request, f"Добавлено: {', '.join(row.name for row in added.rows)}.")
        return "files"

    return _made(request, message, "files", form, add)


@center_page(*MEMBERS)
@require_GET
def file(request: CenterRequest, number: str, file: int) -> FileResponse:
    """A file of a case, to whoever sees the case. With ``?view`` a picture is shown in its place."""
    row = attachments.find_file(actor=request.actor, number=number, file_id=file)
    return uploads.download(
        path=row.file.name or "", name=row.name, content_type=row.content_type, inline="view" in request.GET
    )


@center_page(*MEMBERS)
@require_POST
def remove_file(request: CenterRequest, number: str, file: int) -> HttpResponse:
    """Hide a file of the case."""
    message = _found(request, number)

    def remove() -> str:
        row = attachments.remove(message_id=message.pk, file_id=file, actor=request.actor, now=utc_now())
        flash.success(request, f"Файл «{row.name}» убран. Запись об этом осталась в истории.")
        return "files"

    return _made(request, message, "", None, remove)


@center_page(*MEMBERS)
@require_POST
def ask(request: CenterRequest, number: str) -> HttpResponse:
    """Ask blocks for their parts of the answer."""
    message, now = _found(request, number), utc_now()
    message.center = request.center
    form = forms.AskForm(
        request.POST, message=message, blocks=lists_of(request.center).blocks, due=parts.proposed_due(message, now)
    )

    def put() -> str:
        questions = [Question(int(pk), form.cleaned_data["question"]) for pk in form.cleaned_data["blocks"]]
        due = form.cleaned_data["due_at"]
        asked = parts.ask(message_id=message.pk, actor=request.actor, questions=questions, due_at=due, now=now)
        names = ", ".join(part.block.short for part in asked)
        flash.success(request, f"Часть ответа запрошена: {names}.")
        return "parts"

    return _made(request, message, "ask", form, put)


@center_page(*MEMBERS)
@require_POST
def give(request: CenterRequest, number: str, part: int) -> HttpResponse:
    """Give the block's part of the answer."""
    message, form = _found(request, number), forms.GiveForm(request.POST, auto_id=f"id_give_{part}_%s")

    def put() -> str:
        parts.give(message_id=message.pk, part_id=part, actor=request.actor, text=form.cleaned_data["text"], now=utc_now())
        flash.success(request, f"{message.number}: часть ответа передана.")
        return f"part-{part}"

    return _made(request, message, f"give-{part}", form, put)


@center_page(*MEMBERS)
@require_POST
def decline(request: CenterRequest, number: str, part: int) -> HttpResponse:
    """Say that the question is not the block's."""
    message, form = _found(request, number), forms.DeclinePartForm(request.POST, auto_id=f"id_decline_{part}_%s")

    def put() -> str:
        reason = form.cleaned_data["reason"]
        parts.decline(message_id=message.pk, part_id=part, actor=request.actor, reason=reason, now=utc_now())
        flash.success(request, f"{message.number}: вопрос возвращён тому, кто его задал.")
        return "parts"

    return _made(request, message, f"decline-{part}", form, put)


@center_page(*MEMBERS)
@require_POST
def withdraw(request: CenterRequest, number: str, part: int) -> HttpResponse:
    """No longer need a part."""
    message = _found(request, number)

    def put() -> str:
        parts.withdraw(message_id=message.pk, part_id=part, actor=request.actor, now=utc_now())
        flash.success(request, "Часть ответа больше не ждём.")
        return "parts"

    return _made(request, message, "", None, put)


@center_page(*MEMBERS)
@require_POST
def rate(request: CenterRequest, number: str) -> HttpResponse:
    """Write down what the applicant said by word of mouth."""
    message, form = _found(request, number), forms.ScoreForm(request.POST, auto_id="id_rate_%s")

    def put() -> str:
        satisfaction.rate_for(message_id=message.pk, actor=request.actor, **form.cleaned_data, now=utc_now())
        flash.success(request, "Оценка записана со слов заявителя.")
        return "score"

    return _made(request, message, "rate", form, put)


@center_page(*MEMBERS)
@require_POST
def keep(request: CenterRequest, number: str) -> HttpResponse:
    """Leave the answer as it is in spite of a low score."""
    message, form = _found(request, number), forms.KeepForm(request.POST, auto_id="id_keep_%s")

    def put() -> str:
        reason = form.cleaned_data["reason"]
        satisfaction.keep(message_id=message.pk, actor=request.actor, reason=reason, now=utc_now())
        flash.success(request, f"{message.number}: ответ оставлен как есть.")
        return "score"

    return _made(request, message, "keep", form, put)


@center_page(*MEMBERS)
@require_GET
def similar(request: CenterRequest, number: str) -> HttpResponse:
    """Cases like this one, for the panel that asks after the page is there."""
    message = _found(request, number)
    message.center = request.center
    hits = similar_to(message=message, actor=request.actor, now=utc_now())[:SIMILAR]
    template = "messages/_case_similar_found.html" if getattr(request, "htmx", False) else "messages/case_similar.html"
    return render(request, template, {"similar": hits, "case": message})


def _found(request: CenterRequest, number: str) -> Message:
    message = find(actor=request.actor, number=number)
    if message is None:
        raise Http404
    return message


def _made(
    request: CenterRequest, message: Message, name: str, form: django_forms.Form | None, change: Callable[[], str]
) -> HttpResponse:
    """Make a change and go back to its place on the page; what is refused stays on the page with what was typed."""
    if form is not None and not form.is_valid():
        return render_case(request, message, came_back={name: form}, status=400)
    try:
        place = change()
    except DomainError as error:
        return _refused(request, message.number, name, form, error)
    if find(actor=request.actor, number=message.number) is None:  # whoever gives a question back sees the case no more
        return HttpResponseRedirect(reverse("desk", args=[request.center.slug]))
    return HttpResponseRedirect(f"{reverse('messages:case', args=[request.center.slug, message.number])}#{place}")


def _refused(
    request: CenterRequest, number: str, name: str, form: django_forms.Form | None, error: DomainError
) -> HttpResponse:
    message = find(actor=request.actor, number=number)
    if message is None:  # meanwhile it went out of this person's sight: the error page keeps the words
        raise error
    status = status_of(error)
    if form is None:
        flash.error(request, error.message)
        return render_case(request, message, status=status)
    fields = error.fields if isinstance(error, Invalid) else {}
    for field, words in (fields or {"": error.message}).items():
        form.add_error(_field_of(form, field), words)
    typed = () if isinstance(error, Invalid) else typed_in(request)
    return render_case(request, message, came_back={name: form}, typed=typed, status=status)


def _field_of(form: django_forms.Form, field: str) -> str | None:
    """The form's field for the service's: a part's ``block`` is one of ``blocks``."""
    return next((name for name in (field, f"{field}s") if field and name in form.fields), None)
