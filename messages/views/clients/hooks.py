"""Where a program is told of changes: adding an address, trying it, its secret, switching it off and on, removing it."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from blocks.access import CenterRequest, center_page
from blocks.models import ApiClient, Webhook
from blocks.roles import Role
from mcu.clock import utc_now
from mcu.errors import Conflict, Invalid
from messages.forms.clients import WebhookForm
from messages.services import webhooks
from messages.views.clients.page import own, show


@center_page(Role.TECH)
@never_cache
@require_POST
def add(request: CenterRequest, client: int) -> HttpResponse:
    """«Добавить»: from now on; the secret is shown on the page that follows."""
    row = own(request, client)
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            hook = webhooks.add(client=row, url=form.cleaned_data["url"], actor=request.actor, now=utc_now())
        except Conflict as problem:
            form.add_error("url", problem.message)
        except Invalid as problem:
            form.refuse(problem)
        else:
            return _secret(request, row, hook, webhooks.secret_of(hook))
    return show(request, client, form, status=422)


@center_page(Role.TECH)
@never_cache
@require_POST
def change(request: CenterRequest, client: int, hook: int, do: str) -> HttpResponse:
    """One of the buttons beside an address."""
    row, now = own(request, client), utc_now()
    match do:
        case "secret":
            shown, secret = webhooks.show_secret(client=row, webhook_id=hook, actor=request.actor, now=now)
            return _secret(request, row, shown, secret)
        case "check":
            checked, problem = webhooks.check(client=row, webhook_id=hook, actor=request.actor, now=now)
            if problem:
                flash.warning(request, f"Проба не принята: {checked.url}. {problem}")
            else:
                flash.success(request, f"Проба принята: {checked.url}.")
        case "enable":
            webhooks.enable(client=row, webhook_id=hook, actor=request.actor, now=now)
            flash.success(request, "Оповещение включено: продолжится с того места, где остановилось.")
        case "disable":
            webhooks.disable(client=row, webhook_id=hook, actor=request.actor, now=now)
            flash.success(request, "Оповещение выключено. Место в ленте сохранено.")
        case "remove":
            url = webhooks.remove(client=row, webhook_id=hook, actor=request.actor, now=now)
            flash.success(request, f"Адрес убран: {url}.")
        case _:
            raise Http404
    return redirect("messages:client", request.center.slug, row.pk)


def _secret(request: CenterRequest, client: ApiClient, hook: Webhook, secret: str) -> HttpResponse:
    context = {"client": client, "secret": secret, "hook": hook, "title": "Секрет подписи"}
    return render(request, "messages/clients/issued.html", context)
