"""What the OpenAPI description says of the changes feed."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, OpenApiWebhook, extend_schema
from rest_framework import serializers

from messages.api.schema import ALWAYS, NUMBER, problems
from messages.workflow import State


class ChangeAnswer(serializers.Serializer[Any]):
    """Направленный ответ."""

    text = serializers.CharField(help_text="Текст ответа.")
    url = serializers.CharField(help_text="Где размещён; пусто, если доставлен иначе.", allow_blank=True)
    answered_at = serializers.DateTimeField(help_text="Когда размещён.")


class ChangeOut(serializers.Serializer[Any]):
    """Изменение одного сообщения."""

    position = serializers.IntegerField(help_text="Место в ленте.")
    number = serializers.CharField(help_text="Номер дела.")
    external_id = serializers.CharField(help_text="Номер в источнике.", allow_blank=True)
    what = serializers.CharField(
        help_text="Что произошло: created — принято, assign — передано в блок, interim — промежуточный ответ, "
        "extend — срок продлён, send — ответ направлен, close — закрыто, redirect, dismiss, reopen и другие шаги."
    )
    at = serializers.DateTimeField(help_text="Когда.")
    state = serializers.ChoiceField(choices=State.choices, help_text="Состояние после этого.")
    state_name = serializers.CharField(help_text="Состояние словами.")
    answer = ChangeAnswer(required=False, help_text="Только у send.")
    promised_at = serializers.DateTimeField(required=False, help_text="Только у interim: когда обещан ответ.")
    extended_days = serializers.IntegerField(required=False, help_text="Только у extend: на сколько дней продлено.")
    outcome = serializers.CharField(required=False, help_text="Только у close: итог.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «source», a name that a serializer's own attribute bears."""
        return {**super().get_fields(), "source": serializers.CharField(help_text="Код источника.")}


class ChangesOut(serializers.Serializer[Any]):
    """Изменения по порядку."""

    changes = ChangeOut(many=True, help_text="Изменения после указанного места.")
    next = serializers.IntegerField(help_text="Место, с которого читать дальше: передайте его в after.")
    more = serializers.BooleanField(help_text="Есть ли уже следующие.")


_ANSWERED: Final = {
    "position": 1042,
    "number": NUMBER,
    "external_id": "ИМ-20451",
    "source": "im",
    "what": "send",
    "at": "2026-11-17T11:25:00+05:00",
    "state": "answered",
    "state_name": "Ответ направлен",
    "answer": {
        "text": "Мусор вывезен 17 ноября, график вывоза восстановлен.",
        "url": "https://vk.com/wall-1_2451?reply=2460",
        "answered_at": "2026-11-17T11:20:00+05:00",
    },
}

changes = extend_schema(
    operation_id="listChanges",
    tags=["Лента изменений"],
    summary="Узнать, что изменилось",
    description=(
        "Изменения по порядку и без пропусков: прочитайте, запомните `next`, спросите снова с `after`. Каждое изменение "
        "встречается один раз, изменения одного сообщения идут в том порядке, в каком были. Номера мест растут, но идут не "
        "подряд. С правом `read` — только переданное этим клиентом, с `read_all` — всё по его источникам, без контактов."
    ),
    parameters=[
        OpenApiParameter(
            "after",
            {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**63 - 1, "default": 0},
            description="Место, до которого лента уже прочитана; без параметра — с начала.",
        ),
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200},
            description="Сколько изменений дать за раз.",
        ),
    ],
    responses={
        200: OpenApiResponse(ChangesOut, description="Изменения"),
        **problems(
            *ALWAYS,
            words={
                400: "Изменения не прочитаны: проверьте параметры адреса.",
                403: "Этот ключ только передаёт сообщения: читать их он не может. Права ключа меняет технический специалист.",
            },
            fields={400: [{"field": "limit", "message": "Нужно целое число от 1 до 1000."}]},
        ),
    },
    examples=[
        OpenApiExample(
            "Ответ направлен",
            value={"changes": [_ANSWERED], "next": 1042, "more": False},
            response_only=True,
            status_codes=["200"],
        )
    ],
)


class Told(serializers.Serializer[Any]):
    """Новые изменения, по порядку ленты; ещё раз, если в прошлый раз их не приняли."""

    type = serializers.ChoiceField(choices=[("changes", "изменения"), ("test", "проба")], help_text="test — только проба.")
    changes = ChangeOut(many=True, required=False, help_text="Изменения.")
    next = serializers.IntegerField(required=False, help_text="Место последнего из них в ленте.")
    at = serializers.DateTimeField(required=False, help_text="Только у пробы: когда.")


told = OpenApiWebhook(
    "changes",
    extend_schema(
        tags=["Лента изменений"],
        summary="Новые изменения",
        description=(
            "Приходит на адрес, который технический специалист добавил на странице «Программы и ключи». Подпись — по схеме "
            "Standard Webhooks: `Webhook-Signature` — это `v1,` и base64 от HMAC-SHA256 строки "
            "`<Webhook-Id>.<Webhook-Timestamp>.<тело>`; ключ — секрет `whsec_…` после приставки, раскодированный из base64. "
            "Повтор приходит под тем же `Webhook-Id`. Принятым считается только ответ 200–299 за 10 секунд, переадресации "
            "не выполняются. Не принятое повторяется с растущими паузами; через трое суток оповещение выключается, место в "
            "ленте остаётся."
        ),
        request=Told,
        responses={"2XX": OpenApiResponse(description="Принято")},
    ),
)
