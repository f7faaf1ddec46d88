"""«Настройки»: what of the Center a person may set, in one list; each page stands by itself and asks for its roles again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from blocks.access import CenterRequest, center_page
from blocks.roles import Role
from blocks.selectors.frame import SETTERS
from blocks.views.lists import KEEPERS as LIST_KEEPERS
from messages.policies import CONTACT_ROLES, LESSON_KEEPERS, MAILBOX_KEEPERS, TEMPLATE_KEEPERS
from messages.views.imports.pages import ROLES as IMPORTERS


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of settings: where it leads, what it is for, and whom it is shown to (none: everybody of the list)."""

    title: str
    about: str
    view: str
    roles: tuple[Role, ...] = SETTERS


CHANNELS: Final[tuple[Entry, ...]] = (
    Entry(
        "Программы и ключи",
        "кто передаёт и читает сообщения по REST, ключи, вызовы, оповещения",
        "messages:clients",
        (Role.TECH, Role.HEAD),
    ),
    Entry(
        "Внести из файла",
        "выгрузки «Инцидент Менеджмент» и ПОС, реестр «Дела», таблица, выгруженная отсюда",
        "messages:imports",
        IMPORTERS,
    ),
    Entry(
        "Почтовые ящики",
        "письма граждан, которые сами становятся сообщениями",
        "messages:mailboxes",
        MAILBOX_KEEPERS,
    ),
)
SORTING: Final[tuple[Entry, ...]] = (
    Entry(
        "Автоправила",
        "какие сообщения сами идут в блок, сколько раз правила ошиблись",
        "messages:auto-rules",
        CONTACT_ROLES,
    ),
    Entry(
        "Подсказки",
        "блок, тема и получатель по прежним решениям: насколько точны, когда выучены",
        "messages:lessons",
        LESSON_KEEPERS,
    ),
)
LISTS: Final = (
    Entry(
        "Списки",
        "состав, темы и получатели: скачать таблицей, внести из файла",
        "lists:lists",
        LIST_KEEPERS,
    ),
    Entry("Правила сроков", "сколько дней и часов даётся на каждый шаг, кого предупреждать", "messages:rules"),
    Entry(
        "Шаблоны ответов",
        "тексты, с которых начинают ответ",
        "messages:templates",
        TEMPLATE_KEEPERS,
    ),
)
GROUPS: Final = (
    ("Откуда приходят сообщения", CHANNELS),
    ("Разбор", SORTING),
    ("Сроки, ответы и списки", LISTS),
)


@require_GET
@center_page(*SETTERS)
def settings(request: CenterRequest) -> HttpResponse:
    """The list, by groups, of what this person's roles keep."""
    groups = [
        (
            title,
            [
                {"title": entry.title, "about": entry.about, "url": reverse(entry.view, args=[request.center.slug])}
                for entry in entries
                if request.actor.has(*entry.roles)
            ],
        )
        for title, entries in GROUPS
    ]
    return render(request, "messages/settings.html", {"groups": [(title, rows) for title, rows in groups if rows]})
