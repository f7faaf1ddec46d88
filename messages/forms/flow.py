"""Forms of the rarer steps: recall, interim answer, questions to the applicant, extension, merging, taking a decision back."""

from __future__ import annotations

from datetime import datetime

from django import forms

from blocks.charters.settings_schema import settings_of
from messages.forms.steps import EitherField, Lines, ReasonForm, SendForm, SortingForm, StepForm


def moment_field(label: str) -> forms.CharField:
    """A moment of the past, empty for now."""
    return forms.CharField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Если не сейчас; время вашего Центра.",
    )


class RecallForm(ReasonForm):
    def prepare(self) -> None:
        self.fields["reason"].help_text = "Текст останется как есть и вернётся в работу; согласовать его нужно будет заново."


class InterimForm(StepForm):
    text = forms.CharField(
        label="Что сообщили заявителю",
        widget=Lines(4),
        max_length=5000,
        error_messages={"required": "Напишите, что сообщили заявителю."},
    )
    promised_on = forms.DateField(
        label="К какому дню обещан ответ",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Укажите день, к которому обещаете ответ.",
            "invalid": "Дата не разобрана. Пример: 30.11.2026.",
        },
    )
    url = EitherField(
        label="Ссылка на размещённый ответ",
        required=False,
        max_length=1000,
        help_text="Нужно одно из двух: ссылка или способ доставки.",
    )
    delivery = EitherField(label="Способ доставки", required=False, max_length=300)
    posted_at = SendForm.base_fields["posted_at"]

    def prepare(self) -> None:
        field = self.fields["promised_on"]
        if self.message.regime == "appeal":
            field.help_text = "Срок по 59-ФЗ от этого не сдвигается: его продлевает руководитель."
        else:
            bounds = settings_of(self.message.center.settings).interim
            limits = f"не дальше {bounds.max_days} дней, не больше {bounds.times} раз"
            field.help_text = f"Срок ответа сдвинется на конец этого дня; {limits}."

    def clean_posted_at(self) -> datetime | None:
        return SendForm.read_moment(self.cleaned_data["posted_at"], self.message.center.tz)


class AskForm(StepForm):
    text = forms.CharField(
        label="Что спросили",
        widget=Lines(4),
        max_length=5000,
        error_messages={"required": "Напишите, что спросили у заявителя."},
    )
    url = EitherField(
        label="Ссылка на вопрос",
        required=False,
        max_length=1000,
        help_text="Нужно одно из двух: ссылка или способ доставки.",
    )
    delivery = EitherField(
        label="Способ доставки", required=False, max_length=200, help_text="Если ссылки нет: телефон, почта, личное сообщение."
    )
    asked_at = moment_field("Когда задан")

    def prepare(self) -> None:
        bounds = settings_of(self.message.center.settings).question
        self.fields["text"].help_text = f"Ждём ответа не дольше {bounds.max_days} дней; вопросов не больше {bounds.times}."

    def clean_asked_at(self) -> datetime | None:
        return SendForm.read_moment(self.cleaned_data["asked_at"], self.message.center.tz)


class HearForm(StepForm):
    text = forms.CharField(
        label="Что ответил заявитель",
        widget=Lines(4),
        max_length=5000,
        error_messages={"required": "Напишите, что ответил заявитель."},
    )
    answered_at = moment_field("Когда пришёл ответ")

    def clean_answered_at(self) -> datetime | None:
        return SendForm.read_moment(self.cleaned_data["answered_at"], self.message.center.tz)


class ExtendForm(StepForm):
    days = forms.IntegerField(label="На сколько дней", error_messages={"required": "Укажите, на сколько дней продлить."})
    reason = forms.CharField(
        label="Основание",
        widget=Lines(),
        max_length=5000,
        help_text="Запрос в другой орган, необходимость проверки: 59-ФЗ ст. 12 ч. 2.",
        error_messages={"required": "Напишите основание продления."},
    )
    applicant_told = forms.BooleanField(label="Заявитель уведомлён о продлении", required=False)

    def prepare(self) -> None:
        most = settings_of(self.message.center.settings).fz59.extension.max_days
        self.fields["days"].help_text = f"Не больше {most}; продлить можно один раз."
        self.fields["days"].widget.attrs |= {"min": 1, "max": most}


class MergeForm(SortingForm):
    leading_number = forms.CharField(
        label="Номер ведущего сообщения",
        max_length=40,
        help_text="Ответ на него ответит и на это сообщение, каждое — через свой источник. Например, ОКТ-2026-000123.",
        error_messages={"required": "Укажите номер сообщения, с которым объединить."},
    )


class SplitForm(SortingForm):
    """Only the stage that was seen."""


class TakeBackForm(SortingForm):
    """Only the stage that was seen."""
