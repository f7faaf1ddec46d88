"""Files that bring messages: given, looked at, let in, watched; the report of each row stays."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages as flash
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blocks.access import CenterRequest, center_page
from blocks.forms import ServiceForm
from blocks.roles import Role
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import DomainError, Invalid
from mcu.uploads.tables import TAKEN, Unread, kind_of
from mcu.workbooks import XLSX
from messages.documents import import_report
from messages.exchange import sheets
from messages.models import ImportRow, MessageImport
from messages.services.imports import asking
from messages.services.imports.passes import COUNTS

ROLES: Final = (Role.HEAD, Role.SUPPORT, Role.SOURCE_CURATOR, Role.ACCOUNTS)
SHOWN: Final = 20  # files of the list
PAGE: Final = 50  # rows of a page
_State = MessageImport.State
_Kind = ImportRow.Kind
# What is asked of a person first stands first.
_FIRST: Final = (_Kind.CONFLICT, _Kind.ERROR, _Kind.UPDATED, _Kind.MADE, _Kind.UNCHANGED)
_TITLES: Final = {
    _Kind.MADE: "новых",
    _Kind.UPDATED: "дополнится",
    _Kind.UNCHANGED: "без изменений",
    _Kind.CONFLICT: "расхождений",
    _Kind.ERROR: "с ошибками",
}
_BY_HEADERS: Final = ("", "Определить по заголовкам")


class BringForm(ServiceForm):
    """The file and where it is from."""

    file = forms.FileField(
        label="Файл XLSX, XLS, ODS или CSV",
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
        help_text="До 60 МБ. Сначала вы увидите, что изменится, потом решите, вносить ли.",
        error_messages={"required": "Выберите файл.", "empty": "Файл пустой: выберите другой."},
    )
    format = forms.ChoiceField(label="Откуда файл", widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = {code: title[0].upper() + title[1:] for code, title in sheets.TITLES.items()}
        field = self.fields["format"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [_BY_HEADERS, *((code, titles[code]) for code in codes)]
        field.initial = ""


@center_page(*ROLES)
@uploads.takes_files
def imports(request: CenterRequest) -> HttpResponse:
    """GET: the form and the files of the last time. POST: a file."""
    codes = asking.formats_of(request.actor, request.center)
    form = BringForm(request.POST or None, request.FILES or None, codes=codes)
    if request.method == "POST" and form.is_valid():
        try:
            row = _bring(request, form)
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect("messages:import", request.center.slug, row.pk)
    found = asking.seen_by(request.actor, request.center).select_related("user").order_by("-asked_at", "-pk")[:SHOWN]
    context = {"form": form, "imports": found, "may": bool(codes)}
    return render(request, "messages/imports/list.html", context, status=422 if form.errors else 200)


@center_page(*ROLES)
@require_GET
def one(request: CenterRequest, brought: int) -> HttpResponse:
    """What the file would change, how far it is, or what it has changed; the page of a running one asks again by itself."""
    row = _found(request, brought)
    going = row.state in (_State.READING, _State.RUNNING)
    is_part = bool(getattr(request, "htmx", False))
    if is_part and going:
        asking.watched(import_id=row.pk)
        return render(request, "messages/imports/_progress.html", {"import": row})
    if is_part:  # it has ended meanwhile: the whole page says more
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    context = {"import": row, "going": going, **({} if going else _rows(request, row))}
    return render(request, "messages/imports/one.html", context)


@center_page(*ROLES)
@require_POST
def decide(request: CenterRequest, brought: int, do: str) -> HttpResponse:
    """Let the file in, or leave it."""
    step = {"confirm": asking.confirm, "cancel": asking.cancel}.get(do)
    if step is None:
        raise Http404
    try:
        step(import_id=brought, center=request.center, actor=request.actor, now=utc_now())
    except DomainError as error:
        flash.error(request, error.message)
    return redirect("messages:import", request.center.slug, brought)


@center_page(*ROLES)
@require_GET
def report(request: CenterRequest, brought: int) -> FileResponse:
    """Every row with what became of it, as a workbook."""
    row = _found(request, brought)
    content = import_report.made(row, center=request.center)
    made = (row.finished_at or row.asked_at).astimezone(request.center.tz)
    name = f"Внесение {request.center.prefix} {made:%Y-%m-%d %H-%M}.xlsx"
    return uploads.download_bytes(content, name=name, content_type=XLSX)


def _bring(request: CenterRequest, form: BringForm) -> MessageImport:
    table = uploads.accept_table(form.cleaned_data["file"])
    with uploads.stored(table) as path:
        code = form.cleaned_data["format"] or _guessed(path, kind_of(table.content))
        return asking.bring(
            center=request.center,
            actor=request.actor,
            code=code,
            name=table.name,
            sha256=table.sha256,
            path=path,
            now=utc_now(),
        )


def _guessed(path: str, kind: str) -> str:
    try:
        code = sheets.look(default_storage.path(path), kind)
    except Unread as problem:
        raise Invalid(f"Файл не принят. {problem}", {"file": str(problem)}) from None
    if not code:
        words = "По заголовкам не видно, откуда файл. Выберите это сами или выгрузите файл заново."
        raise Invalid(words, {"format": words})
    return code


def _found(request: CenterRequest, pk: int) -> MessageImport:
    row = asking.seen_by(request.actor, request.center).select_related("user").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _rows(request: CenterRequest, row: MessageImport) -> dict[str, Any]:
    """A page of rows of one kind, by their lines. One query."""
    kind = request.GET.get("kind", "")
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    found = list(asking.rows_of(row, kind).filter(line__gt=start)[: PAGE + 1])
    page = reverse("messages:import", args=[request.center.slug, row.pk])
    chosen = f"kind={kind}&" if kind in _Kind.values else ""
    counts = [
        {"kind": one.value, "title": _TITLES[one], "count": count, "chosen": kind == one.value}
        for one in _FIRST
        if (count := row.counts.get(COUNTS[one], 0))
    ]
    return {
        "rows": found[:PAGE],
        "kind": kind if chosen else "",
        "counts": counts,
        "older_url": f"{page}?{chosen}after={found[PAGE - 1].line}" if len(found) > PAGE else "",
        "newer_url": f"{page}?{chosen.rstrip('&')}" if start else "",
        "to_put": row.counts.get("made", 0) + row.counts.get("updated", 0),
    }
