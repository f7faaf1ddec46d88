"""Which Center is meant (``jurisdiction_id``) and what may be reported to it: its open topics as services."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Max
from rest_framework import exceptions

from blocks.models import ApiClient, Center, CharterLoad, Topic
from mcu.problems import printable

OTHER: Final = "other"  # for whoever does not find his topic; a Center's own topic of this code stands before it
OTHER_NAME: Final = "Другой вопрос"
OTHER_GROUP: Final = "Другое"


def center_of(said: str, client: ApiClient | None) -> Center:
    """The Center by its ``jurisdiction_id``; without one the key's, or the only one of the installation. One query at most.

    404 for an unknown one, 400 where it must be named, 403 where the key is another Center's.
    """
    if not said:
        return client.center if client else _only()
    if client is not None and client.center.slug == said:
        return client.center
    center = Center.objects.filter(slug=said, closed_at__isnull=True).first() if "\x00" not in said else None
    if center is None:
        raise exceptions.NotFound(f"jurisdiction_id «{printable(said)}»: такого Центра здесь нет.")
    if client is not None:
        raise exceptions.PermissionDenied(f"Этот ключ выдан не Центром «{center.slug}».")
    return center


def services(center: Center) -> list[dict[str, Any]]:
    """Open topics by their blocks, and «другой вопрос». One query."""
    topics = open_topics(center)
    listed = [_service(topic) for topic in topics]
    if not any(topic.code == OTHER for topic in topics):
        listed.append(
            _listed(OTHER, OTHER_NAME, "Вопрос, для которого в списке нет темы; её определит сотрудник.", "", OTHER_GROUP)
        )
    return listed


def open_topics(center: Center) -> list[Topic]:
    """The topics that are in force, in the order of the charter, each with its block. One query."""
    rows = Topic.objects.filter(center=center, closed_at__isnull=True).select_related("block")
    return list(rows.order_by("block__order", "block_id", "order", "id"))


def service_topic(center: Center, code: str) -> Topic | None:
    """The topic meant by a ``service_code``; None for «другой вопрос». 404 for an unknown one. One query."""
    found = Topic.objects.filter(center=center, code=code, closed_at__isnull=True).first() if "\x00" not in code else None
    if found is None and code != OTHER:
        raise exceptions.NotFound(f"service_code «{printable(code)}»: такой темы у Центра «{center.slug}» нет.")
    return found


def changed_at() -> datetime | None:
    """When the lists of services last changed: the last charter or list that changed something. One query."""
    moment: datetime | None = CharterLoad.objects.aggregate(at=Max("at"))["at"]
    return moment


def _only() -> Center:
    centers = list(Center.objects.filter(closed_at__isnull=True).order_by("pk")[:2])
    if len(centers) != 1:
        raise exceptions.ParseError("Не указан jurisdiction_id: здесь работают несколько Центров, назовите нужный.")
    return centers[0]


def _service(topic: Topic) -> dict[str, Any]:
    description = f"{topic.name}. Отвечает «{topic.block.name}»."
    return _listed(topic.code, topic.name, description, ", ".join(topic.keywords), topic.block.name)


def _listed(code: str, name: str, description: str, keywords: str, group: str) -> dict[str, Any]:
    return {
        "service_code": code,
        "service_name": name,
        "description": description,
        "metadata": False,
        "type": "realtime",
        "keywords": keywords or None,
        "group": group,
    }
