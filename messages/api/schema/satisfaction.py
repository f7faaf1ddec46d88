"""The description of passing on what an applicant says of the answer."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from messages.api import serializers
from messages.api.schema import parameters
from messages.api.schema.refusals import NUMBER, POSTED, problems

rate = extend_schema(
    operation_id="rateAnswer",
    tags=["Сообщения"],
    summary="Передать оценку ответа",
    description=(
        "Что заявитель сказал об ответе: от 1 до 5 и, если есть, слова. Только для сообщений, переданных этим клиентом, "
        "и только когда ответ направлен. Повтор с тем же содержанием безопасен и даёт 200; другая оценка того же ответа — "
        "409, остаётся первая. После возобновления новый ответ оценивается заново."
    ),
    parameters=[parameters.number, parameters.idempotency_key, parameters.replayed, parameters.retry_after],
    request=serializers.SatisfactionIn,
    responses={
        201: OpenApiResponse(serializers.SatisfactionOut, description="Оценка принята"),
        200: OpenApiResponse(serializers.SatisfactionOut, description="Такая оценка уже принята"),
        **problems(
            *POSTED,
            404,
            words={
                400: "Запрос не принят, проверьте: «score».",
                409: "Этот ответ уже оценён на 4: оценка ставится один раз и не меняется.",
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
