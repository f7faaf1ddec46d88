"""What the REST interface answers when it cannot serve: problem+json (RFC 9457) in Russian."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from mcu import errors_pages
from mcu.errors import DomainError
from mcu.middleware import current_reference, status_of

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
BELOW: Final = "/api/"
MAX_ERRORS: Final = 50  # a body of a megabyte may be wrong in a hundred thousand places

TITLES: Final = {
    400: "Запрос составлен неверно",
    401: "Нужен действующий ключ",
    403: "Этого ключу нельзя",
    404: "Здесь ничего нет",
    405: "Так к этому адресу не обращаются",
    406: "В таком виде ответить нельзя",
    409: "Расходится с тем, что уже есть",
    411: "Не указан размер тела",
    412: "Сообщение уже изменилось",
    413: "Тело запроса слишком велико",
    415: "Такой вид тела не принимается",
    422: "Ключ вызова занят другим вызовом",
    429: "Слишком много запросов",
    500: "Сбой программы",
    503: "База данных недоступна",
}
CODES: Final = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    411: "length-required",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "key-reused",
    429: "too-many-requests",
    500: "failure",
    503: "unavailable",
}
# Words for the framework's own exceptions, whose texts say less than a client's author needs.
DETAILS: Final = {
    401: "Передайте ключ клиента в заголовке: Authorization: Bearer mcu_…",
    403: "Ключ не даёт права на это действие.",
    404: "По этому адресу ничего нет. Проверьте его; адреса заканчиваются косой чертой.",
    405: "Этот адрес не принимает метод {method}.",
    406: "Ответ даётся только в application/json; поправьте заголовок Accept.",
    415: "Тело принимается только как {kinds}; поправьте заголовок Content-Type.",
    429: "Повторите через {wait} с.",
}
RETRY_LATER_SECONDS: Final = 5


class PayloadTooLarge(exceptions.APIException):
    """The body is larger than the call takes."""

    status_code = 413

    def __init__(self, limit: int = 0) -> None:
        kilobytes = (limit or settings.API_MAX_BODY) // 1024
        super().__init__(f"Тело запроса больше {kilobytes} КБ; ничего не сохранено.")


class PackedBody(exceptions.APIException):
    """The body is packed; we read none of the packings."""

    status_code = 415

    def __init__(self, encoding: str) -> None:
        super().__init__(
            f"Тело передано с Content-Encoding: {printable(encoding)}; передайте его без сжатия и этого заголовка."
        )


class PreconditionFailed(exceptions.APIException):
    """``If-Match`` names an edition that is no longer the present one."""

    status_code = 412
    default_detail = "Сообщение изменилось с тех пор, как вы его прочитали. Прочитайте его заново и повторите."


class Unprocessable(exceptions.APIException):
    """An ``Idempotency-Key`` that another call has had."""

    status_code = 422


class RetryLater(exceptions.APIException):
    """The same call is being made by somebody else at this moment."""

    status_code = 409

    def __init__(self, words: str, *, seconds: int) -> None:
        super().__init__(words)
        self.wait = seconds


class ProblemResponse(Response):
    """A problem document: always JSON, whatever the view is able to render."""

    @property
    def rendered_content(self) -> str:
        self["Content-Type"] = MEDIA_TYPE
        content: bytes = JSONRenderer().render(self.data)
        return content.decode()


class LengthRequired(exceptions.APIException):
    """The body comes in chunks and the server in front does not say where it ends."""

    status_code = 411
    default_detail = "Передайте размер тела в заголовке Content-Length."


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: every error of a REST view becomes one problem document.

    Unforeseen errors are logged with the request's reference and answered with 500, so that a client always reads the
    same format; a database that cannot be reached is 503 with Retry-After, which tells the client to come again.
    """
    error = _as_known(error)
    if isinstance(error, DomainError):
        fields: dict[str, str] = getattr(error, "fields", {})
        errors = [{"field": field, "message": message} for field, message in fields.items()]
        response = problem(status_of(error), error.message, errors)
    elif isinstance(error, exceptions.APIException):
        response = _of_framework(error, context)
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("database unavailable, reference %s: %s", current_reference.get(), error)
        response = problem(503, "Запрос не выполнен: база данных не отвечает. Повторите его позже.")
        response["Retry-After"] = str(RETRY_LATER_SECONDS)
    else:
        logger.error("unforeseen error, reference %s", current_reference.get(), exc_info=error)
        response = problem(500, "Программа не справилась с запросом; ничего не сохранено. Повторите его позже.")
    return response


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> Response:
    """A problem document: type, title, status, detail, the wrong fields, and the reference that the log carries."""
    return ProblemResponse(_document(status, detail, errors), status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no view has seen (a foreign ``Host``): Django's ``handler400``, for clients of the API in their own format."""
    if not request.path_info.startswith(BELOW):
        return errors_pages.bad_request(request, exception)
    detail = "Запрос не разобран; ничего не сохранено."
    if isinstance(exception, DisallowedHost):
        detail = "Адрес в заголовке Host не принадлежит этому серверу. Обращайтесь по адресу, который дал Центр."
    return _outside_of_views(400, detail)


def too_large(limit: int) -> HttpResponse:
    """A form with files that was not even read."""
    return _outside_of_views(413, str(PayloadTooLarge(limit).detail))


def _outside_of_views(status: int, detail: str) -> HttpResponse:
    body = json.dumps(_document(status, detail, None), ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)


def _document(status: int, detail: str, errors: list[dict[str, str]] | None) -> dict[str, Any]:
    return {
        "type": f"urn:mcu:problem:{CODES[status]}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "errors": errors or [],
        "reference": current_reference.get(),
    }


def printable(words: str, limit: int = 100) -> str:
    """A client's own words fit to be sent back: cut, and without halves of characters that UTF-8 cannot carry."""
    cut = words if len(words) <= limit else f"{words[:limit]}…"
    return cut.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _as_known(error: Exception) -> Exception:
    """Django's own exceptions as the framework's."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return PayloadTooLarge()
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return exceptions.ParseError("Запрос не удалось прочитать до конца; ничего не сохранено.")
    return error


def _of_framework(error: exceptions.APIException, context: dict[str, Any]) -> Response:
    status = error.status_code if error.status_code in TITLES else 400
    if isinstance(error, exceptions.ValidationError):
        errors = list(wrong_fields(error.detail))
        shown = errors[:MAX_ERRORS]
        return problem(status, summary(errors), shown)
    if isinstance(error, exceptions.Throttled):
        wait = max(1, math.ceil(getattr(error, "wait", None) or 1))
        response = problem(status, DETAILS[429].format(wait=wait))
        response["Retry-After"] = str(wait)
        return response
    own = str(error.detail) if _has_own_words(error) else ""
    method = getattr(context.get("request"), "method", "") or ""
    kinds = " или ".join(parser.media_type for parser in getattr(context.get("view"), "parser_classes", ()))
    response = problem(status, own or DETAILS.get(status, TITLES[status]).format(method=method, kinds=kinds))
    if isinstance(error, RetryLater):
        response["Retry-After"] = str(error.wait)
    if status == 401:
        response["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    return response


def _has_own_words(error: exceptions.APIException) -> bool:
    """Whether the words were written by us: the framework's defaults are replaced by ``DETAILS``."""
    framework = (
        exceptions.NotAuthenticated, exceptions.PermissionDenied, exceptions.NotFound, exceptions.MethodNotAllowed,
        exceptions.NotAcceptable, exceptions.UnsupportedMediaType,
    )  # fmt: skip
    return not isinstance(error, framework) or (
        isinstance(error, exceptions.PermissionDenied | exceptions.NotFound) and error.detail != error.default_detail
    )


def wrong_fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested errors of a serializer as field paths: «applicant.email»."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else printable(str(name))
            yield from wrong_fields(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list):
        for inner in detail:
            yield from wrong_fields(inner, path)
    else:
        yield {"field": path, "message": str(detail)}


def summary(errors: list[dict[str, str]]) -> str:
    """What to look at, in one line."""
    fields = list(dict.fromkeys(error["field"] for error in errors if error["field"]))
    if not fields:
        return errors[0]["message"] if errors else TITLES[400]
    named = ", ".join(f"«{field}»" for field in fields[:5]) + (" и другие" if len(fields) > 5 else "")
    return f"Запрос не принят, проверьте: {named}."
