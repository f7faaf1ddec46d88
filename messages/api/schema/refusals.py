"""Every problem that a call may come back with, as the OpenAPI description shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from blocks.models import Scope
from mcu.problems import CODES, DETAILS, MEDIA_TYPE, TITLES, LengthRequired, PayloadTooLarge, PreconditionFailed
from messages.api import serializers
from messages.api.access import REFUSED

NUMBER: Final = "ОКТ-2026-000123"

_WORDS: Final = {
    400: "Запрос не принят, проверьте: «limit».",
    401: "Ключ неизвестен или заблокирован. Новый ключ выдаёт технический специалист Центра.",
    403: REFUSED[Scope.PUSH],
    404: "Среди сообщений, доступных этому ключу, такого номера нет.",
    406: DETAILS[406],
    409: f"Сообщение источника с этим номером уже принято под номером {NUMBER} с другим содержанием; оставлено прежнее.",
    411: LengthRequired.default_detail,
    412: PreconditionFailed.default_detail,
    413: str(PayloadTooLarge().detail),
    415: DETAILS[415].format(kinds="application/json"),
    422: "Под этим Idempotency-Key уже был другой вызов. Возьмите новый ключ; ничего не сделано.",
    429: DETAILS[429].format(wait=17),
    503: "Запрос не выполнен: база данных не отвечает. Повторите его позже.",
}
_WRONG_LIMIT: Final = {400: [{"field": "limit", "message": "Нужно целое число от 1 до 200."}]}
# What any call with a key may come back with.
ALWAYS: Final = (400, 401, 403, 406, 429, 503)
# What, besides, any call with a body may.
POSTED: Final = (*ALWAYS, 409, 411, 413, 415, 422)


def problems(
    *statuses: int,
    words: Mapping[int, str] | None = None,
    fields: Mapping[int, list[dict[str, str]]] | None = None,
) -> dict[tuple[int, str], OpenApiResponse]:
    """Responses of these statuses with an example each; ``words`` and ``fields`` say what is particular to the call."""
    said, wrong = {**_WORDS, **(words or {})}, _WRONG_LIMIT if fields is None else fields
    return {
        (status, MEDIA_TYPE): OpenApiResponse(
            serializers.Problem,
            description=TITLES[status],
            examples=[_example(status, said[status], wrong.get(status, []))],
        )
        for status in sorted(set(statuses))
    }


def _example(status: int, detail: str, errors: list[dict[str, str]]) -> OpenApiExample:
    return OpenApiExample(
        TITLES[status],
        value={
            "type": f"urn:mcu:problem:{CODES[status]}",
            "title": TITLES[status],
            "status": status,
            "detail": detail,
            "errors": errors,
            "reference": "9F3A01BC",
        },
        response_only=True,
        status_codes=[str(status)],
        media_type=MEDIA_TYPE,
    )
