"""«Списки»: the roster, topics and recipients as files, taken home and brought back with a look at what would change."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages as flash
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from blocks.access import CenterRequest, center_page
from blocks.forms import ServiceForm
from blocks.models import CharterLoad
from blocks.roles import Role
from blocks.services.lists import tables, work
from blocks.services.lists.people import People
from blocks.services.lists.recipients import Recipients
from blocks.services.lists.topics import Topics
from blocks.services.lists.work import ListFile
from mcu import uploads
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.previews import preview
from mcu.uploads.brought import Brought, bring
from mcu.uploads.tables import TAKEN
from mcu.workbooks import XLSX

KEEPERS: Final = (Role.HEAD, Role.SUPPORT, Role.TECH)
LISTS: Final[dict[str, type[ListFile]]] = {one.code: one for one in (Topics, Recipients, People)}
ROWS: Final = 2000
LOG: Final = 20
LOG_LINES: Final = 12
_SALT: Final = "lists"
_KEPT: Final = 2 * 60 * 60  # seconds a preview may be looked at
_TOKEN: Final = 1_500_000  # letters: what a form may carry
_PARTS: Final = {
    "С ошибками": (work.WRONG,),
    "Новые": (work.ADDED,),
    "Изменятся": (work.CHANGED, work.OPENED),
    "Закроются": (work.CLOSED,),
}


class UploadForm(ServiceForm):
    """The file to look at."""

    file = forms.FileField(
        label="Файл",
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
        help_text=f"XLSX, XLS, ODS или CSV до 5 МБ, до {ROWS} строк. Сначала увидите, что изменится.",
        error_messages={"required": "Выберите файл.", "empty": "Файл пустой: выберите другой."},
    )


@require_safe
@center_page(*KEEPERS)
def lists(request: CenterRequest) -> HttpResponse:
    """The lists that this person keeps, and what was changed by files last."""
    slug = request.center.slug
    shown = [
        {
            "title": kind.title,
            "about": kind.about,
            "url": reverse(f"lists:{code}", args=[slug]),
            "file_url": reverse(f"lists:{code}-file", args=[slug]),
            "template_url": reverse(f"lists:{code}-template", args=[slug]),
        }
        for code, kind in LISTS.items()
        if kind.may(request.actor)
    ]
    loads = CharterLoad.objects.filter(center=request.center).order_by("-at")[:LOG]
    log = [{"load": load, "lines": load.changes[:LOG_LINES], "more": max(0, len(load.changes) - LOG_LINES)} for load in loads]
    history_url = reverse("blocks:history", args=[slug]) if People.may(request.actor) else ""
    return render(request, "blocks/lists.html", {"lists": shown, "log": log, "history_url": history_url})


@uploads.takes_files
@center_page(*KEEPERS)
@never_cache
def list_file(request: CenterRequest, code: str) -> HttpResponse:
    """GET: the form. POST with a file: what it would change. POST with what was looked at: do it."""
    kind = _kept(request, code)
    if "token" in request.POST:
        return _put_in(request, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            titles, needed = [one.title for one in kind.columns], [one.title for one in kind.columns if one.needed]
            brought = bring(form.cleaned_data["file"], titles=titles, needed=needed, most=ROWS)
            return _preview(request, kind, brought)
        except Invalid as problem:
            form.refuse(problem)
    context = _frame(request, kind) | {"form": form}
    return render(request, "blocks/list_upload.html", context, status=422 if form.errors else 200)


@require_safe
@center_page(*KEEPERS)
def download(request: CenterRequest, code: str) -> HttpResponse:
    """The list as it is now."""
    kind = _kept(request, code)
    rows = kind(request.center, request.actor, utc_now()).rows()
    return _book(request, kind, rows, kind.title)


@require_safe
@center_page(*KEEPERS)
def template(request: CenterRequest, code: str) -> HttpResponse:
    """An empty table to fill in."""
    kind = _kept(request, code)
    return _book(request, kind, [], f"{kind.title}, пустая таблица")


def _kept(request: CenterRequest, code: str) -> type[ListFile]:
    """The list, for whoever keeps it."""
    kind = LISTS[code]
    if not (verdict := kind.may(request.actor)):
        raise PermissionDenied(verdict.reason)
    return kind


def _frame(request: CenterRequest, kind: type[ListFile]) -> dict[str, Any]:
    slug = request.center.slug
    return {
        "list": {"title": kind.title, "has_log": kind.has_log},  # a class would be called by the template
        "list_url": reverse(f"lists:{kind.code}", args=[slug]),
        "file_url": reverse(f"lists:{kind.code}-file", args=[slug]),
        "template_url": reverse(f"lists:{kind.code}-template", args=[slug]),
        "lists_url": reverse("lists:lists", args=[slug]),
    }


def _preview(request: CenterRequest, kind: type[ListFile], brought: Brought, moved: str = "") -> HttpResponse:
    token = _token(request, kind, brought)
    outcome = work.look(kind, center=request.center, actor=request.actor, brought=brought, now=utc_now())
    frame = _frame(request, kind)
    shown = preview(
        brought,
        parts={title: outcome.of(*kinds) for title, kinds in _PARTS.items()},
        same=len(outcome.of(work.SAME)),
        wrong=len(outcome.of(work.WRONG)),
        digest=outcome.digest,
        moved=moved,
    )
    more = {
        "title": kind.title,
        "what": "Список",
        "where": "в списке",
        "back": "Списки",
        "back_url": frame["lists_url"],
        "post_url": frame["list_url"],
        "again_url": frame["list_url"],
        "token": token,
    }
    return render(request, "blocks/list_preview.html", frame | shown | more, status=409 if moved else 200)


def _put_in(request: CenterRequest, kind: type[ListFile]) -> HttpResponse:
    brought = _of_token(request, kind)
    if brought is None:
        flash.error(request, "Проверка файла устарела, ничего не внесено. Приложите файл ещё раз.")
        return redirect(f"lists:{kind.code}", request.center.slug)
    try:
        outcome = work.put_in(
            kind,
            center=request.center,
            actor=request.actor,
            brought=brought,
            digest=request.POST.get("digest", ""),
            now=utc_now(),
        )
    except work.Moved as problem:
        return _preview(request, kind, brought, problem.message)
    if links := [line.done for line in outcome.lines if line.done.link]:
        context = _frame(request, kind) | {
            "outcome": outcome,
            "links": [{"title": done.title, "url": request.build_absolute_uri(done.link)} for done in links],
        }
        return render(request, "blocks/list_links.html", context)
    flash.success(request, f"{kind.title}: внесено строк — {outcome.work}.")
    return redirect("lists:lists", request.center.slug)


def _token(request: CenterRequest, kind: type[ListFile], brought: Brought) -> str:
    """The table as it was read, signed: what is confirmed is what was looked at, by the same person."""
    whose = [request.center.pk, request.user.pk, kind.code]
    token = signing.dumps({"whose": whose, "brought": brought.packed()}, salt=_SALT, compress=True)
    if len(token) > _TOKEN:
        words = "Таблица слишком велика, чтобы внести её за раз. Разделите её на части."
        raise Invalid(words, {"file": words})
    return token


def _of_token(request: CenterRequest, kind: type[ListFile]) -> Brought | None:
    try:
        values = signing.loads(request.POST["token"], salt=_SALT, max_age=_KEPT)
    except signing.BadSignature:
        return None
    if values["whose"] != [request.center.pk, request.user.pk, kind.code]:
        return None
    return Brought.unpacked(values["brought"])


def _book(request: CenterRequest, kind: type[ListFile], rows: list[list[object]], name: str) -> HttpResponse:
    answer = HttpResponse(tables.workbook(kind.title, kind.columns, rows), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{name} {request.center.prefix}.xlsx")
    return answer
