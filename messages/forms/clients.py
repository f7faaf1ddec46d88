"""What is asked of whoever keeps programs and their keys; the rules live in the services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import escape

from blocks.forms import ServiceForm
from blocks.models import ApiClient, Center, Source
from blocks.models.programs import Scope
from blocks.services.clients import MOST_NAME
from messages.services.webhooks import LONGEST_URL

_POSTED = "Сюда придёт POST с изменениями, подписанный секретом."
_SCOPES = (
    (Scope.PUSH.value, "Передавать сообщения и дополнять переданное"),
    (Scope.READ.value, "Читать переданное ею самой: состояние и ответы"),
    (Scope.READ_ALL.value, "Читать все сообщения её источников, без данных заявителей"),
)
_OVERLAPS = (("7", "7 дней"), ("1", "1 день"), ("30", "30 дней"), ("0", "не действует сразу"))


class RightsForm(ServiceForm):
    """What a program may: its sources, scopes and limit of calls."""

    sources = forms.MultipleChoiceField(
        label="Источники",
        widget=forms.CheckboxSelectMultiple,
        help_text="У программ с общим источником общие номера: передав то же сообщение, вторая узнает номер дела первой.",
    )
    scopes = forms.MultipleChoiceField(label="Что можно", widget=forms.CheckboxSelectMultiple, choices=_SCOPES)
    rate = forms.IntegerField(
        label="Вызовов в минуту, не больше",
        required=False,
        min_value=1,
        help_text="Пусто — предел всей установки.",
        error_messages={"invalid": "Введите целое число.", "min_value": "Не меньше одного."},
    )

    def __init__(self, *args: Any, center: Center, client: ApiClient | None = None, **kwargs: Any) -> None:
        initial = kwargs.pop("initial", None) or {"scopes": [Scope.PUSH, Scope.READ]}
        if client is not None:
            codes = [source.code for source in client.sources.all()]
            initial = {"sources": codes, "scopes": client.scopes, "rate": client.rate}
        super().__init__(*args, initial=initial, **kwargs)
        rows = Source.objects.filter(center=center, closed_at__isnull=True).order_by("name")
        field = self.fields["sources"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(row.code, row.name) for row in rows]

    def rights(self) -> dict[str, Any]:
        """As the services want them."""
        return {name: self.cleaned_data[name] for name in ("sources", "scopes", "rate")}


class NewClientForm(RightsForm):
    """A program that is not there yet."""

    name = forms.CharField(label="Название", max_length=MOST_NAME, help_text="Например, «Портал района».")
    field_order = ("name", "sources", "scopes", "rate")


class RotateForm(ServiceForm):
    """A new key, and how long the old one goes on."""

    days = forms.ChoiceField(label="Прежний ключ действует ещё", choices=_OVERLAPS)

    def overlap(self) -> timedelta:
        return timedelta(days=int(self.cleaned_data["days"]))


class WebhookForm(ServiceForm):
    """Where a program wants to be told of changes."""

    url = forms.CharField(
        label="Новый адрес",
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://portal.example.ru/mcu"}),
        help_text=f"{_POSTED} Только https и не внутренняя сеть.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hosts := settings.WEBHOOK_PRIVATE_HOSTS:
            self.fields["url"].help_text = escape(f"{_POSTED} Только https; в своей сети, и по http, — {', '.join(hosts)}.")
