"""The description of the files of a message."""

from __future__ import annotations

from typing import Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from mcu.problems import DETAILS, PayloadTooLarge
from mcu.uploads import kinds
from messages.api import serializers
from messages.api.files import MAX_BODY
from messages.api.schema import parameters
from messages.api.schema.refusals import NUMBER, POSTED, problems

_FILE: Final = {
    "id": 4127,
    "kind": "message",
    "name": "контейнеры.jpg",
    "content_type": "image/jpeg",
    "size": 184_302,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uploaded_at": "2026-11-16T09:31:00+05:00",
    "links": {"self": f"/api/v1/messages/{NUMBER}/attachments/4127/"},
}
_TAGS: Final = ["Файлы"]

listed = extend_schema(
    operation_id="listAttachments",
    tags=_TAGS,
    summary="Файлы сообщения",
    description=(
        "Файлы, переданные этим клиентом, и файлы, ушедшие заявителю с ответом. Только у сообщений, переданных этим клиентом."
    ),
    parameters=[parameters.number, parameters.retry_after],
    responses={
        200: OpenApiResponse(serializers.AttachmentsOut, description="Файлы, раньше переданные — первыми"),
        **problems(401, 403, 404, 406, 429, 503),
    },
    examples=[OpenApiExample("Одна фотография", value={"items": [_FILE]}, response_only=True, status_codes=["200"])],
)

add = extend_schema(
    operation_id="addAttachment",
    tags=_TAGS,
    summary="Передать файл к сообщению",
    description=(
        "Один файл, не больше 20 МБ: изображение, PDF, документ, таблица, текст. Судят по содержанию, а не по имени; "
        "из фотографий убирается место съёмки. Тот же файл ещё раз — 200 и прежняя запись. Нужно право `push`; "
        "файлы принимаются, пока сообщение не завершено, всего не больше 20."
    ),
    parameters=[
        parameters.number,
        parameters.idempotency_key,
        parameters.location,
        parameters.replayed,
        parameters.retry_after,
    ],
    request={"multipart/form-data": serializers.FileIn},
    responses={
        201: OpenApiResponse(serializers.AttachmentOut, description="Файл принят"),
        200: OpenApiResponse(serializers.AttachmentOut, description="Такой файл у сообщения уже есть"),
        **problems(
            *POSTED,
            404,
            words={
                400: "Файл «отчёт.exe» не принят: такие файлы не принимаются.",
                409: "Дело завершено: файлы к нему больше не принимаются.",
                413: str(PayloadTooLarge(MAX_BODY).detail),
                415: DETAILS[415].format(kinds="multipart/form-data"),
            },
            fields={400: [{"field": "file", "message": "Файл «отчёт.exe» не принят: такие файлы не принимаются."}]},
        ),
    },
    examples=[OpenApiExample("Принят", value=_FILE, response_only=True, status_codes=["200", "201"])],
)

download = extend_schema(
    operation_id="downloadAttachment",
    tags=_TAGS,
    summary="Получить файл",
    description="Файл целиком, с его видом в Content-Type.",
    parameters=[
        parameters.number,
        OpenApiParameter(
            "file_id", {"type": "integer", "minimum": 1}, OpenApiParameter.PATH, description="Номер файла из списка."
        ),
        parameters.if_none_match,
        parameters.etag,
        parameters.retry_after,
    ],
    responses={
        **{(200, one.content_type): OpenApiTypes.BINARY for one in kinds.ALL},
        304: OpenApiResponse(description="С тех пор не изменился"),
        **problems(
            401, 403, 404, 406, 429, 503, words={404: "Такого файла нет среди тех, что переданы вами или ушли с ответом."}
        ),
    },
)
