"""Deny by default: a page that does not say who may open it is refused, in tests and while running.

Every view of ours carries a declaration made by one of the decorators below (or by ``blocks.access`` for pages of a
Center). Views of libraries are declared here by the module they come from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]

# Library views that check for themselves: sign-in pages (allauth), the schema of the API, REST views (DRF's own default
# permission is IsAuthenticated).
DECLARED_MODULES: Final = {
    "allauth.account.views": "sign-in pages; closed to sign-up by the adapter",
    "allauth.account.internal.flows.reauthentication": "sign-in pages",
    "allauth.mfa.base.views": "second factor of the signed-in person",
    "allauth.mfa.totp.views": "second factor of the signed-in person",
    "allauth.mfa.recovery_codes.views": "recovery codes of the signed-in person",
    "drf_spectacular.views": "the public description of the API",
}


def declare(view: View, rule: str) -> View:
    """Mark a view with the rule that it enforces itself; the words show up in the access test's table."""
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anyone may open it, signed in or not. For health checks and one-time links."""
    return declare(view, "public")


def declaration(view: Any) -> str | None:
    """The rule a view declares, its own or its library's; ``None`` means that nobody may open it."""
    rule = getattr(view, "access_rule", None)
    if rule:
        return str(rule)
    klass = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if klass is not None and getattr(klass, "access_rule", None):
        return str(klass.access_rule)
    module = (klass or view).__module__
    return DECLARED_MODULES.get(module)
