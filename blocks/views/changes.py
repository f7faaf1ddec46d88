"""Changes of the composition: one page a change, each calling one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from blocks import policies
from blocks.access import CenterRequest, center_page
from blocks.forms import AddRoleForm, EndForm, InviteForm, NewLinkForm, ServiceForm, SubstituteForm
from blocks.models import Membership, Substitution
from blocks.policies import LENDERS, MANAGERS, MEMBERS
from blocks.selectors.composition import BOUNDS, bounds_words
from blocks.selectors.standing import local_day
from blocks.selectors.titles import titles_of
from blocks.services import accounts, roster, substitutions
from mcu.clock import utc_now
from mcu.errors import Invalid
from mcu.models import User
from mcu.text import ended


@center_page(*MANAGERS)
@never_cache
def invite(request: CenterRequest) -> HttpResponse:
    """«Пригласить»: a new person with a role; the link is shown once."""
    form = InviteForm(request.POST or None, **_frame_of_form(request))
    if request.method == "POST" and form.is_valid():
        try:
            user, path = accounts.invite(
                actor=request.actor,
                center=request.center,
                person=form.person(),
                appointment=form.appointment(),
                now=utc_now(),
            )
        except Invalid as problem:
            form.refuse(problem)
        else:
            return _issued(request, user, path)
    return _form(request, form, title="Пригласить в состав Центра", submit="Пригласить")


@center_page(*MANAGERS)
def add_role(request: CenterRequest) -> HttpResponse:
    """«Добавить роль»: one more role for somebody who has an account."""
    form = AddRoleForm(request.POST or None, initial=request.GET.dict(), **_frame_of_form(request))

    def save() -> str:
        membership = roster.add_membership(
            actor=request.actor,
            center=request.center,
            user=form.user(),
            appointment=form.appointment(),
            now=utc_now(),
        )
        return ended(f"Роль добавлена: {membership.user.full_name}")

    return _change(request, form, save, title="Добавить роль", submit="Добавить роль")


@center_page(*MANAGERS)
def end_role(request: CenterRequest, membership: int) -> HttpResponse:
    """«Завершить»: the last day of a role, or at once."""
    row = _membership(request, membership)
    form = EndForm(request.POST or None, initial={"last_day": local_day(request.center, utc_now())})

    def save() -> str:
        roster.end_membership(actor=request.actor, membership_id=row.pk, last_day=form.last(), now=utc_now())
        return f"{ended(f'Роль завершена: {row.user.full_name}')} Запись об этом — в истории состава."

    words = "Дела, которые ведёт человек, остаются за блоком: передайте их тому, кто его сменит."
    return _change(request, form, save, title="Завершить роль", submit="Завершить", about=_about(row), words=words)


@center_page(*LENDERS)
def substitute(request: CenterRequest, membership: int) -> HttpResponse:
    """«Замещение»: somebody else acts in the role for the dates."""
    row = _membership(request, membership)
    form = SubstituteForm(request.POST or None, membership=row, today=local_day(request.center, utc_now()))

    def save() -> str:
        loan = form.loan()
        substitutions.add_substitution(actor=request.actor, membership_id=row.pk, loan=loan, now=utc_now())
        return f"Замещение назначено: {loan.substitute.full_name} с {loan.since:%d.%m.%Y} по {loan.until:%d.%m.%Y}."

    words = "На эти дни замещающий получает права роли; в истории каждого дела видно, за кого он действовал."
    return _change(request, form, save, title="Назначить замещение", submit="Назначить", about=_about(row), words=words)


@center_page(*MEMBERS)
def end_substitution(request: CenterRequest, substitution: int) -> HttpResponse:
    """«Завершить замещение»: earlier than it was planned; one's own role by anybody."""
    row = (
        Substitution.objects.select_related("substitute", "membership__user", *(f"membership__{name}" for name in BOUNDS))
        .filter(pk=substitution, membership__center=request.center)
        .first()
    )
    if row is None:
        raise Http404
    if not policies.may_lend(request.actor, owner_id=row.membership.user_id):
        raise PermissionDenied
    form = EndForm(request.POST or None, initial={"last_day": local_day(request.center, utc_now())})

    def save() -> str:
        substitutions.end_substitution(actor=request.actor, substitution_id=row.pk, last_day=form.last(), now=utc_now())
        return ended(f"Замещение завершено: {row.substitute.full_name}")

    about = f"{row.substitute.full_name} замещает: {row.membership.user.full_name}, {row.since:%d.%m.%Y}–{row.until:%d.%m.%Y}"
    page = {"title": "Завершить замещение", "submit": "Завершить", "about": about}
    if row.membership.user_id == request.user.pk:
        page |= {"back_url": reverse("blocks:substitution", args=[request.center.slug]), "back_words": "Замещение"}
    return _change(request, form, save, **page)


