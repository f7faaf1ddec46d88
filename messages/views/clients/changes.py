"""Making a program, exchanging its keys, changing what it may, blocking: one page a change, each calling one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from blocks.access import CenterRequest, center_page
from blocks.forms import ServiceForm
from blocks.models import ApiClient
from blocks.roles import Role
from blocks.services import clients as services
from mcu.clock import utc_now
from mcu.errors import Conflict, Invalid
from messages.forms.clients import NewClientForm, RightsForm, RotateForm
from messages.views.clients.page import own

_LIST = "Программы и ключи"


@center_page(Role.TECH)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: CenterRequest) -> HttpResponse:
    """«Новая программа»: the key is shown on the page that follows and never again."""
    form = NewClientForm(request.POST or None, center=request.center)
    if request.method == "POST" and form.is_valid():
        try:
            client, key = services.create_client(
                center=request.center,
                name=form.cleaned_data["name"],
                **form.rights(),
                now=utc_now(),
                actor=request.actor,
            )
        except Conflict as problem:
            form.add_error("name", problem.message)
        except Invalid as problem:
            form.refuse(problem)
        else:
            return _issued(request, client, key, "Программа заведена")
    back = {"back_url": reverse("messages:clients", args=[request.center.slug]), "back_words": _LIST}
    return _form(request, form, title="Новая программа", submit="Завести и показать ключ", **back)


@center_page(Role.TECH)
@never_cache
@require_http_methods(["GET", "POST"])
def rotate(request: CenterRequest, client: int) -> HttpResponse:
    """«Новый ключ»: shown once; the old one goes on for the days chosen."""
    row = own(request, client)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = services.rotate(client=row, overlap=form.overlap(), now=utc_now(), actor=request.actor)
        except Invalid as problem:
            form.refuse(problem)
        else:
            return _issued(request, row, key, "Новый ключ")
    words = "Пока действуют оба ключа, переведите программу на новый: ни одно сообщение не потеряется."
    return _form(request, form, title="Новый ключ", submit="Выдать новый ключ", words=words, **_back(request, row))


@center_page(Role.TECH)
@require_http_methods(["GET", "POST"])
def change(request: CenterRequest, client: int) -> HttpResponse:
    """«Изменить права»: from the next call on; keys stay."""
    row = own(request, client)
    form = RightsForm(request.POST or None, center=request.center, client=row)

    def save() -> str:
        services.change_client(client=row, **form.rights(), now=utc_now(), actor=request.actor)
        return f"Права программы «{row.name}» действуют со следующего вызова."

    return _change(request, row, form, save, title="Изменить права", submit="Сохранить")


@center_page(Role.TECH)
@require_http_methods(["GET", "POST"])
def block(request: CenterRequest, client: int) -> HttpResponse:
    """«Заблокировать программу»: all its keys stop at once."""
    row = own(request, client)
    form = ServiceForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        services.block_client(center=request.center, name=row.name, now=utc_now(), actor=request.actor)
        return f"Программа «{row.name}» заблокирована."

    words = (
        "Все её ключи перестанут действовать сразу и насовсем, об изменениях ей больше не сообщат. Переданные сообщения "
        "останутся. Чтобы только сменить ключ, выдайте новый."
    )
    return _change(request, row, form, save, title="Заблокировать программу", submit="Заблокировать", words=words)


@center_page(Role.TECH)
@require_http_methods(["GET", "POST"])
def block_key(request: CenterRequest, client: int, key: int) -> HttpResponse:
    """«Заблокировать ключ»: this one stops at once, the others go on."""
    row = own(request, client)
    form = ServiceForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        blocked = services.block_key(client=row, key_id=key, now=utc_now(), actor=request.actor)
        return f"Ключ mcu_{blocked.prefix}… заблокирован."

    words = "Ключ перестанет действовать сразу и насовсем. Если он у программы последний, сначала выдайте новый."
    return _change(request, row, form, save, title="Заблокировать ключ", submit="Заблокировать", words=words)


def _change(request: CenterRequest, client: ApiClient, form: ServiceForm, save: Callable[[], str], **page: Any) -> HttpResponse:
    back = _back(request, client)
    if request.method == "POST" and form.is_valid():
        try:
            done = save()
        except Invalid as problem:
            form.refuse(problem)
        else:
            flash.success(request, done)
            return redirect(back["back_url"])
    return _form(request, form, **back, **page)


def _back(request: CenterRequest, client: ApiClient) -> dict[str, str]:
    url = reverse("messages:client", args=[request.center.slug, client.pk])
    return {"about": client.name, "back_url": url, "back_words": client.name}


def _form(request: CenterRequest, form: ServiceForm, **page: Any) -> HttpResponse:
    return render(request, "blocks/form.html", {"form": form, **page}, status=422 if form.errors else 200)


def _issued(request: CenterRequest, client: ApiClient, key: str, title: str) -> HttpResponse:
    """The only page that ever shows the key."""
    return render(request, "messages/clients/issued.html", {"client": client, "secret": key, "title": title, "is_key": True})
