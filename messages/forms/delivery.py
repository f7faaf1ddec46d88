"""Forms of letters: to whom one is drawn up, how it went out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from messages.models import Letter

_WAYS: Final = [(Letter.Method.EMAIL, "Электронной почтой"), (Letter.Method.POST, "Почтой"), (Letter.Method.IN_HAND, "В руки")]
OTHERWISE: Final = "other"
_NOT_BY_LETTER: Final = (OTHERWISE, "Не письмом: ссылкой или иначе")


def delivery_fields(*, by_letter_only: bool = False) -> dict[str, forms.Field]:
    """The way of delivery with what each way asks for. The page shows only what the chosen way needs (css/letters.css)."""
    return {
        "method": forms.ChoiceField(
            label="Как доставлено письмо",
            choices=_WAYS if by_letter_only else [*_WAYS, _NOT_BY_LETTER],
            widget=forms.RadioSelect,
            required=by_letter_only,
            error_messages={
                "required": "Выберите, как доставлено письмо.",
                "invalid_choice": "Выберите, как доставлено письмо.",
            },
        ),
        "tracking": forms.CharField(
            label="Номер отправления",
            required=False,
            max_length=60,
            help_text="Стоит на чеке почты. Можно внести позже.",
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        ),
        "handed_to": forms.CharField(
            label="Кто получил", required=False, max_length=200, help_text="Фамилия и инициалы, по доверенности — и это."
        ),
    }


class LetterForm(forms.Form):
    """To whom the letter is; the rest stands in the answer, the charter and the composition."""

    addressee = forms.CharField(
        label="Кому",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        help_text="В дательном падеже, каждый заявитель с новой строки. Проверьте: имена склонены программой.",
        error_messages={"required": "Напишите, кому письмо."},
    )
    address = forms.CharField(
        label="Куда",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
        help_text="Почтовый адрес. Если не заполнить, в письме будет электронная почта заявителя, когда она есть.",
    )


class DeliveryForm(forms.Form):
    """How a letter that went out is delivered."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None, mark: object = ""
    ) -> None:
        super().__init__(data, initial=dict(initial or {}), auto_id=f"id_letter{mark}_%s")
        self.fields.update(delivery_fields(by_letter_only=True))
