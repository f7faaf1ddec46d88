"""Headers and places in an address that several calls share, for the OpenAPI description."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from messages.api.idempotency import KEY
from messages.api.schema.refusals import NUMBER

_KEY: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": f"^{KEY.pattern}$"}

number: Final = OpenApiParameter("number", str, OpenApiParameter.PATH, description=f"Номер дела, например {NUMBER}.")
idempotency_key: Final = OpenApiParameter(
    "Idempotency-Key",
    _KEY,
    OpenApiParameter.HEADER,
    description=(
        "Свой ключ вызова, например UUID. Повтор с тем же ключом и тем же телом в течение суток получает прежний ответ с "
        "заголовком `Idempotent-Replayed: true`, с другим телом — 422; пока первый вызов выполняется — 409. Ответы 5xx и 429 "
        "не запоминаются."
    ),
)
if_none_match: Final = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="ETag прошлого ответа: если ничего не изменилось, ответ 304 без тела.",
)
if_match: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="ETag прочитанного сообщения: если оно с тех пор изменилось, ответ 412 и ничего не меняется.",
)
etag: Final = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Редакция ответа, для If-None-Match и If-Match."
)
replayed: Final = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="Есть, когда ответ дан прежний, по Idempotency-Key.",
)
location: Final = OpenApiParameter(
    "Location", OpenApiTypes.URI_REF, OpenApiParameter.HEADER, response=[201], description="Адрес созданного."
)
retry_after: Final = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Через сколько секунд повторить.",
)
