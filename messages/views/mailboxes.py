"""«Почтовые ящики»: which mailboxes are read, how each is; connecting, changing, checking and pausing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import Source
from mcu.clock import utc_now
from mcu.errors import Invalid
from messages.forms.mailboxes import MailboxForm
from messages.forms.refusing import blame
from messages.models import Mailbox
from messages.policies import MAILBOX_KEEPERS
from messages.selectors.mailboxes import is_silent, is_stuck, mailboxes_of, refused_of
from messages.services import mailboxes as service


@center_page(*MAILBOX_KEEPERS)
@require_GET
def listing(request: CenterRequest) -> HttpResponse:
    """Every mailbox of the Center. Three queries."""
    now = utc_now()
    lines = [
        {"line": line, "silent": is_silent(line.mailbox, now), "stuck": is_stuck(line.mailbox, now)}
        for line in mailboxes_of(request.center, now)
    ]
    context = {"lines": lines, "refused": refused_of(request.center, now)}
    return render(request, "messages/mailboxes/list.html", context)


@center_page(*MAILBOX_KEEPERS)
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def edit(request: CenterRequest, mailbox: int = 0) -> HttpResponse:
    """Connect a mailbox or change one; it is kept once its server has let us in."""
    row = _found(request, mailbox) if mailbox else None
    sources = list(Source.objects.filter(center=request.center, closed_at__isnull=True))
    form = MailboxForm(request.POST or None, sources=sources, is_new=row is None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            done = _save(request, form, mailbox)
        except Invalid as error:
            blame(form, error)
        else:
            new = "Новые письма читаются каждую минуту; те, что уже лежат в ящике, не трогаем."
            flash.success(request, f"Ящик {done.address} {'изменён' if row else 'подключён'}. {new}")
            return _to_list(request)
    context = {"form": form, "mailbox": row}
    return render(request, "messages/mailboxes/form.html", context, status=400 if form.errors else 200)


@center_page(*MAILBOX_KEEPERS)
@require_POST
def check(request: CenterRequest, mailbox: int) -> HttpResponse:
    """Try the connection now."""
    problem = service.check(center=request.center, actor=request.actor, mailbox_id=mailbox, now=utc_now())
    if problem:
        flash.error(request, f"Ящик не читается: {problem}.")
    else:
        flash.success(request, "Связь с ящиком есть.")
    return _to_list(request)


@center_page(*MAILBOX_KEEPERS)
@require_POST
def pause(request: CenterRequest, mailbox: int) -> HttpResponse:
    """Stop reading or go on."""
    paused = "on" not in request.POST
    row = service.pause(center=request.center, actor=request.actor, mailbox_id=mailbox, paused=paused, now=utc_now())
    words = "больше не читается; письма копятся в нём" if paused else "снова читается; накопившиеся письма будут приняты"
    flash.success(request, f"Ящик {row.address} {words}.")
    return _to_list(request)


def _save(request: CenterRequest, form: MailboxForm, mailbox_id: int) -> Mailbox:
    known: dict[str, Any] = {"center": request.center, "actor": request.actor, "given": form.given(), "now": utc_now()}
    return service.change(mailbox_id=mailbox_id, **known) if mailbox_id else service.connect(**known)


def _initial(row: Mailbox | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "source": row.source_id,
        "address": row.address,
        "host": row.host,
        "port": row.port,
        "user_name": row.user_name,
        "folder": row.folder,
    }


def _found(request: CenterRequest, mailbox_id: int) -> Mailbox:
    row = Mailbox.objects.filter(center=request.center, pk=mailbox_id).first()
    if row is None:
        raise Http404
    return row


def _to_list(request: CenterRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("messages:mailboxes", args=[request.center.slug]))
