"""Middleware of the kernel: a reference for every request, foreseen errors as pages, and deny by default."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from mcu.access import declaration
from mcu.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, WrongState
from mcu.errors_pages import domain_error, wrong_method

logger = logging.getLogger(__name__)
current_reference: ContextVar[str] = ContextVar("reference", default="")

GetResponse = Callable[[HttpRequest], HttpResponse]

STATUS_OF: dict[type[DomainError], int] = {NotAllowed: 403, NotFound: 404, WrongState: 409, Conflict: 409, Invalid: 400}


def status_of(error: DomainError) -> int:
    """The status of a foreseen error, also of one that says more than its kind does."""
    return next(status for kind, status in STATUS_OF.items() if isinstance(error, kind))


class ReferenceMiddleware:
    """Gives each request a short reference that the log and the error page both carry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reference = secrets.token_hex(4).upper()
        current_reference.set(reference)
        request.reference = reference  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            response = wrong_method(request, response)
        response.headers["X-Request-Reference"] = reference
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A foreseen error becomes a page with its words; any other is logged with the reference the user sees."""
        if isinstance(exception, DomainError):
            return domain_error(request, exception, status_of(exception))
        if not isinstance(exception, PermissionDenied | Http404 | SuspiciousOperation):
            # Django's own log of the 500 that follows carries the traceback; this line ties it to what the user sees.
            logger.error("unforeseen error, reference %s, %s %s", current_reference.get(), request.method, request.path)
        return None


class DeclaredAccessMiddleware:
    """Refuses a view that declares no access rule, whatever the routes say."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if declaration(view) is None:
            logger.error("view %s declares no access rule", view)
            raise PermissionDenied("Эта страница никому не открыта.")
        return None


class CompressedPagesMiddleware(GZipMiddleware):
    """Packs pages and JSON on their way. Files stay as they are: they are packed already, and lose their length by it.

    The token of a form is masked anew in every page and the length is blurred, so that packing gives nothing away (BREACH).
    """

    PACKED: ClassVar[tuple[str, ...]] = ("text/html", "application/json", "application/problem+json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(self.PACKED):
            return response
        return super().process_response(request, response)
