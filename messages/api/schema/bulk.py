"""The description of the call that takes many messages in."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers as drf

from mcu.problems import DETAILS
from messages.api import serializers
from messages.api.bulk_body import BODY_MAX, ITEMS_MAX, BulkTooLong
from messages.api.schema import parameters
from messages.api.schema.refusals import NUMBER, POSTED, problems

_STATUSES: Final = (200, 201, 400, 403, 409, 500)


class BulkItemOut(drf.Serializer[Any]):
    """Что стало с одним сообщением."""

    status = drf.ChoiceField(
        choices=_STATUSES,
        help_text="201 — дело заведено, 200 — такое уже принято, 400 — составлено неверно, 403 — источник ключу не доступен, "
        "409 — под этим номером источника принято другое содержание, 500 — не сохранено из-за сбоя.",
    )
    external_id = drf.CharField(allow_blank=True, help_text="Номер сообщения в источнике, как он передан.")
    number = drf.CharField(required=False, help_text="Номер дела: при 200 и 201.")
    detail = drf.CharField(required=False, help_text="Что случилось и что делать: при отказе.")

    def get_fields(self) -> dict[str, drf.Field[Any, Any, Any, Any]]:
        """With «errors», a name that a serializer's own attribute bears."""
        errors = serializers.FieldError(many=True, required=False, help_text="Неверные поля: при отказе.")
        return {**super().get_fields(), "errors": errors}


class BulkOut(drf.Serializer[Any]):
    """Что стало с сообщениями."""

    created = drf.IntegerField(help_text="Заведено дел.")
    repeated = drf.IntegerField(help_text="Уже были приняты с тем же содержанием.")
    refused = drf.IntegerField(help_text="Не принято.")
    items = BulkItemOut(many=True, help_text="По одной записи на сообщение, в том же порядке.")


_ONE: Final = {"source": "im", "external_id": "ИМ-20450", "text": "Не горят фонари у школы."}
_UNKNOWN_FIELD: Final = {"field": "texte", "message": "Неизвестное поле. Возможно, имелось в виду «text»."}
_MISSING_FIELD: Final = {"field": "text", "message": "Обязательное поле."}

push_many = extend_schema(
    operation_id="pushMessages",
    tags=["Сообщения"],
    summary="Передать много сообщений",
    description=(
        f"До {ITEMS_MAX} сообщений и {BODY_MAX // 1024 // 1024} МБ одним вызовом: массив JSON или по сообщению в строке "
        "(`application/x-ndjson`). Каждое принимается так же, как переданное по одному: неверное отвергается одно, остальные "
        "приняты, повтор безопасен. Ответ 200 говорит о каждом в том же порядке. После 429, 503 и обрыва связи повторите "
        "весь запрос: принятое второй раз не заведётся. Если тело не разобрать или сообщений больше, не сохранено ничего."
    ),
    parameters=[parameters.idempotency_key, parameters.replayed, parameters.retry_after],
    request={
        "application/json": serializers.MessageIn(many=True),
        "application/x-ndjson": serializers.MessageIn,
    },
    responses={
        200: OpenApiResponse(BulkOut, description="Что стало с каждым"),
        **problems(
            *POSTED,
            words={
                400: "Тело должно быть массивом JSON: […]. По одному сообщению передают на /api/v1/messages/.",
                409: "Такой вызов с этим Idempotency-Key ещё выполняется. Повторите через 2 с.",
                413: BulkTooLong.default_detail,
                415: DETAILS[415].format(kinds="application/json или application/x-ndjson"),
            },
            fields={},
        ),
    },
    examples=[
        # The generator itself puts it into an array.
        OpenApiExample("Массив сообщений", value=_ONE, request_only=True, media_type="application/json"),
        OpenApiExample(
            "Одно принято, одно нет",
            value={
                "created": 1,
                "repeated": 0,
                "refused": 1,
                "items": [
                    {"status": 201, "external_id": "ИМ-20450", "number": NUMBER},
                    {
                        "status": 400,
                        "external_id": "ИМ-20452",
                        "detail": "Запрос не принят, проверьте: «text», «texte».",
                        "errors": [_MISSING_FIELD, _UNKNOWN_FIELD],
                    },
                ],
            },
            response_only=True,
            status_codes=["200"],
        ),
    ],
)
