"""The form of a mailbox. The password goes in and never comes out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from blocks.models import Source
from messages.services.mailboxes import WRONG_PORT, Given

_MISSING = "Заполните это поле."


class MailboxForm(forms.Form):
    source = forms.ChoiceField(
        label="Источник сообщений",
        error_messages={"required": "Выберите источник."},
        help_text="К нему будет отнесено каждое письмо.",
    )
    address = forms.EmailField(
        label="Адрес ящика",
        max_length=254,
        error_messages={"required": _MISSING, "invalid": "Адрес почты записан не полностью."},
    )
    host = forms.CharField(
        label="Сервер IMAP",
        max_length=200,
        help_text="Например: imap.yandex.ru, imap.mail.ru.",
        error_messages={"required": _MISSING},
    )
    port = forms.IntegerField(
        label="Порт",
        initial=993,
        min_value=1,
        max_value=65535,
        error_messages={"required": _MISSING, **dict.fromkeys(("invalid", "min_value", "max_value"), WRONG_PORT)},
        help_text="993 — сразу по TLS; 143 — с переходом на TLS. Без TLS не подключаемся.",
    )
    user_name = forms.CharField(label="Имя для входа", max_length=200, error_messages={"required": _MISSING})
    password = forms.CharField(
        label="Пароль",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Хранится запечатанным и больше не показывается. Обычно это пароль приложения.",
        error_messages={"required": _MISSING},
    )
    folder = forms.CharField(label="Папка", max_length=200, initial="INBOX", required=False)

    def __init__(self, *args: Any, sources: Sequence[Source], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_mailbox_%s", **kwargs})
        self.sources = {str(row.pk): row for row in sources}
        field = self.fields["source"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*([("", "—")] if len(sources) > 1 else []), *((row.pk, row.short) for row in sources)]
        vars(self.fields["folder"])["either"] = True
        if not is_new:
            password = self.fields["password"]
            password.required = False
            vars(password)["either"] = True
            password.help_text = "Пусто — оставить прежний. Прежний не показывается."

    def given(self) -> Given:
        data = self.cleaned_data
        return Given(
            source=self.sources[data["source"]],
            address=data["address"],
            host=data["host"].strip(),
            port=data["port"],
            user_name=data["user_name"].strip(),
            password=data["password"],
            folder=data["folder"].strip() or "INBOX",
        )
