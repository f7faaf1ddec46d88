"""The quick form: a call, a visit, a paper, taken down while the person is still speaking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from blocks.models import Source
from mcu.uploads import WORDS
from mcu.widgets import LongSelect
from messages.forms.steps import EMPTY
from messages.forms.together import FilesField
from messages.models import Applicant, Regime
from messages.selectors.case import Lists
from messages.services.intake import TEXT_MAX, IncomingApplicant, IncomingMessage

BY: Final = (("call", "по телефону"), ("visit", "на приёме"), ("paper", "на бумаге"))
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


class OfferedInput(forms.TextInput):
    """A field with words to choose from as one types (a datalist); what is not among them may be written, too."""

    def __init__(self, offered: Iterable[tuple[str, str]] = (), attrs: dict[str, Any] | None = None) -> None:
        self.offered = tuple(offered)
        super().__init__({"autocomplete": "off", **(attrs or {})})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        whole = self.build_attrs(self.attrs, attrs)
        place = f"{whole.get('id', name)}_words"
        field = super().render(name, value, {**(attrs or {}), "list": place}, renderer)
        lines = format_html_join("", '<option value="{}"{}></option>', self._lines())
        return format_html("{}<datalist{}>{}</datalist>", field, flatatt({"id": place}), lines)

    def _lines(self) -> Iterator[tuple[str, SafeString]]:
        for words, mark in self.offered:
            yield words, format_html(' data-block="{}"', mark) if mark else SafeString("")


class QuickForm(forms.Form):
    """``values`` gives what intake takes; ``token`` makes two sendings of one form one message."""

    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    by = forms.ChoiceField(label="Как поступило", choices=BY, widget=forms.RadioSelect, initial="call")
    source = forms.ChoiceField(label="Источник", error_messages={"required": "Выберите источник."})
    regime = forms.ChoiceField(
        label="Правовой режим",
        choices=((Regime.MESSAGE.value, "сообщение"), (Regime.APPEAL.value, "обращение по 59-ФЗ")),
        widget=forms.RadioSelect,
        initial=Regime.MESSAGE.value,
        required=False,
    )
    phone = forms.CharField(label="Телефон", required=False, max_length=60)
    name = forms.CharField(label="Фамилия, имя, отчество", required=False, max_length=300)
    email = forms.EmailField(
        label="Электронная почта",
        required=False,
        max_length=254,
        error_messages={"invalid": "Адрес почты записан не полностью. Пример: ivanov@mail.ru."},
    )
    type = forms.ChoiceField(label="Кто обращается", choices=Applicant.Type.choices, required=False)
    text = forms.CharField(
        label="О чём",
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": "Запишите, о чём сообщает человек."},
    )
    settlement = forms.CharField(label="Населённый пункт", required=False, max_length=400)
    address = forms.CharField(label="Улица, дом", required=False, max_length=400)
    topic = forms.CharField(label="Тема", required=False, max_length=400)
    block = forms.ChoiceField(label="Отраслевой блок", required=False, widget=LongSelect)
    received_on = forms.DateField(
        label="Когда поступило",
        help_text="Пусто — сейчас.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
        error_messages={"invalid": "Дата не разобрана. Пример: 21.11.2026."},
    )
    received_time = forms.TimeField(
        label="Во сколько",
        help_text="Пусто — с 00:00 этого дня.",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
        error_messages={"invalid": "Время не разобрано. Пример: 14:30."},
    )
    upload = FilesField(label="Файлы", max_length=500, required=False, help_text=f"До 20 МБ каждый: {WORDS}.")

    def __init__(
        self, *args: Any, sources: Sequence[Source], lists: Lists, tz: ZoneInfo, hand_over: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_quick_%s", **kwargs})
        self.sources, self.tz = {str(row.pk): row for row in sources}, tz
        self.initial.setdefault("token", uuid4().hex)
        for field in self.fields.values():
            vars(field)["either"] = True  # two fields are needed, the others go without saying
        self._choose("source", [*([] if _usual(sources) else [EMPTY]), *((row.pk, row.short) for row in sources)])
        self._choose("block", [EMPTY, *lists.blocks])
        names = dict(lists.blocks)
        self.fields["settlement"].widget = OfferedInput((name, "") for _, name in lists.settlements)
        self.fields["topic"].widget = OfferedInput(
            (name, str(lists.block_of[pk])) for pk, name in lists.topics if lists.block_of[pk] in names
        )
        self.fields["upload"].widget.attrs["aria-describedby"] = "id_quick_upload_helptext"
        if not self.initial.get("source"):
            self.initial["source"] = _usual(sources)
        if hand_over:
            self.fields["block"].required = True
            self.fields["block"].error_messages["required"] = "Выберите блок или запишите без передачи: разберёте потом."

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def fixed(self) -> str:
        """Sources whose messages are appeals whatever is said, by their ids."""
        return " ".join(pk for pk, row in self.sources.items() if row.regime == Regime.APPEAL)

    def clean_upload(self) -> list[Any]:
        """Without the empty place that a form without files brings."""
        return [file for file in self.cleaned_data["upload"] if file]

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else uuid4().hex

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("received_time") and "received_on" in data and not data["received_on"]:
            self.add_error("received_on", "Впишите и день: одного времени мало.")
        return data

    @property
    def received_at(self) -> datetime | None:
        """Local time of the Center; a day alone is its beginning, for a paper has no hour."""
        day, hour = self.cleaned_data["received_on"], self.cleaned_data["received_time"]
        return datetime.combine(day, hour or time(), self.tz).astimezone(UTC) if day else None

    @property
    def chosen(self) -> Source:
        return self.sources[self.cleaned_data["source"]]

    def values(self, *, user_id: int) -> IncomingMessage:
        """What was said, as intake takes it; the outside number is this form's own."""
        data = self.cleaned_data
        said = IncomingApplicant(
            name=data["name"], email=data["email"], phone=data["phone"], type=data["type"] or Applicant.Type.CITIZEN
        )
        named = said.name or said.email or said.phone
        return IncomingMessage(
            external_id=f"form-{user_id}-{data['token']}",
            text=data["text"],
            received_at=self.received_at,
            kind=data["regime"] or None if self.chosen.regime != Regime.APPEAL else None,
            topic=data["topic"],
            settlement=data["settlement"],
            address=data["address"],
            applicant=said if named else None,
        )


def _usual(sources: Sequence[Source]) -> int | str:
    """The only source, else the one for what comes otherwise than by systems; a person of several chooses for himself."""
    other = [row for row in sources if row.family == "other"] if len(sources) > 1 else list(sources)
    return other[0].pk if other else ""


class ApplicantForm(forms.Form):
    """The applicant's part of the form alone, filled from an earlier case."""

    phone, name, email, type = (QuickForm.base_fields[one] for one in ("phone", "name", "email", "type"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_quick_%s", **kwargs})
        for field in self.fields.values():
            vars(field)["either"] = True
