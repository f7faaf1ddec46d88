"""The form of an answer template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from mcu.widgets import LongSelect
from messages.answer_fields import FIELDS
from messages.forms.steps import EMPTY
from messages.selectors.case import Lists
from messages.services.answer_templates import MAX_NAME, Bounds


class TemplateForm(forms.Form):
    """Name, text and for which answers; what a text may name is said beside it."""

    name = forms.CharField(
        label="Название", max_length=MAX_NAME, error_messages={"required": "Назовите шаблон: по названию его выбирают."}
    )
    text = forms.CharField(
        label="Текст",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Поля в фигурных скобках заполнятся из дела: " + ", ".join(f"{{{name}}}" for name in FIELDS) + ".",
        error_messages={"required": "Напишите текст шаблона."},
    )
    source = forms.ChoiceField(label="Источник", required=False, widget=LongSelect)
    block = forms.ChoiceField(label="Блок", required=False, widget=LongSelect)
    topic = forms.ChoiceField(label="Тема", required=False, widget=LongSelect)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lists: Lists,
        sources: list[tuple[int, str]],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        for name, choices in (("source", sources), ("block", lists.blocks), ("topic", lists.topics_by_block)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [EMPTY, *choices]

    def bounds(self) -> Bounds:
        chosen = {name: int(value) if (value := self.cleaned_data[name]) else None for name in ("source", "block", "topic")}
        return Bounds(chosen["source"], chosen["block"], chosen["topic"])
