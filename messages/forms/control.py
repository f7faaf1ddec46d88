"""The form of the mark of control."""

from __future__ import annotations

from django import forms

from messages.models import Control, Message


class ControlForm(forms.Form):
    """What the solution was checked by: changed in place, also when the answer has left."""

    control = forms.ChoiceField(label="Решение проверено", choices=[("", "не отмечено"), *Control.choices], required=False)

    def __init__(self, *, message: Message) -> None:
        super().__init__(initial={"control": message.control}, auto_id="id_mark_%s")
