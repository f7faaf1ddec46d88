"""What goes in and out of the REST interface.

The classes' docstrings are shown in the published description, so they are in Russian.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from rest_framework import serializers

from messages.api.fields import (
    Degrees,
    Flag,
    MailAddress,
    Moment,
    OneOf,
    OptionalWords,
    OutsideNumber,
    StrictObject,
    WebAddress,
    Whole,
    Words,
)
from messages.models import Applicant, Control, Deadline, Message, Regime, Reply, Satisfaction
from messages.services.intake import TEXT_MAX, IncomingApplicant, IncomingMessage
from messages.services.satisfaction import MAX_TEXT
from messages.workflow import State

COORDINATES = "Широта и долгота передаются вместе."


class ApplicantIn(StrictObject):
    """Заявитель; любое поле можно не указывать."""

    name = OptionalWords(max_length=300, help_text="Фамилия, имя, отчество или название организации.")
    email = MailAddress(max_length=254, help_text="Электронная почта.")
    phone = OptionalWords(max_length=60, help_text="Телефон.")
    type = OneOf(choices=Applicant.Type.choices, required=False, allow_null=True, default=None, help_text="Кто обратился.")


class MessageIn(StrictObject):
    """Сообщение, как его передаёт источник."""

    external_id = OutsideNumber(
        max_length=200, help_text="Номер сообщения в источнике. С ним повторная передача не создаёт второго дела."
    )
    text = Words(max_length=TEXT_MAX, help_text="Текст сообщения.")
    received_at = Moment(
        required=False,
        allow_null=True,
        default=None,
        help_text="Когда сообщение поступило (ISO 8601). Без пояса — местное время Центра; без поля — сейчас.",
    )
    kind = OneOf(
        choices=Regime.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="Правовой режим: appeal — обращение по 59-ФЗ, message — сообщение. Без поля — как у источника.",
    )
    fast_track = Flag(
        required=False,
        allow_null=True,
        default=None,
        help_text="Фаст-трек. Без поля его может дать тема; false отменяет и это.",
    )
    topic = OptionalWords(max_length=2000, help_text="Код или название темы. Неизвестная тема сохраняется словами источника.")
    settlement = OptionalWords(
        max_length=2000, help_text="Код или название населённого пункта. Неизвестный сохраняется словами источника."
    )
    address = OptionalWords(max_length=500, help_text="Адрес словами.")
    lat = Degrees(
        required=False, allow_null=True, default=None, min_value=-90, max_value=90, help_text="Широта, градусы WGS 84."
    )
    lon = Degrees(
        required=False, allow_null=True, default=None, min_value=-180, max_value=180, help_text="Долгота, градусы WGS 84."
    )
    url = WebAddress(max_length=1000, help_text="Адрес сообщения в источнике, http или https.")
    control = OneOf(
        choices=Control.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="Чем проверено решение: glonass — ГЛОНАСС, photo — фото, video — видео, sensor — датчик.",
    )
    applicant = ApplicantIn(required=False, allow_null=True, default=None, help_text="Заявитель.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «source», a name that a serializer's own attribute bears, so it can not be declared above."""
        words = "Код источника, к которому привязан ключ: im, pos, fz59, other…"
        return {"source": Words(max_length=60, help_text=words), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Half a pair of coordinates is a mistake of the source."""
        if (attrs["lat"] is None) != (attrs["lon"] is None):
            missing = "lat" if attrs["lat"] is None else "lon"
            raise serializers.ValidationError({missing: COORDINATES})
        return attrs

    def payload(self) -> IncomingMessage:
        """The validated message as the service wants it."""
        said = {name: value for name, value in self.validated_data.items() if name not in ("source", "applicant")}
        return IncomingMessage(**said, applicant=_applicant(self.validated_data["applicant"]))


class SatisfactionIn(StrictObject):
    """Оценка ответа заявителем."""

    score = Whole(min_value=1, max_value=5, help_text="Оценка от 1 (вопрос не решён) до 5 (отлично).")
    text = OptionalWords(max_length=MAX_TEXT, help_text="Пояснение заявителя.")


def _applicant(said: dict[str, Any] | None) -> IncomingApplicant | None:
    if not said or not any(said.values()):
        return None
    return IncomingApplicant(**{name: value for name, value in said.items() if value})


class DeadlineOut(serializers.Serializer[Any]):
    """Срок дела."""

    kind = serializers.CharField(help_text="register, redirect, interim, agree, approve, publish, answer.")
    title = serializers.CharField(help_text="Название срока из устава Центра.")
    due_at = serializers.DateTimeField(help_text="Когда истекает.")
    met_at = serializers.DateTimeField(allow_null=True, help_text="Когда исполнено.")
    breached_at = serializers.DateTimeField(allow_null=True, help_text="Когда срок был нарушен; не стирается.")


class LinksOut(serializers.Serializer[Any]):
    """Адреса."""

    self = serializers.CharField(help_text="Адрес этого сообщения в интерфейсе.")


class TakenOut(serializers.Serializer[Any]):
    """Принятое сообщение."""

    number = serializers.CharField(help_text="Номер дела.")
    state = serializers.ChoiceField(choices=State.choices, help_text="Состояние.")
    state_name = serializers.CharField(help_text="Состояние словами.")
    regime = serializers.ChoiceField(choices=Regime.choices, help_text="Правовой режим.")
    fast_track = serializers.BooleanField(help_text="Фаст-трек.")
    received_at = serializers.DateTimeField(help_text="Когда поступило.")
    deadlines = DeadlineOut(many=True, help_text="Сроки, ближайший первым; внутренние сроки Центра не показаны.")
    links = LinksOut()


class AnswerOut(serializers.Serializer[Any]):
    """Направленный ответ."""

    text = serializers.CharField(help_text="Текст ответа.")
    answered_at = serializers.DateTimeField(help_text="Когда ответ размещён.")
    url = serializers.CharField(allow_blank=True, help_text="Где размещён.")


class MessageOut(TakenOut):
    """Сообщение и ответ на него."""

    external_id = serializers.CharField(help_text="Номер сообщения в источнике.")
    answer = AnswerOut(allow_null=True, help_text="Ответ; null, пока он не направлен.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «source», see ``MessageIn``."""
        return {**super().get_fields(), "source": serializers.CharField(help_text="Код источника.")}


class SatisfactionOut(serializers.Serializer[Any]):
    """Принятая оценка."""

    number = serializers.CharField(help_text="Номер дела.")
    score = serializers.IntegerField(help_text="Оценка от 1 до 5.")
    text = serializers.CharField(allow_blank=True, help_text="Пояснение заявителя.")
    rated_at = serializers.DateTimeField(help_text="Когда оценка принята.")


class FieldError(serializers.Serializer[Any]):
    """Неверное поле."""

    field = serializers.CharField(help_text="Путь к полю: text, applicant.email.")
    message = serializers.CharField(help_text="Что не так.")


class Problem(serializers.Serializer[Any]):
    """Ошибка по RFC 9457."""

    type = serializers.CharField(help_text="Вид ошибки: urn:mcu:problem:invalid…")
    title = serializers.CharField(help_text="Вид ошибки словами.")
    status = serializers.IntegerField(help_text="Код ответа HTTP.")
    detail = serializers.CharField(help_text="Что случилось и что делать.")
    reference = serializers.CharField(help_text="Номер случая для технического специалиста.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «errors», a name that a serializer's own attribute bears."""
        return {**super().get_fields(), "errors": FieldError(many=True, help_text="Неверные поля.")}


def taken(message: Message, deadlines: list[Deadline], tz: ZoneInfo) -> dict[str, Any]:
    """The answer to a push, times with the Center's offset."""
    return {
        "number": message.number,
        "state": message.state,
        "state_name": State(message.state).label,
        "regime": message.regime,
        "fast_track": message.fast_track,
        "received_at": _local(message.received_at, tz),
        "deadlines": [
            {
                "kind": row.kind,
                "title": row.rule.name,
                "due_at": _local(row.due_at, tz),
                "met_at": _local(row.met_at, tz),
                "breached_at": _local(row.breached_at, tz),
            }
            for row in deadlines
        ],
        "links": {"self": reverse("api:message", args=[message.number])},
    }


def case(message: Message, deadlines: list[Deadline], reply: Reply | None, tz: ZoneInfo) -> dict[str, Any]:
    """What a client is told of its own message."""
    answer = None
    if reply is not None:
        answer = {"text": reply.text, "answered_at": _local(reply.posted_at, tz), "url": reply.url}
    return {
        **taken(message, deadlines, tz),
        "external_id": message.external_id,
        "source": message.source.code,
        "answer": answer,
    }


def satisfaction(message: Message, rated: Satisfaction, tz: ZoneInfo) -> dict[str, Any]:
    """The score as it is kept."""
    return {"number": message.number, "score": rated.score, "text": rated.text, "rated_at": _local(rated.at, tz)}


def _local(moment: datetime | None, tz: ZoneInfo) -> str | None:
    return moment.astimezone(tz).isoformat(timespec="seconds") if moment else None
