"""Where a person starts: the way to the desk, the one-time link that sets a password, the list of notices."""

from __future__ import annotations

from django.contrib import messages as flash
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from blocks.access import CenterRequest, center_page
from blocks.forms import FirstAccountForm, PasswordForm
from blocks.selectors.frame import entries, memberships_today
from blocks.services.accounts import open_first_account, open_link
from mcu.access import declare, public
from mcu.accounts import find_link
from mcu.clock import utc_now
from mcu.errors import Invalid, NotFound, WrongState
from mcu.models import OneTimeLink, Outbox

NOTICES_SHOWN = 100


@require_GET
@login_required
def _home(request: HttpRequest) -> HttpResponse:
    """To the person's desk in the first of the Centers by name; the switcher leads to the others."""
    found = entries(memberships_today(request.user.pk, utc_now())) if request.user.pk else []
    if not found:
        return render(request, "blocks/no_roles.html", status=403)
    return redirect(found[0].url)


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


@center_page()
def notices(request: CenterRequest) -> HttpResponse:
    """The person's own notices of the Center, latest first; POST marks those shown as read. Two queries."""
    own = Outbox.objects.filter(Q(user_id=request.user.pk), center_slug__in=[request.center.slug, ""])
    if request.method == "POST":
        _mark_read(own, request.POST.get("up_to", ""))
        return redirect("notices", request.center.slug)
    rows = list(own.order_by("-created_at", "-pk")[:NOTICES_SHOWN])
    context = {
        "notices": rows,
        "unread": sum(row.read_at is None for row in rows),
        "up_to": max((row.pk for row in rows), default=0),
        "limit": NOTICES_SHOWN,
    }
    return render(request, "blocks/notices.html", context)


def _mark_read(own: QuerySet[Outbox], up_to: str) -> None:
    """Only what the person has seen: a notice that came meanwhile stays new."""
    if up_to.isdecimal() and len(up_to) < 19:  # within the database's integers
        own.filter(read_at__isnull=True, pk__lte=int(up_to)).update(read_at=utc_now())
