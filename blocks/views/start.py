"""Where a person starts: the way to the desk, the one-time link that sets a password."""

from __future__ import annotations

from django.contrib import messages as flash
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from blocks.access import LAST_CENTER
from blocks.forms import FirstAccountForm, PasswordForm
from blocks.selectors.frame import entries, memberships_today
from blocks.services.accounts import open_first_account, open_link
from mcu.access import declare, public
from mcu.accounts import find_link
from mcu.clock import utc_now
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import OneTimeLink


@require_GET
@login_required
def _home(request: HttpRequest) -> HttpResponse:
    """To the person's desk in the Center he was in last on this machine, else in the first by name."""
    found = entries(memberships_today(request.user.pk, utc_now())) if request.user.pk else []
    if not found:
        return render(request, "blocks/no_roles.html", status=403)
    last = request.COOKIES.get(LAST_CENTER)
    return redirect(next((entry.url for entry in found if entry.center.slug == last), found[0].url))


home = declare(_home, "signed in")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def _one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person sets a password; whoever is signed in on this machine is signed out then."""
    try:
        response = _opened(request, token)
    except (NotFound, WrongState) as refusal:
        status = 404 if isinstance(refusal, NotFound) else 410
        response = render(request, "accounts/link_refused.html", {"words": refusal.message}, status=status)
    # The address itself is the secret: nothing that the page leads to may learn it. (With «no-referrer» browsers send
    # «Origin: null» with the form, and the CSRF check refuses it.)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


one_time_link = public(_one_time_link)


def _opened(request: HttpRequest, token: str) -> HttpResponse:
    link = find_link(token=token, now=utc_now())
    first = link.purpose == OneTimeLink.Purpose.FIRST
    form_class = FirstAccountForm if first else PasswordForm
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            login = _use(form, token)
        except Invalid as problem:
            form.refuse(problem)
        else:
            logout(request)
            flash.success(request, f"Пароль задан. Войдите: ваш логин — {login}.")
            return redirect("account_login")
    return render(request, "accounts/one_time_link.html", {"form": form, "link": link, "first": first})


def _use(form: PasswordForm, token: str) -> str:
    password = form.cleaned_data["password"]
    if isinstance(form, FirstAccountForm):
        user = open_first_account(token=token, person=form.person(), password=password, now=utc_now())
    else:
        user = open_link(token=token, password=password, now=utc_now())
    return user.username
