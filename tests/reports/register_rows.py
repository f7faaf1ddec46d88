"""A row of each register as a person writes it in the form: what the tests of all registers begin with."""

from __future__ import annotations

from typing import Any, Final

from django.db import models

from blocks.models import Recipient, Settlement, Topic
from reports.registers.definitions import REGISTERS
from tests.cast import Cast

# By register: what is typed. Words in angle brackets stand for rows of the charter.
TYPED: Final[dict[str, dict[str, str]]] = {
    "risks": {
        "noticed_on": "2026-11-16",
        "where": "network",
        "url": "https://vk.com/wall-1_2",
        "summary": "Обсуждают отмену автобуса до посёлка",
        "level": "medium",
        "topic": "<topic>",
        "block": "<roads>",
        "informing": "Разъяснить новое расписание",
    },
    "proposals": {
        "proposed_on": "2026-11-10",
        "proposed_by": "ответственный за обеспечение",
        "text": "Добавить рейс до посёлка",
        "addressed_to": "district_head",
        "topic": "<topic>",
        "block": "<roads>",
    },
    "roadmaps": {
        "roadmap": "Дороги зимой",
        "block": "<roads>",
        "topic": "<topic>",
        "cause": "Не хватает техники",
        "measure": "Заключить договор на второй грейдер",
        "executor": "управление ЖКХ",
        "due_on": "2026-12-01",
    },
    "consultations": {
        "held_on": "2026-11-17",
        "way": "phone",
        "topic": "<topic>",
        "block": "<roads>",
        "summary": "Как узнать график уборки снега",
        "result": "explained",
    },
    "campaigns": {
        "title": "Снег: кто и когда чистит",
        "topic": "<topic>",
        "starts_on": "2026-11-02",
        "ends_on": "2026-11-30",
        "channels": "ВКонтакте, газета",
        "explanation": "График и очередность уборки",
    },
    "publications": {
        "recipient": "<recipient>",
        "network": "ВКонтакте",
        "kind": "post",
        "title": "График уборки снега",
        "published_on": "2026-11-17",
        "url": "https://vk.com/wall-1_3",
        "views": "1200",
        "reactions": "15",
    },
    "decisions": {
        "decided_on": "2026-10-05",
        "title": "Где сделать сквер",
        "way": "vote",
        "via_pos": "1",
        "settlement": "<settlement>",
        "participants": "310",
    },
    "hearings": {
        "held_on": "2026-10-20",
        "title": "Бюджет района на 2027 год",
        "with_pos": "1",
        "participants": "42",
    },
    "practices": {
        "found_on": "2026-09-15",
        "title": "Фото с места за час",
        "block": "<roads>",
        "description": "Дежурный выезжает и снимает до ответа",
        "effect": "Меньше повторных выездов",
    },
    "assessments": {
        "assessed_on": "2026-10-10",
        "since": "2026-07-01",
        "until": "2026-09-30",
        "subject": "Сроки ответов",
        "score": "4,5",
        "scale": "5",
        "document": "ЦУР-15",
    },
}

# What is changed afterwards: a field and its new words.
CHANGED: Final[dict[str, tuple[str, str]]] = {
    "risks": ("level", "low"),
    "proposals": ("text", "Добавить два рейса до посёлка"),
    "roadmaps": ("executor", "служба заказчика"),
    "consultations": ("result", "solved"),
    "campaigns": ("channels", "ВКонтакте, сход граждан"),
    "publications": ("views", "1400"),
    "decisions": ("participants", "320"),
    "hearings": ("participants", "45"),
    "practices": ("spread_to", "Блок ЖКХ"),
    "assessments": ("remarks", "Ответы без фото"),
}


def typed(cast: Cast, code: str) -> dict[str, str]:
    """The form filled in."""
    rows = {
        "<topic>": Topic.objects.filter(center=cast.center, block__code="roads").order_by("pk")[0].pk,
        "<roads>": cast.block("roads").pk,
        "<recipient>": Recipient.objects.filter(center=cast.center, blocks__code="roads").order_by("pk")[0].pk,
        "<settlement>": Settlement.objects.filter(center=cast.center).order_by("pk")[0].pk,
    }
    return {name: str(rows.get(value, value)) for name, value in TYPED[code].items()}


def values(cast: Cast, code: str) -> dict[str, Any]:
    """The same as the service takes it."""
    register = REGISTERS[code]
    found: dict[str, Any] = {}
    for name, value in typed(cast, code).items():
        field = register.of(name)
        if isinstance(field, models.ForeignKey):
            found[name] = field.related_model._default_manager.get(pk=value)
        elif isinstance(field, models.BooleanField):
            found[name] = value == "1"
        else:
            found[name] = field.to_python(value.replace(",", ".") if isinstance(field, models.DecimalField) else value)
    return found
