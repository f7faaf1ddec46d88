"""What comes in by the REST interface. The docstrings are shown in the published description, so they are in Russian."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
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
from messages.models import Applicant, Control, Regime
from messages.services.incoming import LONGEST, LONGEST_OF_APPLICANT, TEXT_MAX, IncomingApplicant, IncomingMessage
from messages.services.satisfaction import MAX_TEXT
from messages.services.source_changes import SourceChanges

COORDINATES = "Широта и долгота передаются вместе."


class ApplicantIn(StrictObject):
    """Заявитель; любое поле можно не указывать."""

    name = OptionalWords(max_length=LONGEST_OF_APPLICANT["name"], help_text="Фамилия, имя, отчество или название организации.")
    email = MailAddress(max_length=LONGEST_OF_APPLICANT["email"], help_text="Электронная почта.")
    phone = OptionalWords(max_length=LONGEST_OF_APPLICANT["phone"], help_text="Телефон.")
    type = OneOf(choices=Applicant.Type.choices, required=False, allow_null=True, default=None, help_text="Кто обратился.")


class MessageIn(StrictObject):
    """Сообщение, как его передаёт источник."""

    external_id = OutsideNumber(
        max_length=LONGEST["external_id"],
        help_text="Номер сообщения в источнике. С ним повторная передача не создаёт второго дела.",
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
    topic = OptionalWords(
        max_length=LONGEST["topic"], help_text="Код или название темы. Неизвестная тема сохраняется словами источника."
    )
    settlement = OptionalWords(
        max_length=LONGEST["settlement"],
        help_text="Код или название населённого пункта. Неизвестный сохраняется словами источника.",
    )
    address = OptionalWords(max_length=LONGEST["address"], help_text="Адрес словами.")
    lat = Degrees(
        required=False, allow_null=True, default=None, min_value=-90, max_value=90, help_text="Широта, градусы WGS 84."
    )
    lon = Degrees(
        required=False, allow_null=True, default=None, min_value=-180, max_value=180, help_text="Долгота, градусы WGS 84."
    )
    url = WebAddress(max_length=LONGEST["url"], help_text="Адрес сообщения в источнике, http или https.")
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
        return {"source": Words(max_length=LONGEST["source"], help_text=words), **super().get_fields()}

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


_STAYS: Final = ("source", "external_id", "received_at", "kind")


class MessagePatch(MessageIn):
    """Что исправить; неназванные поля остаются как есть, null и пустая строка стирают."""

    fast_track = Flag(required=False, help_text="Фаст-трек, если устав Центра слушает в этом источник.")
    applicant = ApplicantIn(required=False, help_text="Заявитель: меняются только названные поля.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Without what a push is known by, which stays."""
        return {name: field for name, field in super().get_fields().items() if name not in _STAYS}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A place is moved or taken away as a whole."""
        if ("lat" in attrs) != ("lon" in attrs):
            raise serializers.ValidationError({"lon" if "lat" in attrs else "lat": COORDINATES})
        return super().validate(attrs) if "lat" in attrs else attrs

    def changes(self) -> SourceChanges:
        """What was named, as the service wants it."""
        said = dict(self.validated_data)
        if "control" in said:
            said["control"] = said["control"] or ""
        applicant = said.pop("applicant", {})
        if "type" in applicant:
            applicant["type"] = applicant["type"] or Applicant.Type.CITIZEN
        return SourceChanges(said=said, applicant=dict(applicant))


@extend_schema_field({"type": "string", "format": "binary"})
class File(serializers.FileField):
    """A file of a form, for the description: what it is, is judged by ``mcu.uploads``."""


class FileIn(StrictObject):
    """Файл к сообщению."""

    file = File(help_text="Файл, не больше 20 МБ.")


class SatisfactionIn(StrictObject):
    """Оценка ответа заявителем."""

    score = Whole(min_value=1, max_value=5, help_text="Оценка от 1 (вопрос не решён) до 5 (отлично).")
    text = OptionalWords(max_length=MAX_TEXT, help_text="Пояснение заявителя.")


def _applicant(said: dict[str, Any] | None) -> IncomingApplicant | None:
    if not said or not any(said.values()):
        return None
    return IncomingApplicant(**{name: value for name, value in said.items() if value})
