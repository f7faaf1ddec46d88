"""The form in which the cause of a broken term is named."""

from __future__ import annotations

from typing import Any

from django import forms

from blocks.charters.settings_schema import settings_of
from blocks.models import Center
from messages.services.lateness import MAX_NOTE


class LatenessForm(forms.Form):
    cause = forms.ChoiceField(label="Причина", error_messages={"required": "Выберите причину из списка."})
    note = forms.CharField(
        label="Пояснение", required=False, max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 2}), help_text=""
    )

    def __init__(self, *args: Any, center: Center, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = [(cause.code, cause.name) for cause in settings_of(center.settings).late_causes]
        choices: Any = self.fields["cause"]
        choices.choices = [("", "выберите"), *causes]
