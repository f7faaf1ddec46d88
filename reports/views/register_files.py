"""Files of the registers: take one home, bring one back, look at what it would change, put it in."""

from __future__ import annotations

from django import forms
from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.forms import ServiceForm
from mcu import previews, uploads
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.uploads.tables import TAKEN
from mcu.workbooks import XLSX
from reports.registers import files, listing
from reports.registers.choices import Choices
from reports.registers.rights import may_write, reach
from reports.registers.table import Register
from reports.services import register_files as service
from reports.views import register_pages as pages
from reports.views.registers import found


class UploadForm(ServiceForm):
    """The file to put in."""

    file = forms.FileField(
        label="Файл",
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
        help_text=f"XLSX, XLS, ODS или CSV до 5 МБ, до {service.ROWS} строк. Сначала увидите, что изменится.",
        error_messages={"required": "Выберите файл.", "empty": "Файл пустой: выберите другой."},
    )


@require_safe
@center_page()
def export(request: CenterRequest, register: str, form: str) -> HttpResponse:
    """What the list shows, as a file."""
    one = found(request, register)
    now = utc_now()
    filters = listing.read(one, request.GET, Choices(request.center))
    rows = listing.found(one, request.center, request.actor, filters, pages.today(request))[: files.MOST]
    if form not in ("xlsx", "csv"):
        raise Http404
    if form == "csv":
        return _file(one, request, files.as_csv(one, request.center, rows), "text/csv; charset=utf-8")
    heading = files.Heading(
        request.center, now, "Отобраны не все записи: часть условий задана." if filters.any else "Все записи."
    )
    return _file(one, request, files.as_xlsx(one, heading, rows), XLSX)


@require_safe
@center_page()
def template(request: CenterRequest, register: str) -> HttpResponse:
    """An empty table to fill in."""
    one = _written(request, register)
    made = files.template(one, files.Heading(request.center, utc_now()))
    return _file(one, request, made, XLSX, extra="шаблон")


@uploads.takes_files
@center_page()
def upload(request: CenterRequest, register: str) -> HttpResponse:
    """Bring a file; nothing is put in yet."""
    one = _written(request, register)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = service.take(
                register=one, center=request.center, actor=request.actor, file=form.cleaned_data["file"], now=utc_now()
            )
        except Invalid as problem:
            form.refuse(problem)
        else:
            return redirect(pages.url(request, one, "import", kept.pk))
    context = pages.frame(request, one) | {"form": form, "template_url": pages.url(request, one, "template")}
    return render(request, "reports/registers/upload.html", context, status=422 if form.errors else 200)


@center_page()
def preview(request: CenterRequest, register: str, upload: int) -> HttpResponse:
    """What the file would do; by POST, do it."""
    one = _written(request, register)
    now = utc_now()
    moved = ""
    if request.method == "POST":
        try:
            done = service.put_in(
                register=one,
                center=request.center,
                actor=request.actor,
                upload_id=upload,
                digest=request.POST.get("digest", ""),
                now=now,
            )
        except service.Moved as problem:
            moved = problem.message
        else:
            flash.success(request, f"Файл внесён. Новых записей: {done.created}, изменено: {done.changed}.")
            return redirect(pages.url(request, one))
    kept = service.find(register=one, center=request.center, actor=request.actor, upload_id=upload)
    plan = service.plan(register=one, center=request.center, actor=request.actor, kept=kept, now=now)
    context = pages.frame(request, one) | {
        "kept": kept,
        "plan": plan,
        "title": one.name,
        "what": "Реестр",
        "where": "в реестре",
        "back": one.name,
        "back_url": pages.url(request, one),
        "post_url": request.path,
        "again_url": pages.url(request, one, "upload"),
    }
    context |= previews.preview(
        plan.brought,
        parts={"С ошибками": plan.wrong, "Новые": plan.new, "Изменятся": plan.changed},
        same=len(plan.same),
        wrong=len(plan.wrong),
        digest=plan.digest,
        moved=moved,
    )
    return render(request, "reports/registers/preview.html", context, status=409 if moved else 200)


def _written(request: CenterRequest, code: str) -> Register:
    one = found(request, code)
    if not may_write(one, reach(one, request.actor)):
        raise PermissionDenied
    return one


def _file(one: Register, request: CenterRequest, content: bytes, kind: str, *, extra: str = "") -> HttpResponse:
    ending = "xlsx" if kind == XLSX else "csv"
    name = f"{one.name} {request.center.prefix} {extra or format(pages.today(request), '%d.%m.%Y')}.{ending}"
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
