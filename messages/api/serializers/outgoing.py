"""What goes out of the REST interface. The docstrings are shown in the published description, so they are in Russian."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from messages.models import Control, Regime
from messages.workflow import State


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


class RowOut(serializers.Serializer[Any]):
    """Строка справочника."""

    code = serializers.CharField(help_text="Код.")
    name = serializers.CharField(help_text="Название.")


class MessageOut(TakenOut):
    """Сообщение и ответ на него."""

    external_id = serializers.CharField(allow_blank=True, help_text="Номер сообщения в источнике.")
    text = serializers.CharField(help_text="Текст; у сообщений, переданных не вами, телефоны, почта и другие данные скрыты.")
    topic = RowOut(allow_null=True, help_text="Тема.")
    topic_words = serializers.CharField(allow_blank=True, help_text="Тема словами источника, если её не узнали.")
    settlement = RowOut(allow_null=True, help_text="Населённый пункт.")
    settlement_words = serializers.CharField(allow_blank=True, help_text="Населённый пункт словами источника, если не узнали.")
    address = serializers.CharField(allow_blank=True, help_text="Адрес словами.")
    lat = serializers.FloatField(allow_null=True, help_text="Широта.")
    lon = serializers.FloatField(allow_null=True, help_text="Долгота.")
    url = serializers.CharField(allow_blank=True, help_text="Адрес в источнике; у сообщений, переданных не вами, пусто.")
    control = serializers.ChoiceField(choices=Control.choices, allow_null=True, help_text="Чем проверено решение.")
    changed_at = serializers.DateTimeField(help_text="Когда изменилось.")
    answer = AnswerOut(allow_null=True, help_text="Ответ; null, пока он не направлен.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «source», see ``MessageIn``."""
        return {**super().get_fields(), "source": serializers.CharField(help_text="Код источника.")}


class MessagesOut(serializers.Serializer[Any]):
    """Страница списка."""

    items = MessageOut(many=True, help_text="Сообщения, поступившие позже — первыми.")
    next = serializers.CharField(allow_null=True, help_text="Передайте в `cursor`, чтобы получить следующую; null — конец.")


class AttachmentOut(serializers.Serializer[Any]):
    """Файл."""

    id = serializers.IntegerField(help_text="Номер файла.")
    kind = serializers.ChoiceField(choices=["message", "answer"], help_text="message — к сообщению, answer — ушёл с ответом.")
    name = serializers.CharField(help_text="Имя.")
    content_type = serializers.CharField(help_text="Вид содержимого.")
    size = serializers.IntegerField(help_text="Размер, байт.")
    sha256 = serializers.CharField(help_text="SHA-256 того, что хранится.")
    uploaded_at = serializers.DateTimeField(help_text="Когда принят.")
    links = LinksOut()


class AttachmentsOut(serializers.Serializer[Any]):
    """Файлы сообщения."""

    items = AttachmentOut(many=True, help_text="Файлы.")


class TopicOut(RowOut):
    """Тема."""

    block = RowOut(help_text="Блок, который отвечает.")
    classifier_code = serializers.CharField(allow_blank=True, help_text="Код общероссийского классификатора обращений.")
    fast_track = serializers.BooleanField(help_text="Даёт ли тема фаст-трек.")


class TopicsOut(serializers.Serializer[Any]):
    """Темы."""

    items = TopicOut(many=True, help_text="Темы.")


class SettlementOut(RowOut):
    """Населённый пункт."""

    kind = serializers.CharField(allow_blank=True, help_text="Вид: пгт., с., д.")
    lat = serializers.FloatField(allow_null=True, help_text="Широта.")
    lon = serializers.FloatField(allow_null=True, help_text="Долгота.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With «parent», a name that a field's own attribute bears."""
        return {**super().get_fields(), "parent": serializers.CharField(allow_blank=True, help_text="Поселение.")}


class SettlementsOut(serializers.Serializer[Any]):
    """Населённые пункты."""

    items = SettlementOut(many=True, help_text="Населённые пункты.")


class SourceOut(RowOut):
    """Источник."""

    short = serializers.CharField(help_text="Короткое название.")
    regime = serializers.ChoiceField(choices=Regime.choices, help_text="Правовой режим, если сообщение не говорит иного.")


class SourcesOut(serializers.Serializer[Any]):
    """Источники."""

    items = SourceOut(many=True, help_text="Источники.")


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
