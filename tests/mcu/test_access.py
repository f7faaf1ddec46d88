"""Deny by default: every address declares who may open it, and one that does not is refused while running too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path

from mcu import urls
from mcu.access import declaration

View = Callable[..., HttpResponse]
# Whoever is not signed in opens these and nothing else; a new line here is a decision.
PUBLIC = {"healthz", "readyz", "one_time_link", "push_worker", "satisfaction", "ical"}


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str, View]]:
    """Every address of the product with its name and view."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one.name or "", one.callback


ALL = [pytest.param(name, view, id=address or "/") for address, name, view in addresses(get_resolver())]


@pytest.mark.parametrize(("name", "view"), ALL)
def test_every_address_declares_who_may_open_it(name: str, view: View) -> None:
    rule = declaration(view)
    assert rule, f"{name} declares no access rule: nobody could open it"
    assert (rule == "public") <= (name in PUBLIC)


def test_the_walk_sees_the_whole_product() -> None:
    seen = {name for _, name, _ in addresses(get_resolver())}
    assert {"home", "one_time_link", "account_login", "roster", "list", "index", "healthz"} <= seen


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("открыто всем")


urlpatterns: list[URLPattern | URLResolver] = [path("undeclared/", undeclared), *urls.urlpatterns]
handler403 = urls.handler403


@pytest.mark.urls("tests.mcu.test_access")
@pytest.mark.django_db
def test_an_address_that_declares_nothing_is_refused_while_running(client: Client) -> None:
    response = client.get("/undeclared/")
    assert response.status_code == 403
    assert "открыто всем" not in response.content.decode()


OF_A_CENTER = [one for one in ALL if str(declaration(one.values[1])).startswith("member of the Center")]


@pytest.mark.parametrize(("name", "view"), OF_A_CENTER)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(name: str, view: View, request: pytest.FixtureRequest) -> None:
    """Before the Center is even looked for: no query is made, so a foreign Center cannot be told from none."""
    address = request.node.callspec.id
    values: dict[str, Any] = {key: 1 if kind == "int" else "oktyabrsky" for kind, key in re.findall(r"<(\w+):(\w+)>", address)}
    response = view(_anonymous(), **values)
    if response.status_code != 405:  # an address that takes only POST says so before anything else
        assert response.status_code == 302
        assert "/accounts/login/" in response.headers["Location"]


def _anonymous() -> HttpRequest:
    request = RequestFactory().get("/oktyabrsky/")
    request.user = AnonymousUser()
    return request
