"""Forms of the steps of a case, of its draft and of what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from mcu.widgets import LongSelect
from messages.forms.delivery import OTHERWISE, delivery_fields
from messages.models import Completeness, Message
from messages.selectors.case import Lists
from messages.services.routing import grounds_for

EMPTY = ("", "—")


class Lines(forms.Textarea):
    """A text area of a few lines."""

    def __init__(self, rows: int = 3) -> None:
        super().__init__(attrs={"rows": rows})


def _number(value: Any) -> int | None:
    return int(value) if value else None


class StepForm(forms.Form):
    """What one step asks for. ``values`` gives the service's keyword arguments."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, message: Message, lists: Lists, prefix_id: str = "") -> None:
        self.message, self.lists = message, lists
        super().__init__(data, auto_id=f"id_{prefix_id}%s")
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and what the kind of case asks for."""

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class SortingForm(StepForm):
    """A step that could be made again upon a colleague's: it tells which stage the person saw."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def prepare(self) -> None:
        self.initial["seen"] = self.message.stage


class AssignForm(SortingForm):
    block = forms.ChoiceField(
        label="Отраслевой блок", widget=LongSelect, error_messages={"required": "Выберите блок из списка."}
    )
    topic = forms.ChoiceField(label="Тема", required=False, widget=LongSelect)
    recipient = forms.ChoiceField(label="Ответственный получатель", required=False, widget=LongSelect)
    outside_number = forms.CharField(label="Регистрационный номер в СЭД", required=False, max_length=100)

    def prepare(self) -> None:
        super().prepare()
        message = self.message
        self._choices("block", [EMPTY, *self.lists.blocks])
        self._choices("topic", [EMPTY, *self.lists.topics_by_block])
        self._choices("recipient", [EMPTY, *self.lists.recipients])
        if message.topic_id:
            self.initial["topic"] = message.topic_id
            self.initial["block"] = self.lists.block_of.get(message.topic_id)
        if message.block_id:
            self.initial["block"] = message.block_id
        if message.registered_at or message.regime != "appeal":
            del self.fields["outside_number"]

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "block_id": int(data["block"]),
            "topic_id": _number(data["topic"]),
            "without_topic": "topic" in self.data and not data["topic"],  # shown with its topic and left empty
            "recipient_id": _number(data["recipient"]),
            "outside_number": data.get("outside_number", ""),
            "seen": data["seen"],
        }


class ReasonForm(StepForm):
    reason = forms.CharField(
        label="Причина",
        widget=Lines(),
        max_length=5000,
        error_messages={"required": "Напишите причину: без неё шаг не делается."},
    )


class DeclineForm(ReasonForm):
    def prepare(self) -> None:
        self.fields["reason"].help_text = "Почему блок не может ответить и кому, по-вашему, передать."


class ReopenForm(ReasonForm):
    def prepare(self) -> None:
        self.fields["reason"].help_text = "Что осталось нерешённым. Начнутся новые сроки."


class ReturnForm(StepForm):
    comment = forms.CharField(
        label="Что исправить",
        widget=Lines(),
        max_length=5000,
        error_messages={"required": "Напишите, что исправить: без замечания не возвращают."},
    )


