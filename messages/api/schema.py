"""What the OpenAPI description says of each call: words, examples and every problem that may come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from mcu.problems import CODES, MEDIA_TYPE, TITLES
from messages.api import serializers

NUMBER: Final = "ОКТ-2026-000123"

_TERM: Final = {
    "kind": "register",
    "title": "Регистрация обращения",
    "due_at": "2026-11-19T23:59:59+05:00",
    "met_at": None,
    "breached_at": None,
}
_TAKEN: Final = {
    "number": NUMBER,
    "state": "received",
    "state_name": "Поступило",
    "regime": "message",
    "fast_track": False,
    "received_at": "2026-11-16T09:30:00+05:00",
    "deadlines": [_TERM],
    "links": {"self": f"/api/v1/messages/{NUMBER}/"},
}
_FULL: Final = {
    "source": "im",
    "external_id": "ИМ-20451",
    "text": "На улице Ленина третий день не вывозят мусор, контейнеры переполнены.",
    "received_at": "2026-11-16T09:30:00+05:00",
    "topic": "Вывоз мусора",
    "settlement": "пгт. Октябрьское",
    "address": "ул. Ленина, 4",
    "lat": 62.4589,
    "lon": 66.0461,
    "url": "https://vk.com/wall-1_2451",
    "applicant": {"name": "Петрова Мария Ивановна", "email": "petrova@example.org", "type": "citizen"},
}
_WORDS: Final = {
    400: "Сообщение не принято, проверьте: «received_at», «texte».",
    401: "Ключ неизвестен или заблокирован. Новый ключ выдаёт технический специалист Центра.",
    403: "Ключ клиента не даёт передавать сообщения источника «pos».",
    404: "Среди сообщений, переданных с этим ключом, такого номера нет.",
    409: f"Сообщение источника с этим номером уже принято под номером {NUMBER} с другим содержанием; оставлено прежнее.",
    413: "Тело запроса больше 1024 КБ; ничего не сохранено.",
    415: "Тело должно быть JSON: заголовок Content-Type: application/json.",
    429: "Повторите через 17 с.",
    503: "Сообщение не принято: база данных не отвечает. Повторите запрос позже.",
}
_FIELDS: Final = {
    400: [
        {"field": "received_at", "message": "Нужны дата и время по ISO 8601, например 2026-11-16T09:30:00+05:00."},
        {"field": "texte", "message": "Неизвестное поле. Возможно, имелось в виду «text»."},
    ],
}


def _problems(
    *statuses: int, words: Mapping[int, str] | None = None, fields: Mapping[int, list[dict[str, str]]] | None = None
) -> dict[tuple[int, str], OpenApiResponse]:
    said, wrong = {**_WORDS, **(words or {})}, _FIELDS if fields is None else fields
    return {
        (status, MEDIA_TYPE): OpenApiResponse(
            serializers.Problem,
            description=TITLES[status],
            examples=[
                OpenApiExample(
                    TITLES[status],
                    value={
                        "type": f"urn:mcu:problem:{CODES[status]}",
                        "title": TITLES[status],
                        "status": status,
                        "detail": said[status],
                        "errors": wrong.get(status, []),
                        "reference": "9F3A01BC",
                    },
                    response_only=True,
                    status_codes=[str(status)],
                    media_type=MEDIA_TYPE,
                )
            ],
        )
        for status in statuses
    }


push = extend_schema(
    operation_id="pushMessage",
    tags=["Сообщения"],
    summary="Передать сообщение",
    description=(
        "Принимает сообщение и заводит дело. Повтор с теми же `source` и `external_id` безопасен: то же содержание даёт "
        "200 и прежний номер, другое — 409, и остаётся принятое первым. Неизвестное поле — "
        "ошибка 400. После 429 и 503 повторите запрос через время из заголовка `Retry-After`."
    ),
    request=serializers.MessageIn,
    responses={
        201: OpenApiResponse(serializers.TakenOut, description="Дело заведено"),
        200: OpenApiResponse(serializers.TakenOut, description="Такое сообщение уже принято; номер прежний"),
        **_problems(400, 401, 403, 409, 413, 415, 429, 503),
    },
    examples=[
        OpenApiExample(
            "Самое короткое",
            value={"source": "im", "external_id": "ИМ-20450", "text": "Не горят фонари у школы."},
            request_only=True,
        ),
        OpenApiExample("Со всеми сведениями", value=_FULL, request_only=True),
        OpenApiExample(
            "Обращение по 59-ФЗ",
            value={"source": "fz59", "external_id": "Э-118/26", "text": "Прошу отремонтировать дорогу.", "kind": "appeal"},
            request_only=True,
        ),
        OpenApiExample("Принято", value=_TAKEN, response_only=True, status_codes=["200", "201"]),
    ],
)

read = extend_schema(
    operation_id="readMessage",
    tags=["Сообщения"],
    summary="Узнать состояние и ответ",
    description="Только сообщения, переданные с этим ключом.",
    parameters=[OpenApiParameter("number", str, OpenApiParameter.PATH, description=f"Номер дела, например {NUMBER}.")],
    responses={
        200: OpenApiResponse(serializers.MessageOut, description="Сообщение"),
        **_problems(401, 404, 429, 503),
    },
    examples=[
        OpenApiExample(
            "Ответ направлен",
            value={
                **_TAKEN,
                "state": "answered",
                "state_name": "Ответ направлен",
                "external_id": "ИМ-20451",
                "source": "im",
                "answer": {
                    "text": "Мусор вывезен 17 ноября, график вывоза восстановлен.",
                    "answered_at": "2026-11-17T11:20:00+05:00",
                    "url": "https://vk.com/wall-1_2451?reply=2460",
                },
            },
            response_only=True,
            status_codes=["200"],
        )
    ],
)

rate = extend_schema(
    operation_id="rateAnswer",
    tags=["Сообщения"],
    summary="Передать оценку ответа",
    description=(
        "Что заявитель сказал об ответе: от 1 до 5 и, если есть, слова. Только для сообщений, переданных с этим ключом, "
        "и только когда ответ направлен. Повтор с тем же содержанием безопасен и даёт 200; другая оценка того же ответа — "
        "409, остаётся первая. После возобновления новый ответ оценивается заново."
    ),
    parameters=[OpenApiParameter("number", str, OpenApiParameter.PATH, description=f"Номер дела, например {NUMBER}.")],
    request=serializers.SatisfactionIn,
    responses={
        201: OpenApiResponse(serializers.SatisfactionOut, description="Оценка принята"),
        200: OpenApiResponse(serializers.SatisfactionOut, description="Такая оценка уже принята"),
        **_problems(
            400,
            401,
            404,
            409,
            413,
            415,
            429,
            503,
            words={
                400: "Сообщение не принято, проверьте: «score».",
                409: "Этот ответ уже оценён на 4: оценка ставится один раз и не меняется.",
                503: "Оценка не принята: база данных не отвечает. Повторите запрос позже.",
            },
            fields={400: [{"field": "score", "message": "Не больше 5."}]},
        ),
    },
    examples=[
        OpenApiExample("Только оценка", value={"score": 5}, request_only=True),
        OpenApiExample("Оценка и слова", value={"score": 2, "text": "Фонарь горел один вечер."}, request_only=True),
        OpenApiExample(
            "Принята",
            value={
                "number": NUMBER,
                "score": 2,
                "text": "Фонарь горел один вечер.",
                "rated_at": "2026-11-18T18:40:00+05:00",
            },
            response_only=True,
            status_codes=["200", "201"],
        ),
    ],
)
