"""Pages for what went wrong: each says what happened, what was kept and what to do, and carries the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from mcu.errors import DomainError, Invalid

# Fields in which people write at length.
WRITTEN: Final = ("text", "comment", "reason", "note", "addressee")


def typed_in(request: HttpRequest) -> list[str]:
    """What a signed-in person has written and would lose with the form, to be shown where the form is no longer."""
    if request.method != "POST" or not getattr(request, "user", None) or not request.user.is_authenticated:
        return []
    return [words for name in WRITTEN if (words := request.POST.get(name, "").strip())]


@dataclass(frozen=True, slots=True)
class About:
    """What an address is about: what it is called when it has changed, and the way back to it."""

    changed: str = "Дело уже изменилось"
    way_out: str = "/"
    label: str = "Открыть «Мой стол»"


_CASE: Final = About()


def _about(request: HttpRequest) -> About:
    """By the names of the address; a case unless they say otherwise."""
    match = getattr(request, "resolver_match", None)
    if match is None or match.namespace != "reports":
        return _CASE
    named, center = match.kwargs, match.kwargs.get("center", "")
    if "kind" in named:
        address = reverse("reports:report", args=[center, named["kind"], named["code"]])
        return About("Отчёт уже изменился", address, "Открыть отчёт")
    register = named.get("register", "roadmaps" if match.url_name == "roadmap_approve" else "")
    if register and "row" in named:
        address = reverse("reports:register_row", args=[center, register, named["row"]])
        return About("Запись уже изменилась", address, "Открыть запись")
    if register:
        return About("Реестр уже изменился", reverse("reports:register", args=[center, register]), "Открыть реестр")
    return About("Отчёты уже изменились", reverse("reports:index", args=[center]), "Открыть отчёты")


def _page(
    request: HttpRequest, status: int, title: str, words: str, typed: list[str] | None = None, *, about: About = _CASE
) -> HttpResponse:
    context = {
        "about": about,
        "title": title,
        "words": words,
        "reference": getattr(request, "reference", ""),
        "status": status,
        "typed": typed or [],
    }
    return render(request, "errors/error.html", context, status=status)


def domain_error(request: HttpRequest, error: DomainError, status: int) -> HttpResponse:
    """A refusal that a service foresaw. Views with a form of their own catch it first and keep what was typed."""
    words = error.message
    if isinstance(error, Invalid) and error.fields:
        words = " ".join([words, *error.fields.values()])
    about = _about(request)
    titles = {
        400: "Проверьте введённое",
        403: "Этого сделать нельзя",
        404: "Такой страницы нет",
        409: about.changed,
    }
    return _page(request, status, titles[status], words, typed_in(request), about=_CASE if status == 404 else about)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, TooManyFilesSent):
        words = "За один раз приложено слишком много файлов. Ничего не сохранено: вернитесь назад и приложите их по частям."
        return _page(request, 400, "Слишком много файлов", words)
    if isinstance(exception, RequestDataTooBig):
        words = "Текст длиннее, чем принимает программа. Ничего не сохранено: вернитесь назад и сократите его."
        return _page(request, 413, "Слишком длинный текст", words)
    return _page(request, 400, "Запрос не разобран", "Вернитесь на предыдущую страницу и повторите действие.")


def too_large(request: HttpRequest, *, size: int, limit: int) -> HttpResponse:
    """More than a page takes at once; ``limit`` of 0: the page takes no files at all. The form itself was not read."""
    mega = 1024 * 1024
    words = f"Файлы вместе — {-(-size // mega)} МБ, за один раз принимается до {limit // mega} МБ, один файл — до 20 МБ."
    if not limit:
        words = "Эта страница не принимает файлы такого размера."
    words += " Ничего не сохранено. Вернитесь назад: написанное осталось в форме; файлы сожмите или приложите по одному."
    return _page(request, 413, "Слишком большая отправка", words)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    words = "Для этой страницы у вас нет роли. Если она нужна для работы, обратитесь к руководителю Центра."
    return _page(request, 403, "Сюда нельзя", words, typed_in(request))


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The address of a button opened as a page: after signing in anew, or from the browser's history."""
    words = "Это адрес кнопки, а не страницы. Вернитесь назад или откройте нужное сообщение из списка."
    page = _page(request, 405, "Здесь нечего открывать", words)
    page.headers["Allow"] = response.headers.get("Allow", "")
    return page


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    words = "Её нет, либо она не относится к вашей работе. Проверьте адрес или найдите сообщение по номеру."
    return _page(request, 404, "Такой страницы нет", words, typed_in(request))


def server_error(request: HttpRequest) -> HttpResponse:
    words = (
        "Программа не справилась с этим действием; в данных ничего не изменилось. "
        "Повторите его, а если не поможет — сообщите номер случая техническому специалисту Центра."
    )
    # Without the request: what the frame of a page reads may be the very thing that is broken.
    context = {
        "title": "Не получилось",
        "words": words,
        "reference": getattr(request, "reference", ""),
        "status": 500,
        "about": _CASE,
    }
    return HttpResponse(render_to_string("errors/error.html", context), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = "После того как вы открыли эту страницу, вы входили заново. Ничего не сделано: откройте её ещё раз и повторите."
    return _page(request, 403, "Страница устарела", words, typed_in(request))
