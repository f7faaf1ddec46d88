"""The description of the calls about one message."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from blocks.models import Scope
from messages.api import serializers
from messages.api.access import REFUSED
from messages.api.schema import parameters
from messages.api.schema.refusals import ALWAYS, NUMBER, POSTED, problems

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
ANSWER: Final = {
    "text": "Мусор вывезен 17 ноября, график вывоза восстановлен.",
    "answered_at": "2026-11-17T11:20:00+05:00",
    "url": "https://vk.com/wall-1_2451?reply=2460",
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
_WRONG: Final = {
    400: [
        {"field": "received_at", "message": "Нужны дата и время по ISO 8601, например 2026-11-16T09:30:00+05:00."},
        {"field": "texte", "message": "Неизвестное поле. Возможно, имелось в виду «text»."},
    ],
}
_SHOWN: Final = {
    **_TAKEN,
    "state": "answered",
    "state_name": "Ответ направлен",
    "external_id": "ИМ-20451",
    "source": "im",
    "text": _FULL["text"],
    "topic": {"code": "garbage", "name": "Вывоз мусора"},
    "topic_words": "",
    "settlement": {"code": "oktyabrskoye", "name": "Октябрьское"},
    "settlement_words": "",
    "address": _FULL["address"],
    "lat": _FULL["lat"],
    "lon": _FULL["lon"],
    "url": _FULL["url"],
    "control": None,
    "changed_at": "2026-11-17T11:25:00+05:00",
    "answer": ANSWER,
}

push = extend_schema(
    operation_id="pushMessage",
    tags=["Сообщения"],
    summary="Передать сообщение",
    description=(
        "Принимает сообщение и заводит дело. Повтор с теми же `source` и `external_id` безопасен: то же содержание даёт "
        "200 и прежний номер, другое — 409, и остаётся принятое первым. Неизвестное поле — "
        "ошибка 400. После 429 и 503 повторите запрос через время из заголовка `Retry-After`. Нужно право `push`."
    ),
    parameters=[parameters.idempotency_key, parameters.location, parameters.replayed, parameters.retry_after],
    request=serializers.MessageIn,
    responses={
        201: OpenApiResponse(serializers.TakenOut, description="Дело заведено"),
        200: OpenApiResponse(serializers.TakenOut, description="Такое сообщение уже принято; номер прежний"),
        **problems(
            *POSTED,
            words={
                400: "Запрос не принят, проверьте: «received_at», «texte».",
                403: "Ключ клиента не даёт передавать сообщения источника «pos».",
            },
            fields=_WRONG,
        ),
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
    description=(
        "С правом `read` — сообщения, переданные этим клиентом; с правом `read_all` — все сообщения его источников, где в "
        "тексте скрыты телефоны, почта и другие данные, а ссылка на чужое сообщение не показана. Данных заявителя нет никогда."
    ),
    parameters=[parameters.number, parameters.if_none_match, parameters.etag, parameters.retry_after],
    responses={
        200: OpenApiResponse(serializers.MessageOut, description="Сообщение"),
        304: OpenApiResponse(description="С тех пор не изменилось"),
        **problems(401, 403, 404, 406, 429, 503, words={403: REFUSED[Scope.READ]}),
    },
    examples=[OpenApiExample("Ответ направлен", value=_SHOWN, response_only=True, status_codes=["200"])],
)

listed = extend_schema(
    operation_id="listMessages",
    tags=["Сообщения"],
    summary="Список сообщений",
    description=(
        "Поступившие позже — первыми. Кто видит что — как у одного сообщения. Следующая страница — тот же запрос с "
        "`cursor` из поля `next`; на последней странице в нём null. За изменениями удобнее следить по `/api/v1/changes/`."
    ),
    parameters=[serializers.ListQuery, parameters.retry_after],
    responses={
        200: OpenApiResponse(serializers.MessagesOut, description="Страница списка"),
        **problems(*ALWAYS, words={403: REFUSED[Scope.READ]}),
    },
    examples=[
        OpenApiExample("Последняя страница", value={"items": [_SHOWN], "next": None}, response_only=True, status_codes=["200"])
    ],
)

change = extend_schema(
    operation_id="changeMessage",
    tags=["Сообщения"],
    summary="Исправить переданное",
    description=(
        "Меняет только названные поля сообщения, переданного этим клиентом; нужно право `push`. Текст — пока сообщение не "
        "разобрано (`received`). Остальное — пока ответ не согласован. null и пустая строка стирают прежнее. Что за это время "
        "поставили сотрудники Центра (тема, населённый пункт, фаст-трек, контроль), остаётся за ними: тогда 409, поля названы "
        "в `errors`, и не меняется ничего. Прежний текст остаётся в истории дела. Передача того же сообщения заново "
        "сравнивается с первой, а не с исправленной."
    ),
    parameters=[parameters.number, parameters.if_match, parameters.etag, parameters.retry_after],
    request=serializers.MessagePatch,
    responses={
        200: OpenApiResponse(serializers.MessageOut, description="Сообщение, как оно теперь"),
        **problems(
            *(status for status in POSTED if status != 422),
            404,
            412,
            words={
                400: "Запрос не принят, проверьте: «text».",
                409: "Не изменено ничего: «topic» уже поставили сотрудники Центра.",
            },
            fields={
                400: [{"field": "text", "message": "Поле не может быть пустым."}],
                409: [{"field": "topic", "message": "Поставлено сотрудником Центра; изменить может только он."}],
            },
        ),
    },
    examples=[
        OpenApiExample("Уточнён адрес", value={"address": "ул. Ленина, 6", "lat": 62.459, "lon": 66.047}, request_only=True),
        OpenApiExample("Уточнён телефон", value={"applicant": {"phone": "+7 34678 2-11-22"}}, request_only=True),
        OpenApiExample("Стало", value=_SHOWN, response_only=True, status_codes=["200"]),
    ],
)