@center_page(*MANAGERS)
def block_person(request: CenterRequest, person: int) -> HttpResponse:
    """«Заблокировать»: the person signs in no more, the sessions end now."""
    user = _person(request, person)
    form = ServiceForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        accounts.block_person(actor=request.actor, user_id=user.pk, now=utc_now())
        return ended(f"Учётная запись заблокирована: {user.full_name}")

    words = (
        "Человек сразу выйдет из программы и не сможет войти снова; его роли перестанут действовать, но останутся в составе "
        "и в истории. Разблокировать можно в любой день."
    )
    return _change(request, form, save, title="Заблокировать", submit="Заблокировать", about=user.full_name, words=words)


@center_page(*MANAGERS)
def unblock_person(request: CenterRequest, person: int) -> HttpResponse:
    """«Разблокировать»: the same password works again."""
    user = _person(request, person)
    form = ServiceForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        accounts.unblock_person(actor=request.actor, user_id=user.pk, now=utc_now())
        return ended(f"Учётная запись разблокирована: {user.full_name}")

    words = "Человек снова войдёт с прежним паролем, роли с неистёкшим сроком опять начнут действовать."
    return _change(request, form, save, title="Разблокировать", submit="Разблокировать", about=user.full_name, words=words)


@center_page(*MANAGERS)
@never_cache
def new_link(request: CenterRequest, person: int) -> HttpResponse:
    """«Новая ссылка для входа»: the old password stops working, the link is shown once."""
    user = _person(request, person)
    form = NewLinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        path = accounts.reset_access(
            actor=request.actor,
            user_id=user.pk,
            clear_second_factor=form.cleaned_data["clear_second_factor"],
            now=utc_now(),
        )
        return _issued(request, user, path)
    words = "Прежний пароль и прежние ссылки сразу перестанут работать, открытые страницы человека закроются."
    return _form(
        request,
        form,
        title="Новая ссылка для входа",
        submit="Выдать ссылку",
        about=user.full_name,
        words=words,
    )


def _change(request: CenterRequest, form: ServiceForm, save: Callable[[], str], **page: Any) -> HttpResponse:
    """Show the form, or do the change and go back to the composition; a refusal stays beside its field."""
    if request.method == "POST" and form.is_valid():
        try:
            done = save()
        except Invalid as problem:
            form.refuse(problem)
        else:
            flash.success(request, done)
            return redirect(page.get("back_url") or reverse("blocks:roster", args=[request.center.slug]))
    return _form(request, form, **page)


def _form(request: CenterRequest, form: ServiceForm, **page: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "blocks/form.html", {"form": form, **page}, status=status)


def _issued(request: CenterRequest, user: User, path: str) -> HttpResponse:
    """The only page that ever shows the link."""
    return render(request, "blocks/link_issued.html", {"person": user, "address": request.build_absolute_uri(path)})


def _frame_of_form(request: CenterRequest) -> dict[str, Any]:
    return {"center": request.center, "today": local_day(request.center, utc_now())}


def _membership(request: CenterRequest, pk: int) -> Membership:
    row = Membership.objects.select_related("user", "center", *BOUNDS).filter(pk=pk, center=request.center).first()
    if row is None:
        raise Http404
    return row


def _person(request: CenterRequest, pk: int) -> User:
    user = User.objects.filter(pk=pk, memberships__center=request.center).distinct().first()
    if user is None:
        raise Http404
    return user


def _about(row: Membership) -> str:
    return " · ".join(part for part in (row.user.full_name, titles_of(row.center).name_of(row), bounds_words(row)) if part)
