"""The description of the Center's lists that messages refer to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers as drf

from messages.api import serializers
from messages.api.schema import parameters
from messages.api.schema.refusals import problems

View = TypeVar("View", bound=Callable[..., Any])


def _list(
    name: str, summary: str, description: str, out: type[drf.Serializer[Any]], example: dict[str, Any]
) -> Callable[[View], View]:
    return extend_schema(
        operation_id=name,
        tags=["Справочники"],
        summary=summary,
        description=f"{description} Меняется редко: передавайте If-None-Match.",
        parameters=[parameters.if_none_match, parameters.etag, parameters.retry_after],
        responses={
            200: OpenApiResponse(out, description="Весь список"),
            304: OpenApiResponse(description="С тех пор не изменился"),
            **problems(400, 401, 406, 429, 503),
        },
        examples=[OpenApiExample("Одна строка", value={"items": [example]}, response_only=True, status_codes=["200"])],
    )


topics = _list(
    "listTopics",
    "Темы",
    "Действующие темы Центра: `code` или `name` передаётся в поле `topic` сообщения.",
    serializers.TopicsOut,
    {
        "code": "garbage",
        "name": "Вывоз мусора",
        "block": {"code": "housing", "name": "Жилищно-коммунальное хозяйство"},
        "classifier_code": "0005.0005.0056.1162",
        "fast_track": False,
    },
)
settlements = _list(
    "listSettlements",
    "Населённые пункты",
    "Населённые пункты Центра: `code` или `name` передаётся в поле `settlement` сообщения.",
    serializers.SettlementsOut,
    {
        "code": "oktyabrskoye",
        "name": "Октябрьское",
        "kind": "пгт.",
        "parent": "г.п. Октябрьское",
        "lat": 62.4589,
        "lon": 66.0461,
    },
)
sources = _list(
    "listSources",
    "Источники",
    "Источники, к которым привязан клиент: `code` передаётся в поле `source` сообщения.",
    serializers.SourcesOut,
    {"code": "im", "name": "Система «Инцидент Менеджмент»", "short": "ИМ", "regime": "message"},
)