class VersionForm(StepForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class AgreeForm(VersionForm):
    completeness = forms.TypedChoiceField(
        label="Полнота ответа по существу",
        choices=[(value, f"{value} — {label}") for value, label in reversed(Completeness.choices)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Отметьте полноту ответа: 2 — в полном объёме, 1 — частично, 0 — формально."},
    )


class ApproveForm(VersionForm):
    pass


class EitherField(forms.CharField):
    """One of two of which one is needed: neither is called optional. The service says when both are empty."""

    either = True


class SendForm(StepForm):
    url = EitherField(
        label="Ссылка на размещённый ответ",
        required=False,
        max_length=1000,
        help_text="Нужно одно из двух: ссылка или способ доставки.",
    )
    delivery = EitherField(
        label="Способ доставки", required=False, max_length=300, help_text="Если ссылки нет: почта, электронная почта, лично."
    )
    posted_at = forms.CharField(
        label="Когда размещён",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Если не сейчас; время вашего Центра.",
    )

    def prepare(self) -> None:
        if self.message.regime == "appeal":  # an answer to an appeal usually goes out as a letter
            self.fields = {**delivery_fields(), **self.fields}
            if self.message.source.family != "fz59":  # a platform has a cabinet of its own for the answer
                self.initial["method"] = OTHERWISE

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "method" in self.fields and not any(data.get(name) for name in ("method", "url", "delivery")):
            self.add_error("method", "Выберите, как доставлен ответ.")
        return data

    def values(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        if values.get("method") == OTHERWISE:
            values["method"] = ""
        return values

    def clean_posted_at(self) -> datetime | None:
        return self.read_moment(self.cleaned_data["posted_at"], self.message.center.tz)

    @staticmethod
    def read_moment(value: str, tz: ZoneInfo) -> datetime | None:
        """Local time of the Center as the browser's field gives it."""
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise forms.ValidationError("Дата и время не разобраны. Пример: 21.11.2026 14:30.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=tz)


class RedirectForm(SortingForm):
    addressee = forms.CharField(
        label="Куда передаёте",
        max_length=300,
        help_text="Орган или организация полностью.",
        error_messages={"required": "Укажите, в какой орган или организацию передаёте."},
    )
    applicant_told = forms.BooleanField(label="Заявитель уведомлён о переадресации", required=False)

    def prepare(self) -> None:
        super().prepare()
        if self.message.regime != "appeal":
            self.fields["applicant_told"].help_text = "Для сообщений не обязательно."


class DismissForm(SortingForm):
    ground = forms.ChoiceField(label="Законное основание", error_messages={"required": "Выберите законное основание."})
    comment = forms.CharField(label="Пояснение", widget=Lines(2), required=False, max_length=5000)

    def prepare(self) -> None:
        super().prepare()
        field = self.fields["ground"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [EMPTY, *_coded(grounds_for(self.message))]


class CloseForm(StepForm):
    outcome = forms.ChoiceField(label="Итог", error_messages={"required": "Выберите итог из списка."})
    note = forms.CharField(label="Примечание", widget=Lines(2), required=False, max_length=5000)

    def prepare(self) -> None:
        field = self.fields["outcome"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [EMPTY, *_coded(self.message.center.outcomes)]
            field.initial = self.message.outcome  # where the source has told it already


class DraftForm(forms.Form):
    """The editor of the answer; ``version`` is the one the writer saw, ``known`` the working copy the text has grown from."""

    text = forms.CharField(
        label="Проект ответа",
        widget=forms.Textarea(attrs={"rows": 12, "class": "draft__text"}),
        error_messages={"required": "Напишите текст ответа: пустой не сохраняется."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, required=False)
    known = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class ClassifyForm(forms.Form):
    """What the case is about: changed in place."""

    topic = forms.ChoiceField(label="Тема", required=False, widget=LongSelect)
    settlement = forms.ChoiceField(label="Населённый пункт", required=False, widget=LongSelect)
    recipient = forms.ChoiceField(label="Ответственный получатель", required=False, widget=LongSelect)
    fast_track = forms.BooleanField(label="Фаст-трек", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, message: Message, lists: Lists) -> None:
        initial = {
            "topic": message.topic_id,
            "settlement": message.settlement_id,
            "recipient": message.recipient_id,
            "fast_track": message.fast_track,
        }
        super().__init__(data, initial=initial, auto_id="id_classify_%s")
        for name, choices in (
            ("topic", [EMPTY, *lists.topics_by_block]),
            ("settlement", [EMPTY, *lists.settlements]),
            ("recipient", [EMPTY, *lists.recipients]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = _with_current(choices, message, name)
        if message.block_id is None:
            del self.fields["recipient"]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "topic_id": _number(data["topic"]),
            "settlement_id": _number(data["settlement"]),
            "recipient_id": _number(data.get("recipient")),
            "fast_track": data["fast_track"],
        }


def _with_current(choices: list[Any], message: Message, name: str) -> list[Any]:
    """A row closed since stays choosable for the case that has it."""
    current = getattr(message, name)
    if current is not None and current.closed_at is not None:
        return [*choices, (current.pk, f"{current.name} (закрыто)")]
    return choices


def _coded(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["code"], row["name"]) for row in rows if not row.get("closed_at")]
