"""«Программы и ключи»: the list, and one program with its keys, calls, webhooks and history."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from blocks import policies
from blocks.access import CenterRequest, center_page
from blocks.models import ApiClient
from blocks.roles import Role
from blocks.selectors import clients as found_in
from mcu.clock import utc_now
from messages.forms.clients import WebhookForm


@center_page(Role.TECH, Role.HEAD)
@require_GET
def clients(request: CenterRequest) -> HttpResponse:
    """Every program of the Center. Four queries."""
    context = {
        "lines": found_in.lines_of(request.center, utc_now()),
        "may_keep": bool(policies.may_keep_clients(request.actor)),
    }
    return render(request, "messages/clients/list.html", context)


@center_page(Role.TECH, Role.HEAD)
@require_GET
def client(request: CenterRequest, client: int) -> HttpResponse:
    """One program. Seven queries."""
    return show(request, client, WebhookForm())


def show(request: CenterRequest, client_id: int, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    """The page of one program with the form of a webhook as it stands. 404 for a foreign one."""
    now = utc_now()
    line = found_in.line_of(request.center, client_id, now)
    if line is None:
        raise Http404
    context = {
        "line": line,
        "keys": found_in.keys_of(line.client, now),
        "history": found_in.history_of(line.client),
        "form": form,
        "may_keep": bool(policies.may_keep_clients(request.actor)),
    }
    return render(request, "messages/clients/one.html", context, status=status)


def own(request: CenterRequest, client_id: int) -> ApiClient:
    """The Center's program; 404 for a foreign one. One query."""
    found = found_in.find(request.center, client_id)
    if found is None:
        raise Http404
    return found
