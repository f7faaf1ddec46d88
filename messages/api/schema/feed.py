"""What the OpenAPI description says of the changes feed."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, OpenApiWebhook, extend_schema
from rest_framework import serializers as drf

from blocks.models import Scope
from messages.api import serializers
from messages.api.access import REFUSED
from messages.api.schema import parameters
from messages.api.schema.messages import ANSWER
from messages.api.schema.refusals import ALWAYS, NUMBER, problems
from messages.api.serializers.queries import MOST_CHANGES
from messages.workflow import State


class ChangeOut(drf.Serializer[Any]):
    """Изменение одного сообщения."""

    position = drf.IntegerField(help_text="Место в ленте.")
    number = drf.CharField(help_text="Номер дела.")
    external_id = drf.CharField(help_text="Номер в источнике.", allow_blank=True)
    what = drf.CharField(
        help_text="Что произошло: created — принято, assign — передано в блок, interim — промежуточный ответ, "
        "extend — срок продлён, send — ответ направлен, close — закрыто, redirect, dismiss, reopen и другие шаги."
    )
    at = drf.DateTimeField(help_text="Когда.")
    state = drf.ChoiceField(choices=State.choices, help_text="Состояние после этого.")
    state_name = drf.CharField(help_text="Состояние словами.")
    answer = serializers.AnswerOut(required=False, help_text="Только у send.")
    promised_at = drf.DateTimeField(required=False, help_text="Только у interim: когда обещан ответ.")
    extended_days = drf.IntegerField(required=False, help_text="Только у extend: на сколько дней продлено.")
    outcome = drf.CharField(required=False, help_text="Только у close: итог.")

    def get_fields(self) -> dict[str, drf.Field[Any, Any, Any, Any]]:
        """With «source», a name that a serializer's own attribute bears."""
        return {**super().get_fields(), "source": drf.CharField(help_text="Код источника.")}


class ChangesOut(drf.Serializer[Any]):
    """Изменения по порядку."""

    changes = ChangeOut(many=True, help_text="Изменения после указанного места.")
    next = drf.IntegerField(help_text="Место, с которого читать дальше: передайте его в after.")
    more = drf.BooleanField(help_text="Есть ли уже следующие.")


_ANSWERED: Final = {
    "position": 1042,
    "number": NUMBER,
    "external_id": "ИМ-20451",
    "source": "im",
    "what": "send",
    "at": "2026-11-17T11:25:00+05:00",
    "state": "answered",
    "state_name": "Ответ направлен",
    "answer": ANSWER,
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
    parameters=[serializers.ChangesQuery, parameters.retry_after],
    responses={
        200: OpenApiResponse(ChangesOut, description="Изменения"),
        **problems(
            *ALWAYS,
            words={403: REFUSED[Scope.READ]},
            fields={400: [{"field": "limit", "message": f"Нужно целое число от 1 до {MOST_CHANGES}."}]},
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


class Told(drf.Serializer[Any]):
    """Новые изменения, по порядку ленты; ещё раз, если в прошлый раз их не приняли."""

    type = drf.ChoiceField(choices=[("changes", "изменения"), ("test", "проба")], help_text="test — только проба.")
    changes = ChangeOut(many=True, required=False, help_text="Изменения.")
    next = drf.IntegerField(required=False, help_text="Место последнего из них в ленте.")
    at = drf.DateTimeField(required=False, help_text="Только у пробы: когда.")


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
